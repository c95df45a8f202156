/** Where things stand in a chart: the plot, the rail of checkpoints below it, and its scales. */
import { fullRange, type Range, union, usualRange } from "../math/range";
import { makeScale, padded, type Scale } from "../math/scale";
import { lowerBound } from "../math/search";
import type { Span } from "../state/view";
import type { ChartLine, ChartModel } from "./model";

export const MARGIN = { left: 58, right: 14, top: 12, epochs: 10, axis: 26, rail: 20 };

/** Pixels from the middle of the largest mark to its edge: the first and the last point are seen whole. */
const MARK = 9;

export interface Frame {
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

/** Lay out a chart of some lines for a size. */
export function makeFrame(
  model: ChartModel,
  lines: readonly ChartLine[],
  size: { width: number; height: number },
  span: Span,
  choices: Choices,
): Frame {
  const [first, last] = model.domain;
  const length = last - first || 1;
  const window = { low: first + span.from * length, high: first + span.to * length };
  const left = MARGIN.left;
  const right = size.width - MARGIN.right;
  const top = MARGIN.top + (model.epochs.length ? MARGIN.epochs : 0);
  const bottom = size.height - MARGIN.axis - (model.marks.length ? MARGIN.rail : 0);
  const values = lines.map((line) => valuesWithin(line, window));
  const range = rangeOf(model, [...values, ...lines.flatMap((line) => endsWithin(line, window))], choices);
  const y = padded(range, choices.log);
  const counted = count(values, y, choices.log);
  const room = span.from === 0 && span.to === 1 ? length * Math.max(0.012, MARK / (right - left)) : 0;
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

function rangeOf(model: ChartModel, values: Float64Array[], { log, all }: Choices): Range {
  const measure = all ? fullRange : usualRange;
  let range: Range | null = null;
  for (const own of values) {
    const usable = log ? own.filter((value) => value > 0).map(Math.log) : own;
    range = union(range, measure(usable));
  }
  if (!range) return log ? { low: 1, high: 10 } : { low: 0, high: 1 };
  if (log) range = { low: Math.exp(range.low), high: Math.exp(range.high) };
  const edge = model.bands[0]?.high;
  return edge !== null && edge !== undefined && !(log && edge <= 0)
    ? (union(range, { low: edge, high: edge }) ?? range)
    : range;
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
