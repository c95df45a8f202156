import { expect, test } from "vitest";
import { aligned, count, epochNumber, error, number, percent, short, shown, tick } from "../src/text/format";

test.each([
  [0, "0"],
  [0.80953, "0.8095"],
  [-1.5, "−1.5"],
  [12_345.6, "12,346"],
  [2533.3, "2,533"],
  [999.97, "1,000"],
  [999.94, "999.9"],
  [0.00001234, "1.234e−5"],
  [0.00002, "2e−5"],
  ["NaN", "NaN"],
  ["-Infinity", "−∞"],
  [null, "n/a"],
] as const)("number %s is %s", (value, text) => {
  expect(number(value)).toBe(text);
});

test("counts, shares and large numbers", () => {
  expect(count(1_234_567)).toBe("1,234,567");
  expect(percent(0.957)).toBe("96\u00a0%");
  expect(percent(0.994)).toBe("99\u00a0%");
  expect(percent(0.996)).toBe("over 99\u00a0%");
  expect(percent(0.004)).toBe("under 1\u00a0%");
  expect(percent(1)).toBe("over 99\u00a0%");
  expect([1, 0.142857, 14.63, 1234.5].map(epochNumber)).toEqual(["1", "0.143", "14.6", "1,235"]);
  expect(error(0.004743)).toBe("0.0047");
  expect(short(27_216)).toBe("27.22 k");
  expect(short(1_200_000)).toBe("1.2 M");
});

test("ticks show the digits that tell them from their neighbours", () => {
  expect([0.2, 0.4, 1].map((value) => tick(value, 0.2))).toEqual(["0.2", "0.4", "1.0"]);
  expect(tick(1500, 500)).toBe("1,500");
  expect([0, 1e-6].map((value) => tick(value, 1e-6))).toEqual(["0", "1e−6"]);
  const rates = [0.0001, 0.00008].map((value) => tick(value, 2e-5, 0.0001));
  expect(rates).toEqual(["1e−4", "8e−5"]);
});

test("numbers of a column have equally many decimals unless that hides small ones", () => {
  expect(aligned([0.41, null, 0.4948])).toEqual(["0.4100", "n/a", "0.4948"]);
  expect(aligned([0.25, 0.00004])).toEqual(["0.25", "4e−5"]);
  expect(aligned(["NaN", 1.5, -12.25])).toEqual(["NaN", "1.50", "−12.25"]);
});

test("hidden characters of foreign text are shown, and long text is cut", () => {
  expect(shown("loss\u001b[2J\u202eevil\u200b")).toBe("loss\\x1b[2J\\u202eevil\\u200b");
  expect(shown("é 漢 👍")).toBe("é 漢 👍");
  expect(shown("a".repeat(1000))).toHaveLength(300);
  expect(shown("\ud800")).toBe("\\ud800");
});
