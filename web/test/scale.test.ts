import { expect, test } from "vitest";
import { makeScale, ticks, wholeTicks } from "../src/math/scale";

test("a scale and its inverse", () => {
  const linear = makeScale({ low: 10, high: 20 }, 0, 100);
  expect(linear.at(15)).toBe(50);
  expect(linear.invert(25)).toBe(12.5);
  const log = makeScale({ low: 1, high: 100 }, 0, 100, true);
  expect(log.at(10)).toBeCloseTo(50);
  expect(log.invert(50)).toBeCloseTo(10);
  expect(log.at(0)).toBeNaN();
});

test("ticks are round and within the range", () => {
  expect(ticks({ low: 0.13, high: 1.62 }, 5)).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6]);
  expect(ticks({ low: 0, high: 300 }, 3)).toEqual([0, 100, 200, 300]);
  expect(wholeTicks({ low: 0, high: 3 }, 12)).toEqual([0, 1, 2, 3]);
  expect(ticks({ low: 0.5, high: 2000 }, 4, true)).toEqual([1, 10, 100, 1000]);
});

test("a log axis of less than a decade has the ticks of a linear one", () => {
  expect(ticks({ low: 0.5, high: 2 }, 4, true)).toEqual(ticks({ low: 0.5, high: 2 }, 4));
});
