/** Named ranges of values, shaded, hatched by level and labelled. */
import type { Band } from "../data/report";
import { s } from "../dom/element";
import { shown } from "../text/format";
import type { Frame } from "./frame";
import type { ChartModel } from "./model";

/** Pixels a band needs for its label. */
const LABELLED = 15;

export function drawBands(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "bands" });
  for (const { band, top, bottom } of seen(model, frame)) {
    const box = { x: frame.left, y: top, width: frame.right - frame.left, height: bottom - top };
    group.append(s("rect", { ...box, class: `band level-${band.level}` }));
    if (band.level >= 2) group.append(s("rect", { ...box, fill: `url(#hatch-${band.level})` }));
    if (band.low !== null && bottom < frame.bottom) {
      group.append(s("line", { class: "edge", x1: frame.left, x2: frame.right, y1: bottom, y2: bottom }));
    }
  }
  return group;
}

/** The names of the bands, to be drawn over the lines. */
export function drawBandNames(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "band-names" });
  for (const { band, top, bottom } of seen(model, frame)) {
    if (bottom - top < LABELLED) continue;
    const place = { x: frame.right - 6, y: bottom - 5, "text-anchor": "end" };
    group.append(s("text", { class: "halo", ...place }, shown(band.label)));
  }
  return group;
}

/** The bands that a chart shows, with the pixels that they take. */
function seen(model: ChartModel, frame: Frame): { band: Band; top: number; bottom: number }[] {
  return model.bands
    .map((band) => ({
      band,
      top: band.high === null ? frame.top : clamp(frame, frame.y.at(band.high)),
      bottom: band.low === null ? frame.bottom : clamp(frame, frame.y.at(band.low)),
    }))
    .filter(({ top, bottom }) => bottom - top >= 1);
}

/** The hatchings, once a page; charts refer to them by id. */
export function hatchings(): SVGSVGElement {
  const hatch = (level: number | string, size: number, ...strokes: string[]) =>
    s(
      "pattern",
      { id: `hatch-${level}`, width: size, height: size, patternUnits: "userSpaceOnUse" },
      ...strokes.map((d) => s("path", { d, class: `hatch level-${level}` })),
    );
  const defs = s(
    "defs",
    {},
    hatch(2, 10, "M-1,11L11,-1M-6,6L6,-6M4,16L16,4"),
    hatch(3, 7, "M-1,8L8,-1M-4,4L4,-4M3,11L11,3", "M-1,-1L8,8"),
    hatch("harm", 8, "M-1,-1L9,9M-4,4L4,12M4,-4L12,4"),
  );
  return s(
    "svg",
    { class: "hidden-defs", width: 0, height: 0, "aria-hidden": "true", focusable: "false" },
    defs,
  );
}

function clamp(frame: Frame, pixel: number): number {
  if (Number.isNaN(pixel)) return frame.bottom;
  return Math.min(frame.bottom, Math.max(frame.top, pixel));
}
