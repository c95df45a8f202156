import { expect, test } from "vitest";
import { thinToPixels } from "../src/math/thin";

test("every peak of a long curve stays, in its column", () => {
  const y = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i / 50));
  y[12_345] = 40;
  y[777] = -40;
  const kept = thinToPixels(y, 0, y.length, 500, (i) => Math.floor(i / 40));
  expect(kept).toContain(12_345);
  expect(kept).toContain(777);
  expect(kept.length).toBeLessThanOrEqual(4 * 500);
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  expect([kept[0], kept[kept.length - 1]]).toEqual([0, 19_999]);
});

test("a short curve stays whole", () => {
  expect(thinToPixels([3, 1, 2], 0, 3, 100, () => 0)).toEqual([0, 1, 2]);
});

test("a gap stays a gap", () => {
  const y = new Float64Array(10_000).fill(1);
  y[5000] = Number.NaN;
  expect(thinToPixels(y, 0, y.length, 100, (i) => Math.floor(i / 100))).toContain(5000);
});
