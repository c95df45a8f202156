/** Ranges of values. */

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Larger values are drawn as this one, so that a range can be divided. */
const LARGEST = 1e100;
/** Share of the range that is left free at both ends; it does not cross zero. As in `stats/axis.py`. */
const ROOM = 0.05;
/** Least range, as a share of the largest value: a flat curve is not magnified to its noise. */
const FLAT = 0.05;
/** Factor of room at both ends of a logarithmic axis. */
const LOG_ROOM = 1.1;

/** The range from the lowest to the highest finite value; null when there is none. */
export function extent(values: Iterable<number>): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low: clamp(low), high: clamp(high) } : null;
}

export function union(a: Range | null, b: Range | null): Range | null {
  if (!a || !b) return a ?? b;
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** Widen a range a little, so that no point lies on the edge, and a flat curve to what it is worth. */
export function padded({ low, high }: Range, log = false): Range {
  if (log) return { low: low / LOG_ROOM, high: high * LOG_ROOM };
  const least = FLAT * Math.max(Math.abs(low), Math.abs(high)) || 1;
  if (high - low < least) {
    const middle = low / 2 + high / 2;
    return { low: middle - least / 2, high: middle + least / 2 };
  }
  const room = ROOM * (high - low);
  return {
    low: low < 0 ? low - room : Math.max(0, low - room),
    high: high > 0 ? high + room : Math.min(0, high + room),
  };
}

function clamp(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}
