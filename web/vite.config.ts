import { defineConfig } from "vite";
import { singleFile } from "./single_file.ts";

export default defineConfig({
  plugins: [singleFile("index.html", "page.html")],
  build: {
    target: "es2022",
    outDir: "../src/curvewise/reports/page",
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: { input: "src/main.ts", output: { format: "iife", entryFileNames: "page.js" } },
  },
});
