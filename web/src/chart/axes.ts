/** Grid, ticks and labels of a chart. */
import { s } from "../dom/element";
import { ticks } from "../math/scale";
import { tick } from "../text/format";
import type { Frame } from "./frame";
import type { ChartModel } from "./model";

/** Pixels that a tick label wants. */
const ROOM = { x: 90, y: 46 };

export function drawAxes(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "axes" });
  const { left, right, top, bottom } = frame;
  const floor = frame.height - 8;
  const rows = ticks(frame.y.range, Math.max(2, (bottom - top) / ROOM.y), frame.y.log);
  for (const value of rows) {
    const y = crisp(frame.y.at(value));
    group.append(
      s("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }),
      s("text", { class: "tick", x: left - 8, y: y + 4, "text-anchor": "end" }, label(value, rows)),
    );
  }
  const fits = (value: number) => frame.x.at(value) > left + 8;
  const columns = ticks(frame.x.range, Math.max(2, (right - left) / ROOM.x)).filter(fits);
  for (const value of columns) {
    const x = crisp(frame.x.at(value));
    group.append(
      s("line", { class: "notch", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      s(
        "text",
        { class: "tick", x, y: floor, "text-anchor": x > right - 18 ? "end" : "middle" },
        label(value, columns),
      ),
    );
  }
  group.append(s("text", { class: "tick", x: left - 8, y: floor, "text-anchor": "end" }, model.axis));
  group.append(s("line", { class: "base", x1: left, x2: right, y1: crisp(bottom), y2: crisp(bottom) }));
  return group;
}

/** Vertical lines at the ends of epochs. */
export function drawEpochs(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "epochs" });
  let free = Number.NEGATIVE_INFINITY;
  for (const epoch of model.epochs) {
    const x = crisp(frame.x.at(epoch.x));
    if (x < frame.left || x > frame.right + 1) continue;
    group.append(s("line", { x1: x, x2: x, y1: frame.top, y2: frame.bottom }));
    const end = x > frame.right - 52;
    if (model.bands.length || (end ? x - 52 : x) < free) continue;
    group.append(
      s(
        "text",
        { x: end ? x - 4 : x + 4, y: frame.top + 10, "text-anchor": end ? "end" : "start" },
        epoch.label,
      ),
    );
    free = x + 56;
  }
  return group;
}

function label(value: number, all: readonly number[]): string {
  const step =
    all.length > 1 ? Math.min(...all.slice(1).map((next, i) => next - all[i])) : Math.abs(value) || 1;
  return tick(value, step);
}

/** The middle of a pixel, where a thin line is sharp. */
export function crisp(pixel: number): number {
  return Math.round(pixel) + 0.5;
}
