/** A chart: lines over one x axis that it shares with the other charts of the page. */
import { button, h } from "../dom/element";
import type { View } from "../state/view";
import { counted, shown } from "../text/format";
import { type Frame, makeFrame } from "./frame";
import { listen } from "./gestures";
import { makeLegend } from "./legend";
import { meanings } from "./meanings";
import type { ChartModel } from "./model";
import { navigation } from "./navigation";
import { Plot } from "./plot";
import { soon } from "./soon";

/** Make a chart that follows the view until `life` ends. */
export function makeChart(model: ChartModel, view: View, life: AbortSignal, height: number): HTMLElement {
  const hidden = new Set<string>();
  const choices = { log: false, all: false };
  const lines = () => model.lines.filter((line) => !hidden.has(line.key));
  const plot = new Plot(model);
  const notes = h("div", { class: "chart-notes" });
  let width = 0;

  const draw = () => {
    if (!width) return;
    const frame = makeFrame(model, lines(), { width, height }, view.span.value, choices);
    plot.draw(frame, lines(), view.smoothing.value, view.stretches.value);
    notes.replaceChildren(...outside(frame, choices.all, showAll));
    point(view.cursor.value);
  };
  const point = (x: number | null) => {
    plot.point(lines(), x);
    legend.point(x);
  };
  const showAll = () => {
    choices.all = !choices.all;
    draw();
    notes.querySelector("button")?.focus();
  };
  const redraw = soon(plot.element, draw, life);
  const legend = makeLegend(model, hidden, (key) => {
    if (!hidden.delete(key)) hidden.add(key);
    redraw();
  });
  const log = button("log", () => {
    choices.log = !choices.log;
    log.setAttribute("aria-pressed", String(choices.log));
    redraw();
  });
  log.className = "switch";
  log.title = "Logarithmic scale";
  log.setAttribute("aria-pressed", "false");

  const sizes = new ResizeObserver(() => {
    width = plot.element.clientWidth;
    redraw();
  });
  sizes.observe(plot.element);
  life.addEventListener("abort", () => sizes.disconnect());
  for (const signal of [view.span, view.smoothing, view.stretches]) signal.onChange(life, redraw);
  view.cursor.onChange(life, point);
  listen(plot.element, navigation(model, view, plot, lines), life);
  point(view.cursor.value);

  const unit = [model.unit === "none" ? "" : shown(model.unit), model.better && `${model.better} is better`];
  return h(
    "figure",
    { class: "chart", "data-figure": model.name },
    h(
      "figcaption",
      {},
      h("h3", {}, shown(model.title, 120)),
      h("span", { class: "unit" }, unit.filter(Boolean).join(", ")),
      notes,
      log,
    ),
    legend.element,
    plot.element,
    meanings(model),
  );
}

/** What the axes leave outside, and a way to see it. */
function outside({ above, below, lost }: Frame, all: boolean, showAll: () => void): HTMLElement[] {
  const parts = [
    above && `${counted(above, "point")} above`,
    below && `${counted(below, "point")} below`,
    lost && `${counted(lost, "value")} of 0 or less, not on a log scale`,
  ].filter(Boolean);
  const said = parts.length ? [h("span", {}, parts.join(", "))] : [];
  const toggles = above || below || all;
  return toggles
    ? [...said, button(all ? "Fit to most points" : "Show all", showAll, { class: "link" })]
    : said;
}
