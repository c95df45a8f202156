/** The best value so far against what the training before it cost. */
import { leftAxis, lowerAxis } from "../chart/still";
import { s } from "../dom/element";
import { extent, padded } from "../math/range";
import { makeScale } from "../math/scale";
import type { Fleet } from "./runs";

export const HEIGHT = 240;
const EDGES = { left: 58, right: 20, top: 12, bottom: 42 };
/** Runs that get a dot. */
const MOST_DOTS = 1500;
/** Dots up to which they are drawn plainly. */
const FEW = 200;
/** Share of the runs, from the best, that the axis shows; a few that failed would hide all others. */
const SHOWN = 0.9;

export interface Course {
  readonly cost: readonly number[];
  readonly value: readonly number[];
  readonly best: readonly number[];
}

/** Steps trained, the value of each run and the best so far, by the files' times. */
export function courseOf(fleet: Fleet): Course | null {
  const column = (name: string) => fleet.columns.find((one) => !one.setting && one.name === name)?.values;
  const [values, steps] = [column("best"), column("steps")];
  if (!values || !steps || fleet.compared.length < 3) return null;
  const better = fleet.lower ? Math.min : Math.max;
  let [total, reached] = [0, values[fleet.compared[0]] ?? 0];
  const cost: number[] = [];
  const value: number[] = [];
  const best: number[] = [];
  for (const row of fleet.compared) {
    total += steps[row] ?? 0;
    reached = better(reached, values[row] ?? reached);
    cost.push(total);
    value.push(values[row] ?? Number.NaN);
    best.push(reached);
  }
  return total > 0 ? { cost, value, best } : null;
}

export function drawCourse({ cost, value, best }: Course, lower: boolean, width: number): SVGElement[] {
  const known = [...value].sort((a, b) => (lower ? a - b : b - a)).slice(0, Math.ceil(SHOWN * value.length));
  const x = makeScale({ low: 0, high: cost[cost.length - 1] }, EDGES.left, width - EDGES.right);
  const range = padded(extent(known) ?? { low: 0, high: 1 });
  const y = makeScale(range, HEIGHT - EDGES.bottom, EDGES.top);
  const inside = (place: number) => Math.max(EDGES.top, Math.min(HEIGHT - EDGES.bottom, y.at(place)));
  const changes = best.flatMap((one, i) => (i === 0 || one !== best[i - 1] ? [i] : []));
  const path = changes.map(
    (i, n) => `${n ? "H" : "M"}${x.at(cost[i]).toFixed(1)}${n ? "V" : ","}${inside(best[i]).toFixed(1)}`,
  );
  const every = Math.max(1, Math.ceil(value.length / MOST_DOTS));
  const dots = value.flatMap((one, i) =>
    i % every === 0 && one >= range.low && one <= range.high
      ? [`M${x.at(cost[i]).toFixed(1)},${y.at(one).toFixed(1)}h0`]
      : [],
  );
  return [
    leftAxis(y, EDGES, width),
    lowerAxis(x, EDGES, width, HEIGHT, "steps of training, all runs together"),
    s("path", { class: dots.length < FEW ? "dots few" : "dots", d: dots.join("") }),
    s("path", { class: "best-so-far", d: `${path.join("")}H${(width - EDGES.right).toFixed(1)}` }),
  ];
}
