import { defineConfig } from "vite";
import { singleFile } from "./single_file.ts";

/** The page of reports, or with `--mode fleet` that of many runs. */
export default defineConfig(({ mode }) => ({
  plugins: [
    mode === "fleet" ? singleFile("fleet.html", "fleet.html") : singleFile("index.html", "page.html"),
  ],
  build: {
    target: "es2022",
    outDir: mode === "fleet" ? "../src/curvewise/views/page" : "../src/curvewise/reports/page",
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: mode === "fleet" ? "src/fleet/main.ts" : "src/main.ts",
      output: { format: "iife", entryFileNames: "page.js" },
    },
  },
}));
