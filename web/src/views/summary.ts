/** Several runs in a list, each with its verdict. */
import { type Report, type Verdict, verdictOf } from "../data/report";
import { button, h } from "../dom/element";
import { shown } from "../text/format";
import { badge } from "./status";
import { title } from "./verdict";

/** What the list tells of a run. */
export interface Entry {
  readonly name: string;
  readonly verdict: Verdict;
  readonly headline: string;
  readonly source: string;
}

export function entryOf(report: Report): Entry {
  const { headline, run } = report;
  return { name: title(report), verdict: verdictOf(report), headline, source: run.source };
}

/** The list; with `choose`, a name opens the report of its run. */
export function summary(entries: readonly Entry[], choose?: (index: number) => void): HTMLElement {
  return h(
    "ol",
    { class: "runs" },
    ...entries.map(({ name, verdict, headline, source }, i) =>
      h(
        "li",
        {},
        badge(verdict),
        h(
          "div",
          {},
          h(
            "h3",
            {},
            choose ? button(shown(name, 120), () => choose(i), { class: "link" }) : shown(name, 120),
          ),
          h("p", {}, shown(headline, 400)),
          h("p", { class: "dim" }, shown(source, 200)),
        ),
      ),
    ),
  );
}
