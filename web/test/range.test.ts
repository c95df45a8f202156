import { expect, test } from "vitest";
import { extent, padded, union } from "../src/math/range";
import table from "./room.json";

test("what is not finite does not count, and nothing is too large to divide", () => {
  expect(extent([Number.NaN, 2, Number.POSITIVE_INFINITY, 1])).toEqual({ low: 1, high: 2 });
  expect(extent([Number.NaN])).toBeNull();
  expect(extent([-1e308, 1e308])).toEqual({ low: -1e100, high: 1e100 });
});

test("union of ranges, of which one may be absent", () => {
  expect(union({ low: 0, high: 1 }, { low: -1, high: 0.5 })).toEqual({ low: -1, high: 1 });
  expect(union(null, { low: 1, high: 2 })).toEqual({ low: 1, high: 2 });
});

test.each(table)("the range from %d to %d has the room that Python gives it", (low, high, from, to) => {
  const { low: bottom, high: top } = padded({ low, high });
  expect(bottom).toBeCloseTo(from, 9);
  expect(top).toBeCloseTo(to, 9);
});

test("a logarithmic range has room by a factor", () => {
  expect(padded({ low: 1, high: 10 }, true)).toEqual({ low: 1 / 1.1, high: 11 });
});
