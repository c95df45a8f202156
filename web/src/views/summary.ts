/** Several runs in a list, each with its verdict. */
import { type Report, verdictOf } from "../data/report";
import { button, h } from "../dom/element";
import { shown } from "../text/format";
import { badge } from "./status";
import { title } from "./verdict";

export function summary(reports: readonly Report[], choose: (index: number) => void): HTMLElement {
  return h(
    "ol",
    { class: "runs" },
    ...reports.map((report, i) =>
      h(
        "li",
        {},
        badge(verdictOf(report)),
        h(
          "div",
          {},
          h(
            "h3",
            {},
            button(title(report), () => choose(i), { class: "link" }),
          ),
          h("p", {}, shown(report.headline, 400)),
          h("p", { class: "dim" }, shown(report.run.source, 200)),
        ),
      ),
    ),
  );
}
