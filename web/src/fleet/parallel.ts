/** Parallel coordinates: a line for each run through its hyperparameters to its best value. */
import { leftTicks } from "../chart/still";
import { s } from "../dom/element";
import { extent, padded } from "../math/range";
import { type Scale, makeScale } from "../math/scale";
import { shown } from "../text/format";
import type { Column, Fleet } from "./runs";

export const HEIGHT = 300;
const EDGES = { left: 60, right: 60, top: 34, bottom: 16 };
/** Lines that are drawn; of more runs the best, and others evenly spread. */
const MOST_LINES = 1500;
const BEST_LINES = 100;
/** Axes that there is room for, the last of which is the best value. */
const MOST_AXES = 8;
/** Texts up to which they are the levels of an axis. */
const MOST_LEVELS = 12;
/** Share of the range below which half of the values lie where an axis is logarithmic. */
const SKEWED = 0.25;
/** Share of the lines that are in colour, the best. */
const GOOD = 0.1;
/** Pixels over which the lines through one of few values are spread. */
const SPREAD = 14;

interface Axis {
  readonly column: Column;
  readonly scale: Scale;
  readonly levels: readonly string[] | null;
  value(row: number): number | null;
  /** Pixels off its value at which the line of a row passes. */
  spread(row: number): number;
}

export function axesOf(fleet: Fleet): Column[] {
  const own = fleet.varied.flatMap(
    (name) => fleet.columns.find((one) => one.setting && one.name === name) ?? [],
  );
  const drawn = own.filter(({ texts }) => !texts || texts.length <= MOST_LEVELS).slice(0, MOST_AXES - 1);
  const best = fleet.columns.find((column) => !column.setting && column.name === "best");
  return best && drawn.length ? [...drawn, best] : [];
}

/** The rows that get a line, the worst first, so that the best lie on top. */
export function linesOf(fleet: Fleet, rows: readonly number[], best: Column): number[] {
  const sign = fleet.lower ? 1 : -1;
  const value = (row: number) => sign * (best.values?.[row] ?? 0);
  const known = rows.filter((row) => best.values?.[row] != null).sort((a, b) => value(a) - value(b));
  const every = Math.max(1, (known.length - BEST_LINES) / (MOST_LINES - BEST_LINES));
  const others = Array.from(
    { length: Math.min(MOST_LINES - BEST_LINES, Math.max(0, known.length - BEST_LINES)) },
    (_, i) => known[BEST_LINES + Math.floor(i * every)],
  );
  return [...known.slice(0, BEST_LINES), ...others].reverse();
}

export function drawParallel(
  fleet: Fleet,
  columns: readonly Column[],
  lines: readonly number[],
  width: number,
): SVGElement[] {
  const compared = fleet.compared;
  const axes = columns.map((column, i) => axisOf(column, compared, i === columns.length - 1 && fleet.lower));
  const step = (width - EDGES.left - EDGES.right) / Math.max(1, axes.length - 1);
  const x = axes.map((_, i) => EDGES.left + i * step);
  const paths: [string[], string[]] = [[], []];
  lines.forEach((row, i) => {
    let path = "";
    for (const [place, axis] of axes.entries()) {
      const value = axis.value(row);
      if (value === null || !Number.isFinite(value)) path = "";
      else
        path += `${path ? "L" : "M"}${x[place].toFixed(1)},${(axis.scale.at(value) + axis.spread(row)).toFixed(1)}`;
    }
    paths[Number(i >= (1 - GOOD) * lines.length)].push(path);
  });
  const courses = paths.map((each, good) =>
    s("path", { class: `course ${good ? "good" : "rest"}`, d: each.join("") }),
  );
  return [...courses, ...axes.flatMap((axis, i) => drawAxis(axis, x[i]))];
}

function axisOf(column: Column, rows: readonly number[], lowerIsBetter: boolean): Axis {
  const value = (row: number) => (column.values ? column.values[row] : null);
  const numbers = rows.flatMap((row) => value(row) ?? []);
  const range = extent(numbers) ?? { low: 0, high: 1 };
  const used = new Set(numbers);
  const levels = column.texts?.map((text, i) => (used.has(i) ? (text ?? "not stated") : "")) ?? null;
  const middle = numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
  const log = !levels && range.low > 0 && middle - range.low < SKEWED * (range.high - range.low);
  const few = used.size <= MOST_LEVELS;
  const spread = (row: number) => (few ? (((row * 0.618034) % 1) - 0.5) * SPREAD : 0);
  const ends = [HEIGHT - EDGES.bottom, EDGES.top];
  // the best end of the best value is up
  const [from, to] = lowerIsBetter ? [ends[1], ends[0]] : ends;
  const wide = levels ? { low: range.low - 0.3, high: range.high + 0.3 } : padded(range, log);
  return { column, levels, scale: makeScale(wide, from, to, log), value, spread };
}

function drawAxis({ column, scale, levels }: Axis, x: number): SVGElement[] {
  const title = { class: "title", x, y: 14, "text-anchor": "middle" };
  const labels = levels
    ? levels.map((level, i) =>
        s(
          "text",
          { class: "tick halo", x: x - 6, y: scale.at(i) + 4, "text-anchor": "end" },
          shown(level, 12),
        ),
      )
    : leftTicks(scale, x - 6);
  return [
    s("line", { class: "base", x1: x, x2: x, y1: EDGES.top, y2: HEIGHT - EDGES.bottom }),
    ...labels,
    s("text", title, shown(column.name, 18)),
  ];
}
