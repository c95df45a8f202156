/** The start: read what is embedded in the page, and show it. */
import "./style/theme.css";
import "./style/page.css";
import "./style/verdict.css";
import "./style/toolbar.css";
import "./style/chart.css";
import "./style/lines.css";
import "./style/findings.css";
import "./style/tables.css";
import "./style/print.css";
import { SourceError, understand } from "./data/source";
import { h } from "./dom/element";
import { mount } from "./page";
import { openForPrint } from "./views/print";

const root = document.getElementById("page") ?? document.body;
try {
  mount(root, understand(JSON.parse(document.getElementById("data")?.textContent ?? "null")));
  openForPrint();
} catch (error) {
  if (!(error instanceof SourceError)) throw error;
  root.replaceChildren(
    h("main", { class: "refusal" }, h("h1", {}, "Nothing to show"), h("p", {}, error.message)),
  );
}
