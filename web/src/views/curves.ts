/** The curves of a report: a chart for each figure. */
import { makeChart } from "../chart/chart";
import type { ChartModel, MarkKind } from "../chart/model";
import { MARK_MEANING } from "../chart/shapes";
import type { Report } from "../data/report";
import { h } from "../dom/element";
import type { View } from "../state/view";
import { figureModels, hasEpochs } from "./figure_model";
import { toolbar } from "./toolbar";
import { tradeOff } from "./trade_off";
import { shape } from "./verdict";

/** The first chart is the tallest. */
const HEIGHTS = [340, 250];

export function curves(report: Report, view: View, life: AbortSignal): HTMLElement {
  const units = hasEpochs(report) ? ["step", "epoch"] : ["step"];
  const models = figureModels(report, "step");
  const charts = h("div", { class: "charts" });
  let drawn = new AbortController();
  life.addEventListener("abort", () => drawn.abort());
  view.unit.watch(life, (unit) => {
    drawn.abort();
    drawn = new AbortController();
    charts.replaceChildren(...chartList(figureModels(report, unit), view, drawn.signal));
    const scatter = tradeOff(report, drawn.signal);
    if (scatter) charts.children[0].after(scatter);
  });
  const smooths = models.some((model) => model.lines.some((line) => line.smooth));
  return h(
    "section",
    { class: "curves", "aria-labelledby": "curves" },
    h("h2", { id: "curves" }, "Curves"),
    models.length ? toolbar(view, units, smooths, life) : h("p", {}, "The run has no curve to draw."),
    models.length > 0 && markKey(models[0]),
    charts,
  );
}

export function chartList(models: readonly ChartModel[], view: View, life: AbortSignal): HTMLElement[] {
  return models.map((model, i) => makeChart(model, view, life, HEIGHTS[Math.min(i, HEIGHTS.length - 1)]));
}

/** What the marks of checkpoints mean, of those that there are. */
function markKey(model: ChartModel): HTMLElement | null {
  const kinds = (Object.keys(MARK_MEANING) as MarkKind[]).filter((kind) =>
    model.marks.some((mark) => mark.kind === kind),
  );
  if (!kinds.length) return null;
  return h("ul", { class: "mark-key" }, ...kinds.map((kind) => h("li", {}, shape(kind), MARK_MEANING[kind])));
}
