/** From a figure of a report to what a chart draws. */
import { covers } from "../chart/marks";
import type { ChartLine, ChartModel, Mark, Marker, MarkKind, Stroke } from "../chart/model";
import type { Curve, Emphasis, Figure, JsonNumber, Line, Report, Split } from "../data/report";
import { storyOf } from "../data/diagnosis";
import { count, number, words } from "../text/format";

const STROKES: Record<Emphasis, Stroke> = { judged: "solid", raw: "thin", "as logged": "dashed" };
/** By order of appearance, so that two lines of one split differ. */
const MARKERS: Record<Split, Marker[]> = {
  train: ["square", "diamond"],
  valid: ["circle", "triangle"],
  other: ["triangle", "square", "circle", "diamond", "down"],
};
/** Training curves of fewer points are drawn as they are: means over a step, and values of one minibatch. */
const SMOOTHED_FROM = 30;
export const RAW_SMOOTHED_FROM = 16;
/** Epochs to mark, at most: more are a grid, not a help. */
const MOST_EPOCHS = 40;

export function hasEpochs(report: Report): boolean {
  return Number(report.run.steps_per_epoch ?? 0) > 0;
}

/** The metrics that some findings rest on. */
export function metricsOf(report: Report, checks: readonly string[]): Set<string> {
  const own = report.findings.filter((finding) => checks.includes(finding.check));
  return new Set(own.flatMap((finding) => finding.evidence.map((one) => one.metric)));
}

/** The charts of a report, by step or by epoch; the first shows the diagnosis. */
export function figureModels(report: Report, unit: string): ChartModel[] {
  const story = storyOf(report);
  const shown = metricsOf(report, story.findings).add(story.metric);
  const perEpoch = Number(report.run.steps_per_epoch ?? 0);
  const scale = unit === "epoch" && perEpoch > 0 ? 1 / perEpoch : 1;
  const figures = (report.figures ?? []).filter((figure) =>
    figure.lines.some((line) => report.curves[line.curve]),
  );
  const domain = domainOf(report, figures, scale);
  const place = placer(unit, perEpoch);
  const marks = checkpointMarks(report, scale);
  const epochs = unit === "epoch" ? [] : epochEnds(perEpoch, domain);
  const since = story.severity === "ok" ? null : story.since;
  const onset = since && {
    x: since.step * scale,
    metric: story.metric,
    label: `${words(story.name || "harm")} from step ${count(since.step)}`,
  };
  return figures.map((figure) => ({
    name: figure.name,
    title: figure.title,
    unit: figure.unit,
    better: figure.better,
    lines: chartLines(figure.lines, report.curves, scale),
    bands: figure.bands,
    limits: figure.axis ?? null,
    marks,
    onset: figure.lines.some(({ curve }) => covers(shown, curve)) ? onset : null,
    epochs,
    domain,
    axis: unit,
    place,
    fromStep: (step: number) => step * scale,
  }));
}

function placer(unit: string, perEpoch: number): (x: number) => string {
  if (unit === "epoch") return (x) => `epoch ${number(x)}, step ${count(Math.round(x * perEpoch))}`;
  if (perEpoch > 0) return (x) => `step ${count(x)}, epoch ${number(x / perEpoch)}`;
  return (x) => `step ${count(x)}`;
}

function chartLines(lines: Line[], curves: Record<string, Curve>, scale: number): ChartLine[] {
  const seen: Record<string, number> = {};
  return lines.flatMap((line) => {
    const curve = curves[line.curve];
    if (!curve) return [];
    const kin = `${line.split} ${line.emphasis}`;
    const order = seen[kin] ?? 0;
    seen[kin] = order + 1;
    const minor =
      line.emphasis === "raw" &&
      lines.some((other) => other.split === line.split && other.emphasis === "judged");
    return [chartLine(line, curve, scale, order, minor)];
  });
}

function chartLine(line: Line, curve: Curve, scale: number, order: number, minor: boolean): ChartLine {
  const markers = MARKERS[line.split];
  const dense = line.split !== "valid" && line.emphasis === "judged" && curve.step.length >= SMOOTHED_FROM;
  return {
    key: line.curve,
    label: line.label,
    meaning: line.meaning,
    tone: toneOf(line.split, order),
    marker: markers[order % markers.length],
    stroke: STROKES[line.emphasis],
    minor,
    quiet: false,
    smooth: line.emphasis === "raw" ? curve.step.length >= RAW_SMOOTHED_FROM : dense,
    x: Float64Array.from(curve.step, (step) => step * scale),
    y: Float64Array.from(curve.value, Number),
    error: curve.standard_error ? Float64Array.from(curve.standard_error, Number) : null,
    scatter: finite(curve.noise),
    best: null,
    points: curve.points,
  };
}

/** Colour is the split's; what is neither training nor validation has colours of its own. */
function toneOf(split: Split, order: number): string {
  if (!order) return split;
  return split === "other" ? `run-${2 + ((order - 1) % 3)}` : `${split} shade-${Math.min(order, 3)}`;
}

function finite(value: JsonNumber | null | undefined): number | null {
  const n = value === null || value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(n) ? n : null;
}

function domainOf(report: Report, figures: Figure[], scale: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const line of figures.flatMap((figure) => figure.lines)) {
    const steps = report.curves[line.curve]?.step ?? [];
    if (!steps.length) continue;
    low = Math.min(low, steps[0]);
    high = Math.max(high, steps[steps.length - 1]);
  }
  if (!(low <= high)) return [0, 1];
  return low === high ? [(low - 1) * scale, (high + 1) * scale] : [low * scale, high * scale];
}

function epochEnds(perEpoch: number, [low, high]: [number, number]): { x: number; label: string }[] {
  const total = perEpoch > 0 ? Math.floor(high / perEpoch + 1e-9) : 0;
  const every = Math.max(1, Math.ceil(total / MOST_EPOCHS));
  const ends: { x: number; label: string }[] = [];
  for (let epoch = every; epoch <= total; epoch += every) {
    if (epoch * perEpoch >= low) ends.push({ x: epoch * perEpoch, label: `epoch ${epoch}` });
  }
  return ends;
}

/** Every checkpoint that the selection speaks of, once, by its most telling mark. */
export function checkpointMarks(report: Report, scale: number): Mark[] {
  const { best, tied, candidates, table } = report.selection;
  const kinds = new Map<number, MarkKind>();
  for (const row of table) {
    kinds.set(
      row.step,
      row.existence === "gone" ? "gone" : row.existence === "exists" ? "existing" : "evaluated",
    );
  }
  for (const pick of candidates) kinds.set(pick.step, "candidate");
  for (const pick of tied) kinds.set(pick.step, "tied");
  if (best) kinds.set(best.step, "best");
  return [...kinds].map(([step, kind]) => ({ x: step * scale, kind, label: `step ${count(step)}` }));
}
