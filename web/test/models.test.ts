import { expect, test } from "vitest";
import type { ComparedRun, Comparison } from "../src/data/comparison";
import type { Decision } from "../src/data/decision";
import type { Line, Report } from "../src/data/report";
import { command } from "../src/views/decision";
import { shortened } from "../src/views/names";
import { comparisonModels, unitsOf } from "../src/views/comparison_model";
import { checkpointMarks, figureModels } from "../src/views/figure_model";

const line = (curve: string, split: Line["split"], emphasis: Line["emphasis"]): Line => ({
  curve,
  label: curve,
  split,
  emphasis,
  meaning: "",
});
const lines = [
  line("full_valid_loss", "valid", "judged"),
  line("valid_loss", "valid", "raw"),
  line("train_loss", "train", "raw"),
];
const figure = {
  name: "loss",
  title: "Loss",
  unit: "nats",
  better: "lower" as const,
  lines,
  bands: [],
};
const curve = (step: number[], noise: number | null = null) => ({
  step,
  value: step.map((at) => (at === 20 ? ("NaN" as const) : at / 10)),
  points: step.length,
  noise,
});
const row = (step: number, existence: string) => ({ step, epoch: null, model: null, existence, values: {} });
const report = {
  run: { steps_per_epoch: 20 },
  findings: [],
  curves: { full_valid_loss: curve([20, 40]), train_loss: curve([10, 20, 30, 40, 50]) },
  figures: [figure],
  selection: {
    best: { step: 40 },
    tied: [{ step: 30 }],
    candidates: [{ step: 40 }, { step: 20 }],
    table: [row(10, "gone"), row(20, "exists"), row(30, "exists"), row(40, "exists"), row(50, "unknown")],
  },
} as unknown as Report;

test("a figure becomes a chart, by step or by epoch", () => {
  const [model] = figureModels(report, "step");
  expect(model.lines.map((one) => [one.key, one.stroke, one.tone])).toEqual([
    ["full_valid_loss", "solid", "valid"],
    ["train_loss", "thin", "train"],
  ]);
  expect(model.domain).toEqual([10, 50]);
  expect(model.epochs.map((end) => end.x)).toEqual([20, 40]);
  expect(model.lines[0].y[0]).toBeNaN();
  expect(figureModels(report, "epoch")[0].domain).toEqual([0.5, 2.5]);
  expect(model.place(30)).toBe("step 30, epoch 1.5");
});

const told = (more: object) => ({
  ...report,
  schema_version: 2,
  diagnosis: { name: "reward_hacking", severity: "problem", since: { step: 30 }, findings: [], ...more },
  figures: [{ ...figure, name: "ratio", lines: [line("train_loss", "train", "raw")] }, figure],
});

test("the onset is on the chart that shows the diagnosis", () => {
  const [other, main] = figureModels(told({ metric: "full_valid_loss" }) as unknown as Report, "epoch");
  expect(main.onset).toEqual({ x: 1.5, metric: "full_valid_loss", label: "reward hacking from step 30" });
  expect(other.onset).toBeNull();
  const calm = told({ metric: "full_valid_loss", severity: "ok" }) as unknown as Report;
  expect(figureModels(calm, "step")[1].onset).toBeNull();
});

test("of many runs the chosen and the best are named, the others stand back", () => {
  const many = { ...comparison, runs: Array.from({ length: 20 }, (_, i) => run(`${i}`, 1, 1)), winner: 9 };
  const [{ lines }] = comparisonModels(many, "step");
  const seen = lines.filter((one) => !one.quiet).map((one) => one.label);
  expect(seen.sort((a, b) => Number(a) - Number(b))).toEqual(["0", "1", "2", "3", "4", "9"]);
});

test("names are shown without what all of them begin with", () => {
  const names = ["model:ft-x/s-1", "model:ft-x/s-12", "model:ft-x/s"];
  expect(names.map(shortened(names))).toEqual(["…s-1", "…s-12", "…s"]);
  expect(shortened(["long-name-1"])("long-name-1")).toBe("long-name-1");
  expect(["a-1", "a-2"].map(shortened(["a-1", "a-2"]))).toEqual(["a-1", "a-2"]);
});

test("each checkpoint has its most telling mark", () => {
  const kinds = checkpointMarks(report, 1).map((mark) => [mark.x, mark.kind]);
  expect(kinds).toEqual([
    [10, "gone"],
    [20, "candidate"],
    [30, "tied"],
    [40, "best"],
    [50, "evaluated"],
  ]);
});

const run = (name: string, tokens: number | null, perEpoch: number | null) =>
  ({
    name,
    tokens,
    steps: 100,
    steps_per_epoch: perEpoch,
    best_step: 40,
    curves: report.curves,
  }) as unknown as ComparedRun;
const comparison = {
  runs: [run("a", 1000, null), run("b", 3000, 50), run("c", null, null)],
  figures: [figure],
  winner: null,
  tied: [],
} as unknown as Comparison;

test("runs are laid over each other by what at least two of them know", () => {
  expect(unitsOf(comparison)).toEqual(["step", "tokens"]);
  const [valid, train] = comparisonModels(comparison, "tokens");
  expect([valid.name, train.name]).toEqual(["full_valid_loss", "train_loss"]);
  expect(valid.lines.map((one) => [one.label, ...one.x])).toEqual([
    ["a", 200, 400],
    ["b", 600, 1200],
  ]);
  expect(valid.lines.map((one) => one.best)).toEqual([400, 1200]);
  expect(new Set(comparisonModels(comparison, "step")[0].lines.map((one) => one.marker)).size).toBe(3);
});

test("the command deploys a winner that comes from a run", () => {
  const standing = (name: string, step: number | null, role: string) => ({ name, step, role });
  const standings = [
    standing("base", null, "base"),
    standing("a", 60, "other"),
    standing("b", 8, "production"),
  ];
  const of = (winner: string | null, run: string) =>
    command({ standings, winner, run } as unknown as Decision);
  expect(of("a", "azure://ftjob-1")).toBe("curvewise deploy azure://ftjob-1 --checkpoint 60");
  expect(of("a", "it's a job")).toBe("curvewise deploy 'it'\\''s a job' --checkpoint 60");
  expect([of("base", "job"), of("b", "job"), of(null, "job"), of("a", "")]).toEqual([null, null, null, null]);
});
