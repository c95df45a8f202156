import { expect, test } from "vitest";
import { Signal } from "../src/state/signal";
import { WHOLE, within, zoomed } from "../src/state/view";

test("zooming keeps a place where it is, and stays within the axis", () => {
  expect(zoomed(WHOLE, 0.5, 0.25)).toEqual({ from: 0.125, to: 0.625 });
  expect(zoomed({ from: 0.5, to: 1 }, 1.5, 1)).toEqual({ from: 0.25, to: 1 });
  expect(zoomed({ from: 0.2, to: 0.6 }, 10)).toBe(WHOLE);
});

test("a span has a shortest length", () => {
  const { from, to } = within(0.5, 0.5);
  expect(to - from).toBeGreaterThan(0);
});

test("a watcher is told of changes until its life ends", () => {
  const life = new AbortController();
  const signal = new Signal(1);
  const seen: number[] = [];
  signal.watch(life.signal, (value) => seen.push(value));
  signal.value = 2;
  signal.value = 2;
  life.abort();
  signal.value = 3;
  expect(seen).toEqual([1, 2]);
});
