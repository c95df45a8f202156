/** A chart: lines over one x axis that it shares with the other charts of the page. */
import { button, h } from "../dom/element";
import type { View } from "../state/view";
import { counted, shown } from "../text/format";
import { type Frame, type Layout, makeFrame } from "./frame";
import { listen } from "./gestures";
import { makeLegend } from "./legend";
import { meanings } from "./meanings";
import type { ChartModel } from "./model";
import { navigation } from "./navigation";
import { Plot } from "./plot";
import { soon } from "./soon";

export interface Options {
  readonly layout: Exclude<Layout, "bare">;
  /** Pixels; asked for whenever it is drawn. */
  readonly height: () => number;
  /** Make a small chart large, or a large one small. */
  readonly resize?: () => void;
}

/** Make a chart that follows the view until `life` ends. */
export function makeChart(model: ChartModel, view: View, life: AbortSignal, options: Options): HTMLElement {
  const { layout, resize } = options;
  const small = layout === "small";
  const hidden = new Set<string>();
  const choices = { log: false, all: false };
  const lines = () => model.lines.filter((line) => !hidden.has(line.key));
  const plot = new Plot(model, layout);
  const notes = h("div", { class: "chart-notes" });
  let width = 0;

  const draw = () => {
    if (!width) return;
    const size = { width, height: options.height(), layout };
    const frame = makeFrame(model, lines(), size, view.span.value, choices);
    plot.draw(frame, lines(), view.smoothing.value, view.stretches.value);
    notes.replaceChildren(...outside(frame, choices.all, small ? null : showAll));
    point(view.cursor.value);
  };
  const point = (x: number | null) => plot.point(lines(), x);
  const showAll = () => {
    choices.all = !choices.all;
    draw();
    notes.querySelector("button")?.focus();
  };
  const redraw = soon(plot.element, draw, life);
  const sizes = new ResizeObserver(() => {
    width = plot.element.clientWidth;
    redraw();
  });
  sizes.observe(plot.element);
  life.addEventListener("abort", () => sizes.disconnect());
  for (const signal of [view.span, view.smoothing, view.stretches]) signal.onChange(life, redraw);
  view.cursor.onChange(life, point);
  listen(
    plot.element,
    navigation(model, view, plot, lines, () => small && resize?.()),
    life,
  );
  point(view.cursor.value);

  const title = shown(model.title, 120);
  const unit = [model.unit === "none" ? "" : shown(model.unit), model.better && `${model.better} is better`];
  const toggle = { class: "resize", "aria-expanded": String(!small) };
  const log = button("log", () => log.setAttribute("aria-pressed", String((choices.log = !choices.log))), {
    class: "switch",
    title: "Logarithmic scale",
    "aria-pressed": "false",
  });
  log.addEventListener("click", redraw);
  return h(
    "figure",
    { class: `chart ${layout}`, "data-figure": model.name },
    h(
      "figcaption",
      {},
      h("h3", {}, resize ? button(title, resize, toggle) : title),
      !small && h("span", { class: "unit" }, unit.filter(Boolean).join(", ")),
      !small &&
        makeLegend(model, hidden, (key) => {
          if (!hidden.delete(key)) hidden.add(key);
          redraw();
        }),
      notes,
      !small && log,
    ),
    plot.element,
    !small && meanings(model),
  );
}

/** What the axes leave outside, and a way to see it. */
function outside({ above, below, lost }: Frame, all: boolean, showAll: (() => void) | null): HTMLElement[] {
  const parts = [
    above && `${counted(above, "point")} above`,
    below && `${counted(below, "point")} below`,
    lost && `${counted(lost, "value")} of 0 or less, not on a log scale`,
  ].filter(Boolean);
  const said = parts.length ? [h("span", {}, parts.join(", "))] : [];
  return showAll && (above || below || all)
    ? [...said, button(all ? "Fit to most points" : "Show all", showAll, { class: "link" })]
    : said;
}
