/** A build step that puts script and style into one HTML file, and allows exactly these two by their hashes. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** What the built page depends on; `scripts/page_hash.py` hashes the same. */
const SOURCES = [
  "src",
  "fleet.html",
  "index.html",
  "package-lock.json",
  "package.json",
  "single_file.ts",
  "tsconfig.json",
  "vite.config.ts",
];

/** What `reports/html.py` and `views/_fleet_page.py` replace by a title and by data. */
const PLACES = ["<title>curvewise</title>", '<script type="application/json" id="data">null</script>'];

export function singleFile(skeleton: string, output: string): Plugin {
  return {
    name: "single-file",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += String(part.source);
        Reflect.deleteProperty(bundle, name);
      }
      script = script.trim();
      style = style.trim();
      if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
        throw new Error("the script or style would end its own element");
      const policy = `default-src 'none'; script-src '${hash(script)}'; style-src '${hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
      const head = [
        `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
        `<meta name="source-hash" content="sha256-${sourceHash()}">`,
        `<style>${style}</style>`,
      ].join("\n");
      const html = readFileSync(skeleton, "utf8")
        .replace(/<!-- prettier-ignore -->\s*/, "")
        .replace(/<script type="module".*\n/, () => `<script>${script}</script>\n`)
        .replace("<title>", () => `${head}\n<title>`);
      for (const place of PLACES) {
        if (html.split(place).length !== 2) throw new Error(`the page must hold ${place} once`);
      }
      this.emitFile({ type: "asset", fileName: output, source: html });
    },
  };
}

function hash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** SHA-256 of names and contents, in the order of their names. */
function sourceHash(): string {
  const all = createHash("sha256");
  for (const name of SOURCES.flatMap(files).sort()) {
    all.update(`${name}\0`).update(readFileSync(name)).update("\0");
  }
  return all.digest("hex");
}

function files(path: string): string[] {
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(path).flatMap((name) => files(join(path, name)));
}
