/** Smoothing by local linear regression (LOESS) with tricube weights. */
import { lowerBound } from "./search";

/** Points that a fit sees at least: a line through fewer follows each of them. */
const FEWEST = 7;
/** Points that a fit sees at most; of more, neighbours are averaged first, which changes no straight line. */
const MOST = 400;

/**
 * The smooth course of points at given places.
 *
 * At each place a straight line is fitted to the nearest share of the points, the nearer the heavier,
 * and read off there. Unlike a moving average of past values it follows a trend up to the last point:
 * points on a straight line come back unchanged, at the ends too.
 *
 * W. S. Cleveland, "Robust locally weighted regression and smoothing scatterplots", JASA 74 (1979).
 *
 * @param x increasing
 * @param y values; those that are not finite are left out
 * @param share of the points that a fit sees, over 0 to 1
 * @param at where to evaluate
 * @returns values at `at`; NaN where there are no points
 */
export function loess(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  share: number,
  at: ArrayLike<number>,
): Float64Array {
  const [px, py] = averaged(...finitePoints(x, y), share);
  const n = px.length;
  const out = new Float64Array(at.length).fill(Number.NaN);
  if (!n) return out;
  const k = Math.min(n, Math.max(FEWEST, Math.ceil(share * n)));
  for (let i = 0; i < at.length; i++) {
    const start = nearestWindow(px, at[i], k);
    out[i] = fitAt(px, py, start, start + k, at[i]);
  }
  return out;
}

function finitePoints(x: ArrayLike<number>, y: ArrayLike<number>): [Float64Array, Float64Array] {
  const px = new Float64Array(x.length);
  const py = new Float64Array(x.length);
  let n = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(y[i])) {
      px[n] = x[i];
      py[n++] = y[i];
    }
  }
  return [px.subarray(0, n), py.subarray(0, n)];
}

/** Means of neighbours, as many as leave a window of `MOST` points. */
function averaged(x: Float64Array, y: Float64Array, share: number): [Float64Array, Float64Array] {
  const size = Math.floor((share * x.length) / MOST);
  if (size < 2) return [x, y];
  const n = Math.ceil(x.length / size);
  const [mx, my] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const end = Math.min(x.length, (i + 1) * size);
    for (let j = i * size; j < end; j++) {
      mx[i] += x[j] / (end - i * size);
      my[i] += y[j] / (end - i * size);
    }
  }
  return [mx, my];
}

/** Index of the first of the k points nearest to a place. */
function nearestWindow(x: Float64Array, place: number, k: number): number {
  let low = 0;
  let high = x.length - k;
  const here = lowerBound(x, place);
  low = Math.max(low, here - k);
  high = Math.min(high, here);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (place - x[middle] > x[middle + k] - place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fitAt(x: Float64Array, y: Float64Array, start: number, end: number, place: number): number {
  const reach = Math.max(place - x[start], x[end - 1] - place) * 1.0001 || 1;
  let w = 0;
  let wx = 0;
  let wy = 0;
  let wxx = 0;
  let wxy = 0;
  for (let i = start; i < end; i++) {
    const d = (x[i] - place) / reach;
    const a = Math.abs(d);
    if (a >= 1) continue;
    const c = 1 - a * a * a;
    const weight = c * c * c;
    w += weight;
    wx += weight * d;
    wy += weight * y[i];
    wxx += weight * d * d;
    wxy += weight * d * y[i];
  }
  if (w === 0) return Number.NaN;
  const spread = wxx - (wx * wx) / w;
  if (spread < 1e-9 * w) return wy / w;
  const slope = (wxy - (wx * wy) / w) / spread;
  return (wy - slope * wx) / w;
}
