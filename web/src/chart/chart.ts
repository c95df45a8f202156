/** A chart: lines over one x axis that it shares with the other charts of the page. */
import { button, h, s } from "../dom/element";
import { type View, WHOLE, within, zoomed } from "../state/view";
import { counted, number, shown } from "../text/format";
import { drawAxes, drawEpochs } from "./axes";
import { drawBands } from "./bands";
import { drawCursor, neighbour, placeText, readingText, snap } from "./cursor";
import { type Frame, makeFrame } from "./frame";
import { listen } from "./gestures";
import { makeLegend } from "./legend";
import { drawLine } from "./lines";
import { drawMarks, drawStretches } from "./marks";
import type { ChartModel } from "./model";
import { soon } from "./soon";

let charts = 0;

/** Make a chart that follows the view until `life` ends. */
export function makeChart(model: ChartModel, view: View, life: AbortSignal, height = 250): HTMLElement {
  const clip = `clip-${charts++}`;
  const hidden = new Set<string>();
  const choices = { log: false, all: false };
  let width = 0;
  let frame: Frame | null = null;

  const svg = s("svg", { "aria-hidden": "true", focusable: "false", height });
  const under = s("g");
  const over = s("g");
  const brush = s("rect", { class: "brush", visibility: "hidden" });
  const window = s("rect");
  svg.append(s("clipPath", { id: clip }, window), under, over, brush);
  const plot = h(
    "div",
    {
      class: "plot",
      tabindex: 0,
      role: "slider",
      "aria-label": `Cursor of the chart ${shown(model.title)}`,
      "aria-orientation": "horizontal",
      "aria-describedby": "chart-keys",
    },
    svg,
  );
  const where = h("span", { class: "where" });
  const notes = h("div", { class: "chart-notes" });
  const lines = () => model.lines.filter((line) => !hidden.has(line.key));
  const legend = makeLegend(model, hidden, (key) => {
    if (!hidden.delete(key)) hidden.add(key);
    redraw();
  });
  const log = button(
    "log",
    () => {
      choices.log = !choices.log;
      log.setAttribute("aria-pressed", String(choices.log));
      redraw();
    },
    { class: "switch", "aria-pressed": "false", title: "Logarithmic scale" },
  );

  const draw = () => {
    if (!width) return;
    frame = makeFrame(model, lines(), { width, height }, view.span.value, choices);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", String(width));
    const { left, right, top, bottom } = frame;
    for (const [name, value] of Object.entries({
      x: left,
      y: top,
      width: right - left,
      height: bottom - top,
    })) {
      window.setAttribute(name, String(value));
    }
    const inside = s("g", { "clip-path": `url(#${clip})` });
    const drawn = lines();
    for (const line of [...drawn].reverse()) inside.append(drawLine(line, frame, view.smoothing.value));
    under.replaceChildren(
      drawBands(model, frame),
      drawStretches(model, frame, view.stretches.value),
      drawAxes(model, frame),
      drawEpochs(model, frame),
      inside,
      drawMarks(model, frame),
    );
    notes.replaceChildren(...noteElements(frame));
    point(view.cursor.value);
  };
  const redraw = soon(plot, draw, life);

  const noteElements = ({ above, below, lost }: Frame) => {
    const parts = [
      above && `${counted(above, "point")} above`,
      below && `${counted(below, "point")} below`,
      lost && `${counted(lost, "value")} of 0 or less, not on a log scale`,
    ].filter(Boolean);
    const found: HTMLElement[] = parts.length ? [h("span", {}, parts.join(", "))] : [];
    if (above || below || choices.all) {
      found.push(
        button(
          choices.all ? "Fit to most points" : "Show all",
          () => {
            choices.all = !choices.all;
            draw();
            notes.querySelector("button")?.focus();
          },
          { class: "link" },
        ),
      );
    }
    return found;
  };

  const point = (x: number | null) => {
    over.replaceChildren(...(x !== null && frame ? [drawCursor(lines(), frame, x)] : []));
    legend.point(x);
    where.textContent = x === null ? "" : placeText(model, x);
    plot.setAttribute("aria-valuenow", String(x ?? model.domain[0]));
    plot.setAttribute("aria-valuetext", x === null ? "no place chosen" : readingText(model, lines(), x));
  };

  const share = (pixel: number) => {
    const [first, last] = model.domain;
    return frame ? (frame.x.invert(pixel) - first) / (last - first || 1) : 0;
  };
  const reveal = (x: number) => {
    const at = (x - model.domain[0]) / (model.domain[1] - model.domain[0] || 1);
    const { from, to } = view.span.value;
    if (at < from || at > to) view.span.value = within(at - (to - from) / 2, at + (to - from) / 2);
  };
  plot.setAttribute("aria-valuemin", String(model.domain[0]));
  plot.setAttribute("aria-valuemax", String(model.domain[1]));
  listen(
    plot,
    {
      point: (pixel) => {
        view.cursor.value = pixel === null || !frame ? null : snap(lines(), frame.x.invert(pixel));
      },
      drag: (a, b) => {
        if (!frame) return;
        const from = Math.max(frame.left, Math.min(a, b));
        const to = Math.min(frame.right, Math.max(a, b));
        for (const [name, value] of Object.entries({
          x: from,
          y: frame.top,
          width: Math.max(0, to - from),
          height: frame.bottom - frame.top,
          visibility: "visible",
        })) {
          brush.setAttribute(name, String(value));
        }
      },
      dragEnd: () => brush.setAttribute("visibility", "hidden"),
      select: (a, b) => {
        view.span.value = within(Math.max(0, share(Math.min(a, b))), Math.min(1, share(Math.max(a, b))));
      },
      zoom: (factor, pixel) => {
        const at = pixel ?? (view.cursor.value !== null && frame ? frame.x.at(view.cursor.value) : null);
        view.span.value = zoomed(view.span.value, factor, at === null ? undefined : share(at));
      },
      reset: () => {
        if (view.span.value === WHOLE) view.cursor.value = null;
        view.span.value = WHOLE;
      },
      move: (by, direction) => {
        const [first, last] = model.domain;
        const now = view.cursor.value;
        const start = direction === 1 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        const target =
          by === "end"
            ? snap(lines(), direction === 1 ? last : first)
            : by === "page"
              ? snap(lines(), (now ?? first) + (direction * (last - first)) / 10)
              : neighbour(lines(), now ?? start, direction);
        if (target === null) return;
        view.cursor.value = target;
        reveal(target);
      },
    },
    life,
  );

  const sizes = new ResizeObserver(() => {
    width = plot.clientWidth;
    redraw();
  });
  sizes.observe(plot);
  life.addEventListener("abort", () => sizes.disconnect());
  for (const signal of [view.span, view.smoothing, view.stretches]) signal.onChange(life, redraw);
  view.cursor.watch(life, point);

  const better = model.better ? `${model.better} is better` : "";
  const unit = model.unit === "none" ? "" : shown(model.unit);
  return h(
    "figure",
    { class: "chart", "data-figure": model.name },
    h(
      "figcaption",
      {},
      h("h3", {}, shown(model.title, 120)),
      h("span", { class: "unit" }, [unit, better].filter(Boolean).join(", ")),
      where,
      notes,
      log,
    ),
    legend.element,
    plot,
    meanings(model),
  );
}

/** What is drawn, in words. */
function meanings(model: ChartModel): HTMLElement {
  const list = h("dl", {});
  for (const line of model.lines) {
    const drawn =
      line.points > line.x.length
        ? ` Of ${counted(line.points, "point")}, ${line.x.length.toLocaleString("en")} are here: the lowest and highest of each stretch.`
        : "";
    const scatter = line.error
      ? " The band is one standard error to either side."
      : line.scatter !== null && line.stroke !== "dashed"
        ? ` The band is the scatter of single values, ± ${number(line.scatter)}.`
        : "";
    list.append(
      h("dt", {}, shown(line.label)),
      h("dd", {}, `${shown(line.meaning)} ${counted(line.points, "point")}.${drawn}${scatter}`.trim()),
    );
  }
  return h("details", { class: "meanings" }, h("summary", {}, "What is drawn"), list);
}
