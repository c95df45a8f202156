/** The place on the x axis that the reader points at: a line, a dot on each curve, and the values. */
import { h, s } from "../dom/element";
import { nearest } from "../math/search";
import { number } from "../text/format";
import { crisp } from "./axes";
import type { Frame } from "./frame";
import type { ChartLine, ChartModel } from "./model";
import { markerPath, MARK_MEANING } from "./shapes";

export interface Reading {
  readonly line: ChartLine;
  readonly x: number;
  readonly y: number;
}

/** The point of each line that is nearest to a place. */
export function readings(lines: readonly ChartLine[], x: number): Reading[] {
  return lines.flatMap((line) => {
    if (line.quiet) return [];
    const index = nearest(line.x, x);
    return index < 0 ? [] : [{ line, x: line.x[index], y: line.y[index] }];
  });
}

/** The place nearest to `x` at which some line has a point. */
export function snap(lines: readonly ChartLine[], x: number): number | null {
  let best: number | null = null;
  for (const reading of readings(lines, x)) {
    if (best === null || Math.abs(reading.x - x) < Math.abs(best - x)) best = reading.x;
  }
  return best;
}

/** The next place with a point, to the right or to the left. */
export function neighbour(lines: readonly ChartLine[], x: number, direction: 1 | -1): number | null {
  let best: number | null = null;
  for (const line of lines) {
    let index = nearest(line.x, x);
    while (index >= 0 && index < line.x.length && (line.x[index] - x) * direction <= 0) index += direction;
    const found = line.x[index];
    if (found !== undefined && (best === null || (found - best) * direction < 0)) best = found;
  }
  return best;
}

export function drawCursor(lines: readonly ChartLine[], frame: Frame, x: number): SVGGElement {
  const group = s("g", { class: "cursor" });
  const here = crisp(frame.x.at(x));
  if (here < frame.left || here > frame.right + 1) return group;
  group.append(s("line", { x1: here, x2: here, y1: frame.top, y2: frame.bottom }));
  for (const reading of readings(lines, x)) {
    const [cx, cy] = [frame.x.at(reading.x), frame.y.at(reading.y)];
    if (cx < frame.left || cx > frame.right + 1 || !(cy >= frame.top && cy <= frame.bottom)) continue;
    group.append(s("circle", { class: `dot ${reading.line.tone}`, cx, cy, r: 4 }));
  }
  return group;
}

/** The place and the values there, as they stand above the plot at the cursor. */
export function readout(model: ChartModel, lines: readonly ChartLine[], x: number): HTMLElement[] {
  const values = readings(lines, x).map(({ line, x: at, y }) =>
    h(
      "span",
      { class: "value" },
      s(
        "svg",
        { class: `line ${line.tone} ${line.stroke}`, width: 10, height: 10, viewBox: "0 0 10 10" },
        s("path", { class: "markers", d: markerPath(line.marker, 5, 5, 3) }),
      ),
      number(y),
      at !== x && h("small", {}, ` at ${number(at)}`),
    ),
  );
  return [h("b", { class: "where" }, placeText(model, x)), ...values];
}

/** The place in words, with the checkpoint that stands there. */
export function placeText(model: ChartModel, x: number): string {
  const marks = model.marks.filter((mark) => Math.abs(mark.x - x) < 1e-9 && mark.kind !== "evaluated");
  const kinds = [...new Set(marks.map((mark) => MARK_MEANING[mark.kind]))];
  return [model.place(x), ...kinds].join(", ");
}

/** What the chart shows at a place, for a screen reader. */
export function readingText(model: ChartModel, lines: readonly ChartLine[], x: number): string {
  const values = readings(lines, x).map(
    (reading) =>
      `${reading.line.label} ${number(reading.y)}${reading.x === x ? "" : ` at ${model.place(reading.x)}`}`,
  );
  return [placeText(model, x), ...values].join("; ");
}
