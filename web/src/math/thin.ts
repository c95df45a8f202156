/** Thinning to the pixel: no more points than a screen can show, with every peak kept. */

/**
 * Pick the points to draw: of each pixel column the first, lowest, highest and last.
 *
 * A point that is not finite is kept, so that a gap stays a gap.
 *
 * @param columnOf pixel column of a point
 * @returns increasing indices of [start, end)
 */
export function thinToPixels(
  y: ArrayLike<number>,
  start: number,
  end: number,
  columns: number,
  columnOf: (index: number) => number,
): number[] {
  const kept: number[] = [];
  if (end - start <= 4 * columns) {
    for (let i = start; i < end; i++) kept.push(i);
    return kept;
  }
  let first = start;
  while (first < end) {
    const column = columnOf(first);
    let last = first;
    let low = -1;
    let high = -1;
    let hole = -1;
    for (let i = first; i < end && columnOf(i) === column; i++) {
      last = i;
      const value = y[i];
      if (!Number.isFinite(value)) hole = i;
      else {
        if (low < 0 || value < y[low]) low = i;
        if (high < 0 || value > y[high]) high = i;
      }
    }
    const picked = [first, low, high, hole, last].filter((i) => i >= 0).sort((a, b) => a - b);
    for (const i of picked) if (kept[kept.length - 1] !== i) kept.push(i);
    first = last + 1;
  }
  return kept;
}
