import { expect, test } from "vitest";
import { placeLabels } from "../src/chart/labels";

const within = { left: 0, right: 200, top: 0, bottom: 100 };
const point = (x: number, y: number, text: string) => ({ x, y, text });

test("a label stands to the right of its point, or where there is room", () => {
  expect(placeLabels([point(50, 50, "10")], [], within)[0]?.anchor).toBe("start");
  expect(placeLabels([point(195, 50, "10")], [], within)[0]?.anchor).toBe("end");
  const pair = placeLabels([point(50, 50, "10"), point(66, 50, "20")], [], within);
  expect(pair.map((label) => label?.anchor)).toEqual(["end", "start"]);
});

test("no label covers a line", () => {
  const line = [point(0, 50, ""), point(200, 50, "")];
  const [label] = placeLabels([point(50, 50, "10")], line, within);
  expect(label?.anchor).toBe("middle");
  expect(label?.y).toBeLessThan(50);
});

test("a point without room has no label", () => {
  expect(placeLabels([point(50, 50, "1,000,000")], [], { ...within, right: 60 })).toEqual([null]);
});
