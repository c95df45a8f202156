/** From a comparison to what charts draw: each metric with a line for each run. */
import type { ChartLine, ChartModel, Marker, Stroke } from "../chart/model";
import type { ComparedRun, Comparison } from "../data/comparison";
import { count, number, short, shown, words } from "../text/format";

const MARKERS: Marker[] = ["circle", "square", "triangle", "diamond", "down", "cross"];
/** Colours of runs; with more runs they come again, with another marker. */
export const TONES = 6;

const PER_STEP: Record<string, (run: ComparedRun) => number> = {
  step: () => 1,
  epoch: (run) => 1 / Number(run.steps_per_epoch ?? Number.NaN),
  tokens: (run) => Number(run.tokens ?? Number.NaN) / Number(run.steps ?? Number.NaN),
};

/** What the x axis can count: what is known of at least two runs, or of all. */
export function unitsOf(comparison: Comparison): string[] {
  return Object.keys(PER_STEP).filter((unit) => {
    const known = comparison.runs.filter((run) => usable(PER_STEP[unit](run)));
    return unit === "step" || known.length >= Math.min(2, comparison.runs.length);
  });
}

export function comparisonModels(comparison: Comparison, unit: string): ChartModel[] {
  const perMetric = comparison.figures.map((metric) => ({ metric, lines: linesOf(comparison, metric, unit) })).filter(({ lines }) => lines.length);
  const ends = perMetric.flatMap(({ lines }) => lines.flatMap((line) => [line.x[0], line.x[line.x.length - 1]]));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const domain: [number, number] = low < high ? [low, high] : [low - 1, low + 1];
  const place = (x: number) => (unit === "step" ? `step ${count(x)}` : unit === "epoch" ? `epoch ${number(x)}` : `${short(x)} tokens`);
  return perMetric.map(({ metric, lines }) => ({
    name: metric,
    title: words(metric),
    unit: "none",
    better: metric === comparison.by ? comparison.better : null,
    lines,
    bands: [],
    marks: [],
    epochs: [],
    domain,
    axis: unit,
    place,
    fromStep: (step: number) => step,
  }));
}

function linesOf(comparison: Comparison, metric: string, unit: string): ChartLine[] {
  return comparison.runs.flatMap((run, i): ChartLine[] => {
    const curve = run.curves[metric];
    const scale = PER_STEP[unit](run);
    if (!curve?.step.length || !usable(scale)) return [];
    return [
      {
        ...look(i),
        key: `${metric} ${i}`,
        label: shown(run.name, 60),
        meaning: `${words(metric)} of ${shown(run.name, 120)}.`,
        minor: false,
        smooth: curve.step.length >= 30,
        x: Float64Array.from(curve.step, (step) => step * scale),
        y: Float64Array.from(curve.value, Number),
        error: curve.standard_error ? Float64Array.from(curve.standard_error, Number) : null,
        scatter: null,
        points: curve.points,
      },
    ];
  });
}

/** Colour and marker of a run. */
export function look(index: number): { tone: string; marker: Marker; stroke: Stroke } {
  return {
    tone: `run-${index % TONES}`,
    marker: MARKERS[(index + Math.floor(index / TONES)) % MARKERS.length],
    stroke: "solid",
  };
}

function usable(scale: number): boolean {
  return Number.isFinite(scale) && scale > 0;
}
