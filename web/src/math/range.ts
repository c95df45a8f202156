/** The range of an axis that a few outliers do not squash. */

export interface Range {
  low: number;
  high: number;
}

/** Share of the points at either end that may be left outside. */
const OUTSIDE = 0.02;
/** They are left outside when they make the range more than this many times as long ... */
const SQUASHED = 3;
/** ... or, where that share is less than one point, when one point makes it this many times as long. */
const SQUASHED_BY_ONE = 30;

/** The usual range of some values; null when none is finite. */
export function usualRange(values: Iterable<number>): Range | null {
  const sorted = Float64Array.from(finite(values)).sort();
  const n = sorted.length;
  if (!n) return null;
  const few = Math.floor(OUTSIDE * n);
  const drop = few || (n >= 4 ? 1 : 0);
  const limit = few ? SQUASHED : SQUASHED_BY_ONE;
  let low = sorted[0];
  let high = sorted[n - 1];
  const innerLow = sorted[drop];
  const innerHigh = sorted[n - 1 - drop];
  const usual = innerHigh - innerLow;
  if (usual > 0) {
    if (high - innerLow > limit * usual) high = innerHigh;
    if (innerHigh - low > limit * usual) low = innerLow;
  }
  return { low, high };
}

/** The range from the lowest to the highest finite value; null when there is none. */
export function fullRange(values: Iterable<number>): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of finite(values)) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : null;
}

export function union(a: Range | null, b: Range | null): Range | null {
  if (!a || !b) return a ?? b;
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

function* finite(values: Iterable<number>): Iterable<number> {
  for (const value of values) if (Number.isFinite(value)) yield value;
}
