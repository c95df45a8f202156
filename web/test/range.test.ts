import { expect, test } from "vitest";
import { fullRange, union, usualRange } from "../src/math/range";

const calm = Array.from({ length: 200 }, (_, i) => 1 + (i % 10) / 10);

test("a few spikes do not squash the axis", () => {
  expect(usualRange([...calm, 1000, 900])).toEqual({ low: 1, high: 1.9 });
  expect(fullRange([...calm, 1000, 900])).toEqual({ low: 1, high: 1000 });
});

test("a curve that falls from a high start keeps its start", () => {
  const falling = Array.from({ length: 200 }, (_, i) => 1 + 2 * Math.exp(-i / 40));
  expect(usualRange(falling)?.high).toBe(3);
});

test("of few points only one that is far off is left outside", () => {
  expect(usualRange([1, 0.9, 0.85, 0.84, 3])?.high).toBe(3);
  expect(usualRange([1, 0.9, 0.85, 0.84, 3000])?.high).toBe(1);
});

test("what is not finite does not count", () => {
  expect(usualRange([Number.NaN, 2, Number.POSITIVE_INFINITY])).toEqual({ low: 2, high: 2 });
  expect(usualRange([Number.NaN])).toBeNull();
});

test("union of ranges, of which one may be absent", () => {
  expect(union({ low: 0, high: 1 }, { low: -1, high: 0.5 })).toEqual({ low: -1, high: 1 });
  expect(union(null, { low: 1, high: 2 })).toEqual({ low: 1, high: 2 });
});
