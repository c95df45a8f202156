/** Names that are copied: shown on one line, copied whole. */
import { h } from "../dom/element";
import { shown } from "../text/format";
import { copyButton } from "./copy";

/** A shorter beginning is not worth leaving out. */
const WORTH = 8;

/** A name, or what is shown for it, and a button that copies it. */
export function modelName(name: string, what: string, short = name): HTMLElement {
  return h(
    "span",
    { class: "model" },
    h("code", { title: shown(name) }, shown(short)),
    copyButton(name, what),
  );
}

/** How to show one of several names: without what all of them begin with, up to a mark that ends a word. */
export function shortened(names: readonly string[]): (name: string) => string {
  let length = names.length > 1 ? names[0].length : 0;
  for (const name of names) while (!name.startsWith(names[0].slice(0, length))) length--;
  const start = length ? names[0].slice(0, length).replace(/[^-:/.]*$/, "").length : 0;
  return (name) => (start > WORTH ? `…${name.slice(start)}` : name);
}
