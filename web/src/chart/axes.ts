/** Grid, ticks and labels of a chart. */
import { s } from "../dom/element";
import { ticks, wholeTicks } from "../math/scale";
import { tick } from "../text/format";
import { type Frame, hasNotes, ROW } from "./frame";
import type { ChartModel } from "./model";

/** Pixels that a letter takes, about. */
const LETTER = 6.4;
/** Pixels between the ends of epochs; nearer ones would be a grid. */
const APART = 24;
/** Pixels that a tick label wants. */
const ROOM = { x: 90, y: 46 };

export function drawAxes(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "axes" });
  const { left, right, top, bottom } = frame;
  const small = frame.layout === "small";
  const floor = frame.height - (small ? 4 : 8);
  const rows = ticks(frame.y.range, Math.max(2, (bottom - top) / ROOM.y), frame.y.log);
  for (const value of rows) {
    const y = crisp(frame.y.at(value));
    group.append(
      s("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }),
      s("text", { class: "tick", x: left - 8, y: y + 4, "text-anchor": "end" }, label(value, rows)),
    );
  }
  const fits = (value: number) => frame.x.at(value) > left + 8;
  const across = model.axis === "step" ? wholeTicks : ticks;
  const columns = across(frame.x.range, Math.max(2, (right - left) / ROOM.x)).filter(fits);
  for (const value of columns) {
    const x = crisp(frame.x.at(value));
    group.append(
      s("line", { class: "notch", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      middle("tick", x, floor, label(value, columns), frame.width),
    );
  }
  if (!small)
    group.append(s("text", { class: "tick", x: left - 8, y: floor, "text-anchor": "end" }, model.axis));
  group.append(s("line", { class: "base", x1: left, x2: right, y1: crisp(bottom), y2: crisp(bottom) }));
  return group;
}

/** Vertical lines at the ends of epochs. */
export function drawEpochs(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "epochs" });
  const y = frame.top - 6 - (hasNotes(model) ? ROW.notes : 0);
  let free = Number.NEGATIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const epoch of model.epochs) {
    const x = crisp(frame.x.at(epoch.x));
    if (x < frame.left || x > frame.right + 1 || x - last < APART) continue;
    last = x;
    group.append(s("line", { x1: x, x2: x, y1: frame.top, y2: frame.bottom }));
    const half = (epoch.label.length * LETTER) / 2;
    const centre = Math.min(x, frame.width - half);
    if (frame.layout !== "full" || centre - half < free) continue;
    group.append(middle("epoch", x, y, epoch.label, frame.width));
    free = centre + half + 6;
  }
  return group;
}

/** A text about a place, moved so far that it ends within the chart. */
function middle(name: string, x: number, y: number, text: string, width: number): SVGTextElement {
  const centre = Math.min(x, width - (text.length * LETTER) / 2);
  return s("text", { class: name, x: centre, y, "text-anchor": "middle" }, text);
}

function label(value: number, all: readonly number[]): string {
  const step =
    all.length > 1 ? Math.min(...all.slice(1).map((next, i) => next - all[i])) : Math.abs(value) || 1;
  return tick(value, step, Math.max(...all.map(Math.abs)));
}

/** The middle of a pixel, where a thin line is sharp. */
export function crisp(pixel: number): number {
  return Math.round(pixel) + 0.5;
}
