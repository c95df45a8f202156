/** The facts of a run. */
import type { Report } from "../data/report";
import { h } from "../dom/element";
import { count, counted, epochNumber, number, short, shown } from "../text/format";

export function facts(report: Report): HTMLElement {
  const { run } = report;
  const rows: [string, string | null][] = [
    ["Kind", run.kind.toUpperCase()],
    ["Status", run.status],
    ["Base model", run.base_model],
    ["Steps", steps(report)],
    ["Epochs", run.epochs === null ? null : epochNumber(run.epochs)],
    ["Tokens", run.tokens ? short(Number(run.tokens)) : null],
    ["Validation examples", run.validation_examples === null ? null : count(run.validation_examples)],
    ["Checkpoints", run.checkpoints === null ? null : count(run.checkpoints)],
    ...Object.entries(run.hyperparameters ?? {}).map(([name, value]): [string, string | null] => [
      name.replaceAll("_", " "),
      value === null ? null : typeof value === "number" ? number(value) : String(value),
    ]),
    ["Read from", run.source],
  ];
  const list = h("dl", { class: "facts" });
  for (const [name, value] of rows) {
    if (value) list.append(h("div", {}, h("dt", {}, shown(name, 60)), h("dd", {}, shown(value, 120))));
  }
  return h("details", { class: "fold" }, h("summary", {}, h("h2", {}, "About the run")), list);
}

function steps({ run }: Report): string | null {
  if (run.last_step === null) return null;
  const short = run.planned_steps !== null && run.planned_steps > run.last_step;
  return short
    ? `${count(run.last_step)} of ${counted(run.planned_steps ?? 0, "step")}`
    : count(run.last_step);
}
