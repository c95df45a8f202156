/** Scales from values to pixels, linear or logarithmic, and their ticks. */
import type { Range } from "./range";

export interface Scale {
  readonly log: boolean;
  readonly range: Range;
  /** Pixel of a value; NaN where the scale has none. */
  at(value: number): number;
  /** Value at a pixel. */
  invert(pixel: number): number;
}

/** A scale from `range` to pixels `from` .. `to`. */
export function makeScale(range: Range, from: number, to: number, log = false): Scale {
  const forward = log ? Math.log : (value: number) => value;
  const back = log ? Math.exp : (value: number) => value;
  const low = forward(range.low);
  const length = forward(range.high) - low || 1;
  return {
    log,
    range,
    at: (value) => (log && value <= 0 ? Number.NaN : from + ((forward(value) - low) / length) * (to - from)),
    invert: (pixel) => back(low + ((pixel - from) / (to - from)) * length),
  };
}

/** About `count` round values within a range. */
export function ticks(range: Range, count: number, log = false): number[] {
  return (log && logTicks(range, count)) || linearTicks(range, count);
}

/** The same for what is counted: whole numbers alone. */
export function wholeTicks(range: Range, count: number): number[] {
  return linearTicks(range, count, 1);
}

function linearTicks({ low, high }: Range, count: number, least = 0): number[] {
  const step = Math.max(least, roundStep((high - low) / Math.max(1, count)));
  if (!(step > 0) || !Number.isFinite(step)) return [low];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => clean((first + i) * step));
}

function logTicks({ low, high }: Range, count: number): number[] | null {
  const decades = Math.log10(high / low);
  if (decades < 1) return null;
  const every = Math.max(1, Math.ceil(decades / count));
  const digits = decades <= count / 3 ? [1, 2, 5] : [1];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % every) continue;
    for (const digit of digits) found.push(clean(digit * 10 ** power));
  }
  return found.filter((tick) => tick >= low && tick <= high);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10) * power;
}

/** Without the last digits that come from adding tenths. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
