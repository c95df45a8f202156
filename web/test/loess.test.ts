import { expect, test } from "vitest";
import { loess } from "../src/math/loess";

const x = Array.from({ length: 101 }, (_, i) => i);

test("points on a line come back unchanged, at both ends too", () => {
  const y = x.map((step) => 3 - 0.02 * step);
  const smooth = loess(x, y, 0.2, x);
  for (const i of x) expect(smooth[i]).toBeCloseTo(y[i], 9);
});

test("the last point of a falling curve is not held up by the past, as a moving average would", () => {
  const y = x.map((step) => 2 - 0.01 * step);
  let average = y[0];
  for (const value of y) average = 0.9 * average + 0.1 * value;
  const [last] = loess(x, y, 0.2, [100]);
  expect(Math.abs(last - y[100])).toBeLessThan(1e-9);
  expect(average - y[100]).toBeGreaterThan(0.08);
});

test("noise becomes less", () => {
  const y = x.map((step) => (step % 2 ? 1 : -1));
  for (const value of loess(x, y, 0.3, [20, 50, 80])) expect(Math.abs(value)).toBeLessThan(0.1);
});

test("values that are not finite are left out", () => {
  const y = x.map((step) => (step === 50 ? Number.NaN : step === 60 ? Number.POSITIVE_INFINITY : 1));
  expect(loess(x, y, 0.1, [50, 60])).toEqual(Float64Array.of(1, 1));
});

test("few, repeated or no points", () => {
  expect(loess([], [], 0.2, [1])[0]).toBeNaN();
  expect(loess([5], [2], 0.2, [5])[0]).toBe(2);
  expect(loess([5, 5, 5], [1, 2, 3], 0.2, [5])[0]).toBeCloseTo(2);
});

test("many points are averaged before, and a line still comes back unchanged", () => {
  const many = Array.from({ length: 50_001 }, (_, i) => i);
  const smooth = loess(
    many,
    many.map((step) => 5 - step / 1000),
    0.3,
    [0, 25_000, 50_000],
  );
  expect(smooth[0]).toBeCloseTo(5, 6);
  expect(smooth[1]).toBeCloseTo(-20, 6);
  expect(smooth[2]).toBeCloseTo(-45, 6);
});
