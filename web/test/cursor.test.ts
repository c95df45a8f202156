import { expect, test } from "vitest";
import { neighbour, readings, snap } from "../src/chart/cursor";
import type { ChartLine } from "../src/chart/model";

const line = (key: string, x: number[]) =>
  ({ key, label: key, x: Float64Array.from(x), y: Float64Array.from(x) }) as unknown as ChartLine;
const train = line("train", [1, 2, 3, 4, 5, 6, 7, 8]);
const valid = line("valid", [4, 8]);

test("the cursor snaps to the nearest point of any line", () => {
  expect(snap([train, valid], 3.4)).toBe(3);
  expect(snap([valid], 3.4)).toBe(4);
  expect(snap([], 3)).toBeNull();
});

test("each line is read at its own nearest point", () => {
  expect(readings([train, valid], 7).map((reading) => reading.x)).toEqual([7, 8]);
});

test("arrow keys go from point to point, and start at an end", () => {
  expect(neighbour([train, valid], 4, 1)).toBe(5);
  expect(neighbour([valid], 4, 1)).toBe(8);
  expect(neighbour([train, valid], 4, -1)).toBe(3);
  expect(neighbour([train, valid], 8, 1)).toBeNull();
  expect(neighbour([train], Number.NEGATIVE_INFINITY, 1)).toBe(1);
});
