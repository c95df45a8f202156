/** The report of one run. */
import type { Report } from "../data/report";
import { h } from "../dom/element";
import type { View } from "../state/view";
import { checkpoints } from "./checkpoints";
import { curves } from "./curves";
import { facts } from "./facts";
import { findings } from "./findings";
import { colophon, notes, profile } from "./small_print";
import { verdict } from "./verdict";

export function run(
  report: Report,
  view: View,
  anchor: (check: string) => string,
  life: AbortSignal,
): HTMLElement {
  return h(
    "div",
    { class: "report" },
    verdict(report),
    facts(report),
    h("div", { class: "columns" }, curves(report, view, life), findings(report, view, anchor)),
    checkpoints(report),
    notes(report.notes),
    profile(report),
    colophon(report.version, report.schema_version),
  );
}
