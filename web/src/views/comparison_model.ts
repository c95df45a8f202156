/** From a comparison to what charts draw: each metric with a line for each run. */
import type { ChartLine, ChartModel, Marker, Stroke } from "../chart/model";
import type { ComparedRun, Comparison } from "../data/comparison";
import type { Figure, Line, Split } from "../data/report";
import { extent, padded, type Range, union } from "../math/range";
import { count, number, short, shown } from "../text/format";
import { RAW_SMOOTHED_FROM } from "./figure_model";

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

/** A chart for each line of each figure. What the service logs where it misleads is left to each run's own report. */
export function comparisonModels(comparison: Comparison, unit: string): ChartModel[] {
  const drawn = comparison.figures.flatMap((figure) =>
    figure.lines
      .filter(
        (line) => line.emphasis === "judged" || (line.emphasis === "raw" && !hasJudged(figure, line.split)),
      )
      .map((line) => ({ figure, line, lines: linesOf(comparison, line, unit) }))
      .filter(({ lines }) => lines.length),
  );
  const ends = drawn.flatMap(({ lines }) => lines.flatMap((line) => [line.x[0], line.x[line.x.length - 1]]));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const domain: [number, number] = low < high ? [low, high] : [low - 1, low + 1];
  drawn.sort((a, b) => Number(b.line.curve === comparison.by) - Number(a.line.curve === comparison.by));
  return drawn.map(({ figure, line, lines }) => ({
    name: line.curve,
    title: figure.lines.length > 1 ? `${figure.title}: ${line.label}` : figure.title,
    unit: figure.unit,
    better: figure.better,
    lines,
    bands: figure.bands,
    limits: cropped(figure.axis ?? null, lines),
    marks: [],
    onset: null,
    epochs: [],
    domain,
    axis: unit,
    place: PLACES[unit],
    fromStep: (step: number) => step,
  }));
}

const PLACES: Record<string, (x: number) => string> = {
  step: (x) => `step ${count(x)}`,
  epoch: (x) => `epoch ${number(x)}`,
  tokens: (x) => `${short(x)} tokens`,
};

function hasJudged(figure: Figure, split: Split): boolean {
  return figure.lines.some((line) => line.split === split && line.emphasis === "judged");
}

/** The figure's range of values, without what this one of its charts does not need. */
function cropped(axis: Range | null, lines: readonly ChartLine[]): Range | null {
  const own = lines.map((line) => extent(line.y)).reduce(union, null);
  if (!axis || !own) return axis;
  const { low, high } = padded(own);
  const range = { low: Math.max(axis.low, low), high: Math.min(axis.high, high) };
  return range.low < range.high ? range : axis;
}

/** The runs that charts name, at most as many as have a colour: those that are chosen, then the best. */
export function named(comparison: Comparison): Set<number> {
  const { runs, winner, tied } = comparison;
  const chosen = [...(winner === null ? [] : [winner]), ...tied];
  return new Set(
    [...chosen, ...runs.keys()].filter((index, i, all) => all.indexOf(index) === i).slice(0, TONES),
  );
}

function linesOf(comparison: Comparison, line: Line, unit: string): ChartLine[] {
  const shownRuns = named(comparison);
  return comparison.runs.flatMap((run, i): ChartLine[] => {
    const curve = run.curves[line.curve];
    const scale = PER_STEP[unit](run);
    if (!curve?.step.length || !usable(scale)) return [];
    return [
      {
        ...look(i),
        ...(shownRuns.has(i) ? {} : { tone: "other" }),
        quiet: !shownRuns.has(i),
        key: `${line.curve} ${i}`,
        label: shown(run.name, 60),
        meaning: line.meaning,
        minor: false,
        smooth: line.emphasis === "raw" && curve.step.length >= RAW_SMOOTHED_FROM,
        x: Float64Array.from(curve.step, (step) => step * scale),
        y: Float64Array.from(curve.value, Number),
        error: curve.standard_error ? Float64Array.from(curve.standard_error, Number) : null,
        scatter: null,
        best: typeof run.best_step === "number" ? run.best_step * scale : null,
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
