/** A line without axes, a word wide, with the stretch that a finding speaks of. */
import { s } from "../dom/element";
import { type Stretch, WHOLE } from "../state/view";
import { makeFrame } from "./frame";
import { drawLine } from "./lines";
import { drawStretches } from "./marks";
import type { ChartModel } from "./model";

const SIZE = { width: 132, height: 34, layout: "bare" } as const;

/** The first line of a chart that the stretches are about. */
export function sparkline(model: ChartModel, stretches: readonly Stretch[]): SVGSVGElement | null {
  const line =
    model.lines.find(({ key }) => stretches.some(({ metric }) => metric === key)) ?? model.lines[0];
  if (!line) return null;
  const bare = { ...line, scatter: null, error: null, stroke: "solid" as const };
  const only: ChartModel = { ...model, lines: [bare], bands: [], limits: null };
  const frame = makeFrame(only, [bare], SIZE, WHOLE, { log: false, all: false });
  const { width, height } = SIZE;
  return s(
    "svg",
    { class: "sparkline", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    drawStretches(only, frame, stretches),
    drawLine(bare, frame, 0.1),
  );
}
