/** The report of one run. */
import type { Report } from "../data/report";
import { h } from "../dom/element";
import type { View } from "../state/view";
import { checkpoints } from "./checkpoints";
import { curves } from "./curves";
import { facts } from "./facts";
import { findings } from "./findings";
import { colophon, notes, profile } from "./small_print";
import { head, next, use } from "./verdict";

export function run(
  report: Report,
  view: View,
  anchor: (check: string) => string,
  life: AbortSignal,
): HTMLElement {
  const drawn = curves(report, view, life);
  return h(
    "div",
    { class: "report" },
    h("div", { class: "screen" }, head(report), use(report), drawn.main, next(report)),
    findings(report, view, anchor, drawn),
    drawn.others,
    checkpoints(report, life),
    notes(report.notes),
    facts(report),
    profile(report),
    colophon(report.version, report.schema_version),
  );
}
