/** The top of a report: the verdict, and the checkpoint to deploy. */

import type { MarkKind } from "../chart/model";
import { MARK_MEANING, markPath } from "../chart/shapes";
import { type Pick, type Report, verdictOf } from "../data/report";
import { h, s } from "../dom/element";
import { prose } from "../dom/prose";
import { count, epochNumber, error, number, percent, shown, words } from "../text/format";
import { copyButton } from "./copy";
import { badge } from "./status";

const ROLES: Record<Pick["role"], string> = {
  best: "best",
  peak: "peak reward",
  final: "final",
  mid: "mid-training",
  efficient: "efficient",
};
/** Ties that are listed; the table of checkpoints marks all. */
const LISTED = 6;

export function verdict(report: Report): HTMLElement {
  const { best, tied, candidates, reason } = report.selection;
  const others = candidates.filter((pick) => pick.step !== best?.step);
  return h(
    "header",
    { class: "verdict" },
    h("p", { class: "eyebrow" }, badge(verdictOf(report)), h("span", { class: "name" }, title(report))),
    h("h1", {}, shown(report.headline, 600)),
    h(
      "div",
      { class: "choice" },
      best
        ? deploy(best, report)
        : h(
            "div",
            { class: "deploy none" },
            h("h2", {}, "No checkpoint to name"),
            h("p", {}, prose(reason, 800)),
          ),
      (tied.length > 0 || others.length > 0) &&
        h(
          "div",
          { class: "others" },
          picks("Tied with it", "tied", tied, report),
          picks("Also evaluate", "candidate", others, report),
        ),
    ),
  );
}

/** The name of a run, or where it was read from. */
export function title(report: Report): string {
  return shown(report.run.name || report.run.source, 120);
}

function deploy(best: Pick, report: Report): HTMLElement {
  const known = best.probability !== null;
  return h(
    "div",
    { class: "deploy" },
    h("h2", {}, shape("best"), task(best, report), " ", h("b", {}, where(best, report))),
    best.model
      ? h("p", { class: "model" }, h("code", {}, shown(best.model)), copyButton(best.model, "the model name"))
      : h("p", { class: "dim" }, "No checkpoint list tells a model name."),
    h("p", {}, prose(report.selection.reason, 800)),
    h(
      "p",
      { class: "dim" },
      `Judged by ${words(best.metric)}: ${number(best.value)}`,
      best.standard_error !== null && ` ± ${error(best.standard_error)}`,
      known && `; best of those there are with a probability of ${percent(best.probability ?? 0)}`,
      ".",
    ),
  );
}

/** What to do with the best checkpoint: it may not be known to exist, and a reward is no proof of quality. */
function task(best: Pick, report: Report): string {
  if (report.selection.candidates.length) return "Evaluate first:";
  return best.existence === "exists" ? "Deploy" : "Deploy, if it was kept:";
}

function picks(heading: string, kind: MarkKind, list: Pick[], report: Report): HTMLElement | null {
  if (!list.length) return null;
  const more = list.length - LISTED;
  return h(
    "div",
    { class: "picks" },
    h("h2", {}, heading),
    h(
      "ul",
      {},
      ...list.slice(0, LISTED).map((pick) => item(pick, kind, report)),
      more > 0 && h("li", {}, `and ${count(more)} more in the table of checkpoints`),
    ),
  );
}

function item(pick: Pick, kind: MarkKind, report: Report): HTMLElement {
  const role = kind === "tied" ? "" : `, ${ROLES[pick.role]}`;
  return h(
    "li",
    {},
    h("p", {}, shape(kind), h("b", {}, where(pick, report)), role),
    pick.model &&
      h(
        "p",
        { class: "model" },
        h("code", {}, shown(pick.model)),
        copyButton(pick.model, `the model name of ${where(pick, report)}`),
      ),
    h(
      "p",
      { class: "dim" },
      prose(pick.why, 400),
      kind === "tied" &&
        pick.probability !== null &&
        `; the best with a probability of ${percent(pick.probability)}`,
    ),
  );
}

function where(pick: Pick, report: Report): string {
  const epoch = report.selection.table.find((row) => row.step === pick.step)?.epoch;
  return `step ${count(pick.step)}${epoch === null || epoch === undefined ? "" : ` (epoch ${epochNumber(epoch)})`}`;
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
