/** Reward against tokens: the checkpoints that no other beats in both. */
import { crisp } from "../chart/axes";
import { markPath } from "../chart/shapes";
import type { Report, Row } from "../data/report";
import { h, s } from "../dom/element";
import { fullRange } from "../math/range";
import { makeScale, padded, ticks } from "../math/scale";
import { count, number, tick, words } from "../text/format";
import { checkpointMarks } from "./figure_model";

const REWARDS = ["full_valid_mean_reward", "train_graded_reward", "train_mean_reward"];
const TOKENS = ["valid_completion_tokens_mean", "completion_tokens_mean", "reasoning_tokens_mean"];
const HEIGHT = 260;
const EDGE = { left: 58, right: 20, top: 14, bottom: 42 };
/** Pixels that the label of a point needs; the front is labelled first, others where there is room. */
const LABEL = { x: 44, y: 14 };

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Place {
  readonly step: number;
  readonly reward: number;
  readonly tokens: number;
}

export function tradeOff(report: Report, life: AbortSignal): HTMLElement | null {
  const { table, pareto } = report.selection;
  const reward = REWARDS.find((name) => known(table, name) > 1);
  const tokens = TOKENS.find((name) => known(table, name) > 1);
  if (!reward || !tokens) return null;
  const places = table.flatMap((row): Place[] => {
    const place = { step: row.step, reward: value(row, reward), tokens: value(row, tokens) };
    return Number.isFinite(place.reward) && Number.isFinite(place.tokens) ? [place] : [];
  });
  const front = places.filter((place) => pareto.includes(place.step));
  if (places.length < 2 || !front.length) return null;
  const svg = s("svg", { role: "img", "aria-label": summary(front, reward, tokens), height: HEIGHT });
  const plot = h("div", { class: "plot still" }, svg);
  const sizes = new ResizeObserver(() => draw(svg, plot.clientWidth, places, front, report, tokens));
  sizes.observe(plot);
  life.addEventListener("abort", () => sizes.disconnect());
  return h(
    "figure",
    { class: "chart", "data-figure": "trade-off" },
    h(
      "figcaption",
      {},
      h("h3", {}, "Reward against tokens"),
      h(
        "span",
        { class: "unit" },
        `${words(reward)} of each checkpoint over ${words(tokens)}; up and to the left is better`,
      ),
    ),
    plot,
    h("p", { class: "dim" }, summary(front, reward, tokens)),
  );
}

function summary(front: Place[], reward: string, tokens: string): string {
  const list = front.map(
    (place) => `step ${count(place.step)} (${number(place.reward)}, ${number(place.tokens)} tokens)`,
  );
  return `No other checkpoint beats ${list.join(", ")} in both ${words(reward)} and ${words(tokens)}.`;
}

function draw(
  svg: SVGSVGElement,
  width: number,
  places: Place[],
  front: Place[],
  report: Report,
  tokens: string,
): void {
  const rewards = padded(fullRange(places.map((place) => place.reward)) ?? { low: 0, high: 1 });
  const costs = padded(fullRange(places.map((place) => place.tokens)) ?? { low: 0, high: 1 });
  const x = makeScale(costs, EDGE.left, width - EDGE.right);
  const y = makeScale(rewards, HEIGHT - EDGE.bottom, EDGE.top);
  const axes = s("g", { class: "axes" });
  const rows = ticks(rewards, 4);
  for (const row of rows) {
    const at = crisp(y.at(row));
    axes.append(
      s("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: at, y2: at }),
      s(
        "text",
        { class: "tick", x: EDGE.left - 8, y: at + 4, "text-anchor": "end" },
        tick(row, rows[1] - rows[0] || 1),
      ),
    );
  }
  const columns = ticks(costs, Math.max(2, width / 110));
  for (const column of columns) {
    axes.append(
      s(
        "text",
        { class: "tick", x: x.at(column), y: HEIGHT - 24, "text-anchor": "middle" },
        tick(column, columns[1] - columns[0] || 1),
      ),
    );
  }
  axes.append(
    s("line", {
      class: "base",
      x1: EDGE.left,
      x2: width - EDGE.right,
      y1: HEIGHT - EDGE.bottom + 0.5,
      y2: HEIGHT - EDGE.bottom + 0.5,
    }),
    s(
      "text",
      { class: "tick", x: (EDGE.left + width - EDGE.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" },
      words(tokens),
    ),
  );
  const line = [...front]
    .sort((a, b) => a.tokens - b.tokens)
    .map((place) => `${x.at(place.tokens).toFixed(1)},${y.at(place.reward).toFixed(1)}`);
  const dots = s("g", { class: "marks" });
  const marks = checkpointMarks(report, 1);
  const taken: Point[] = [];
  for (const place of [...front, ...places.filter((one) => !front.includes(one))]) {
    const kind = marks.find((mark) => mark.x === place.step)?.kind ?? "evaluated";
    const at = { x: x.at(place.tokens), y: y.at(place.reward) };
    const shape = markPath(kind === "evaluated" ? "existing" : kind, at.x, at.y);
    dots.append(s("path", { class: `mark ${kind}`, d: shape }));
    if (taken.some((other) => Math.abs(other.x - at.x) < LABEL.x && Math.abs(other.y - at.y) < LABEL.y))
      continue;
    taken.push(at);
    const end = at.x > width - 60;
    const spot = { x: end ? at.x - 10 : at.x + 10, y: at.y + 4, "text-anchor": end ? "end" : "start" };
    dots.append(s("text", { class: "halo", ...spot }, count(place.step)));
  }
  svg.setAttribute("width", String(width));
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.replaceChildren(
    axes,
    s("path", { class: "front", d: line.length > 1 ? `M${line.join("L")}` : "" }),
    dots,
  );
}

function known(table: Row[], name: string): number {
  return table.filter((row) => Number.isFinite(value(row, name))).length;
}

function value(row: Row, name: string): number {
  const found = row.values[name];
  return found === null || found === undefined ? Number.NaN : Number(found);
}
