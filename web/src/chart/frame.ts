/** Where things stand in a chart: the plot, what is written above it, the rail of checkpoints, and its scales. */
import { extent, padded, type Range, union } from "../math/range";
import { makeScale, type Scale } from "../math/scale";
import { lowerBound } from "../math/search";
import { type Span, WHOLE } from "../state/view";
import type { ChartLine, ChartModel } from "./model";

/** A chart with all that it knows, a small one beside others, or a line without axes. */
export type Layout = "full" | "small" | "bare";

/** Pixels around the plot. */
const MARGINS = {
  full: { left: 58, right: 14, top: 8, bottom: 26 },
  small: { left: 44, right: 8, top: 2, bottom: 20 },
  bare: { left: 3, right: 3, top: 3, bottom: 3 },
};
/** Pixels of a row: the readout, notes on the curve, ends of epochs, and the rail of checkpoints. */
export const ROW = { readout: 20, notes: 16, epochs: 16, rail: 20 };

/** Pixels from the middle of the largest mark to its edge: the first and the last point are seen whole. */
const MARK = 9;

export interface Frame {
  readonly layout: Layout;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** The lower edge of the plot. */
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
  /** Points outside of the range of values, and those that a logarithm has no place for. */
  readonly above: number;
  readonly below: number;
  readonly lost: number;
}

export interface Choices {
  readonly log: boolean;
  /** Whether outliers may set the range. */
  readonly all: boolean;
}

/** Whether a chart writes notes above its plot: the choice, and where the harm begins. */
export function hasNotes(model: ChartModel): boolean {
  return model.onset !== null || model.marks.some((mark) => mark.kind === "best");
}

/** Lay out a chart of some lines for a size. */
export function makeFrame(
  model: ChartModel,
  lines: readonly ChartLine[],
  size: { width: number; height: number; layout: Layout },
  span: Span,
  choices: Choices,
): Frame {
  const [first, last] = model.domain;
  const length = last - first || 1;
  const window = { low: first + span.from * length, high: first + span.to * length };
  const margin = MARGINS[size.layout];
  const full = size.layout === "full";
  const left = margin.left;
  const right = size.width - margin.right;
  const notes = full && hasNotes(model) ? ROW.notes : 0;
  const epochs = full && model.epochs.length ? ROW.epochs : 0;
  const top = margin.top + (size.layout === "bare" ? 0 : ROW.readout) + notes + epochs;
  const bottom = size.height - margin.bottom - (full && model.marks.length ? ROW.rail : 0);
  const values = lines.map((line) => valuesWithin(line, window));
  const whole = span === WHOLE && lines.length === model.lines.length && !choices.all && !choices.log;
  const ends = lines.flatMap((line) => endsWithin(line, window));
  const y = (whole && model.limits) || extentOf(model, [...values, ...ends], choices.log);
  const counted = count(values, y, choices.log);
  const room = span === WHOLE ? length * Math.max(0.012, MARK / (right - left)) : 0;
  return {
    ...size,
    left,
    right,
    top,
    bottom,
    x: makeScale({ low: window.low - room, high: window.high + room }, left, right),
    y: makeScale(y, bottom, top, choices.log),
    ...counted,
  };
}

/** First and one past the last index of the points in a range of x. */
export function indicesWithin(line: ChartLine, { low, high }: Range): [number, number] {
  const start = lowerBound(line.x, low);
  let end = lowerBound(line.x, high);
  while (end < line.x.length && line.x[end] === high) end++;
  return [start, end];
}

function valuesWithin(line: ChartLine, window: Range): Float64Array {
  const [start, end] = indicesWithin(line, window);
  return line.y.subarray(start, end);
}

/** The ends of the uncertainty that is drawn about a line. */
function endsWithin(line: ChartLine, window: Range): Float64Array[] {
  const { error, scatter, stroke } = line;
  const half = error ? (i: number) => error[i] : () => scatter ?? 0;
  if (!error && (scatter === null || stroke !== "solid")) return [];
  const [start, end] = indicesWithin(line, window);
  const places = line.y.subarray(start, end);
  return [-1, 1].map((side) => places.map((value, i) => value + side * half(start + i)));
}

/** The range of what is in view, without regard to outliers; the first band ends within it. */
function extentOf(model: ChartModel, values: Float64Array[], log: boolean): Range {
  const edge = model.bands[0]?.high ?? Number.NaN;
  const range = [...values, [edge]]
    .map((own) => extent(log ? own.filter((value) => value > 0) : own))
    .reduce(union, null);
  return padded(range ?? (log ? { low: 1, high: 10 } : { low: 0, high: 1 }), log);
}

function count(
  values: Float64Array[],
  range: Range,
  log: boolean,
): { above: number; below: number; lost: number } {
  let above = 0;
  let below = 0;
  let lost = 0;
  for (const own of values) {
    for (const value of own) {
      if (!Number.isFinite(value)) continue;
      if (log && value <= 0) lost++;
      else if (value > range.high) above++;
      else if (value < range.low) below++;
    }
  }
  return { above, below, lost };
}
