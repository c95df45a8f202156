import { expect, test } from "vitest";
import { SourceError, understand } from "../src/data/source";
import { anchor, parse } from "../src/page";

const report = { schema_version: 1, findings: [] };
const comparison = { schema_version: 1, runs: [] };

test("one report, several, a comparison, or one with the reports of its runs", () => {
  expect(understand(report)).toEqual({ reports: [report], comparison: null });
  expect(understand([report, report]).reports).toHaveLength(2);
  expect(understand(comparison)).toEqual({ reports: [], comparison });
  expect(understand({ comparison, reports: [report] })).toEqual({ reports: [report], comparison });
  const decision = { schema_version: 1, standings: [] };
  expect(understand(decision)).toEqual({ reports: [], comparison: null, decision });
});

test.each([null, 1, "x", {}, [], { findings: [] }, { schema_version: 3, findings: [] }])(
  "%j is refused",
  (json) => {
    expect(() => understand(json)).toThrow(SourceError);
  },
);

test("an anchor names the run where there are several", () => {
  expect(anchor("overfitting", 0, 1)).toBe("finding-overfitting");
  expect(parse("#finding-overfitting", 1)).toEqual({ index: 0 });
  expect(anchor("overfitting", 2, 3)).toBe("run-3-finding-overfitting");
  expect(parse("#run-3-finding-overfitting", 3)).toEqual({ index: 2 });
  expect(parse("#run-4-finding-overfitting", 3)).toBeNull();
  expect(parse("#curves", 3)).toBeNull();
});
