/** Binary search in increasing numbers. */

/** Index of the first number that is at least `value`; the length when none is. */
export function lowerBound(numbers: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the number nearest to `value`, the earlier of two; -1 when there is none. */
export function nearest(numbers: ArrayLike<number>, value: number): number {
  const after = lowerBound(numbers, value);
  if (after === 0) return numbers.length ? 0 : -1;
  if (after === numbers.length) return after - 1;
  return value - numbers[after - 1] <= numbers[after] - value ? after - 1 : after;
}
