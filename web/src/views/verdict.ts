/** The top of a report: the verdict, what to use, what to do next, and what is not known. */
import type { MarkKind } from "../chart/model";
import { MARK_MEANING, markPath } from "../chart/shapes";
import { storyOf } from "../data/diagnosis";
import type { JsonNumber, Pick, Report, Use } from "../data/report";
import { h, s } from "../dom/element";
import { prose } from "../dom/prose";
import { capital, count, counted, epochNumber, shown, words } from "../text/format";
import { copyButton } from "./copy";
import { modelName } from "./names";
import { badge } from "./status";

export const ROLES: Record<Pick["role"], string> = {
  best: "best",
  peak: "peak reward",
  final: "final",
  mid: "mid-training",
  efficient: "efficient",
};
const SAVED: Record<Use["saved"], string> = {
  yes: "saved for certain",
  probably: "probably saved",
  no: "not saved",
  unknown: "take it if you kept it",
};
/** Other checkpoints that are offered beside the first, at most; of more that tie, none is better than another. */
const OFFERED = 3;

export function head(report: Report): HTMLElement {
  const { severity, certainty, summary, name } = storyOf(report);
  const { kind, last_step: last, epochs, steps_per_epoch: perEpoch } = report.run;
  const byEpoch = Number(perEpoch) === 1 && epochs !== null;
  const length = byEpoch ? counted(Number(epochs), "epoch") : last === null ? "" : counted(last, "step");
  return h(
    "header",
    { class: "verdict" },
    h(
      "p",
      { class: "eyebrow" },
      badge(severity, capital(words(name))),
      certainty && h("span", {}, `certainty ${certainty}`),
      h("span", { class: "name" }, title(report)),
      h("span", {}, [kind.toUpperCase(), length].filter(Boolean).join(", ")),
    ),
    h("h1", {}, prose(summary, 600)),
  );
}

/** The checkpoint to use, its name to copy, and what else to try. */
export function use(report: Report): HTMLElement {
  const story = storyOf(report);
  const { use: chosen } = story;
  const { tied, candidates, reason } = report.selection;
  const seen = new Set([chosen?.step]);
  const ties = tied.length > OFFERED ? [] : tied;
  const others = [...candidates, ...ties].filter((pick) => !seen.has(pick.step) && seen.add(pick.step));
  return lines([
    "Use",
    chosen
      ? h(
          "div",
          { class: "use" },
          h("b", {}, shape("best"), place(chosen.step, chosen.epoch)),
          chosen.model && modelName(chosen.model, "the model name"),
          h("span", {}, `${tie(chosen.tied)}${SAVED[chosen.saved]}; `, prose(chosen.why, 300)),
        )
      : h(
          "div",
          { class: "use" },
          h("b", {}, story.deploy === false ? "nothing" : "no choice"),
          h("span", {}, prose(reason, 300)),
        ),
    chosen &&
      others.length > 0 &&
      h(
        "ul",
        { class: "offers" },
        h("li", {}, others.every(({ worse }) => worse) ? "to compare with" : "or try"),
        ...others.map((pick) => offer(pick, tied.includes(pick))),
      ),
  ]);
}

export function next(report: Report): HTMLElement {
  const { next: steps, unknown } = storyOf(report);
  return lines(
    steps.length
      ? ["Next", h("ol", { class: "steps" }, ...steps.map((step) => h("li", {}, prose(step, 400))))]
      : null,
    unknown ? ["Unknown", h("p", {}, prose(unknown, 400))] : null,
  );
}

export function lines(...rows: ([string, ...(Node | null | false)[]] | null)[]): HTMLElement {
  const list = h("dl", { class: "lines" });
  for (const row of rows) if (row) list.append(h("dt", {}, row[0]), h("dd", {}, ...row.slice(1)));
  return list;
}

function tie(others: number): string {
  return others ? `tied with ${counted(others, "other")}; ` : "";
}

function offer(pick: Pick, tied: boolean): HTMLElement {
  const where = `step ${count(pick.step)}`;
  return h(
    "li",
    { title: shown(pick.why) },
    shape(tied ? "tied" : "candidate"),
    `${where}, ${tied ? "tied" : ROLES[pick.role]}${pick.worse ? ", worse" : ""}`,
    pick.model && copyButton(pick.model, `the model name of ${where}`),
  );
}

/** The name of a run, or where it was read from. */
export function title(report: Report): string {
  return shown(report.run.name || report.run.source, 120);
}

export function place(step: number, epoch: JsonNumber | null): string {
  return `step ${count(step)}${epoch === null ? "" : ` (epoch ${epochNumber(epoch)})`}`;
}

/** The mark that a checkpoint has in the charts. */
export function shape(kind: MarkKind): SVGSVGElement {
  const mark = s("path", { class: `mark ${kind}`, d: markPath(kind, 9, 9) });
  return s(
    "svg",
    {
      class: "shape",
      width: 18,
      height: 18,
      viewBox: "0 0 18 18",
      role: "img",
      "aria-label": MARK_MEANING[kind],
    },
    mark,
  );
}
