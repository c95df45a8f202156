/** Reward against tokens: the checkpoints that no other beats in both. */
import { crisp } from "../chart/axes";
import { placeLabels } from "../chart/labels";
import type { MarkKind } from "../chart/model";
import { markPath } from "../chart/shapes";
import type { Report, Row } from "../data/report";
import { h, s } from "../dom/element";
import { extent, padded } from "../math/range";
import { makeScale, ticks } from "../math/scale";
import { count, number, tick, words } from "../text/format";
import { checkpointMarks } from "./figure_model";

const REWARDS = ["full_valid_mean_reward", "train_graded_reward", "train_mean_reward"];
const TOKENS = ["valid_completion_tokens_mean", "completion_tokens_mean", "reasoning_tokens_mean"];
const HEIGHT = 260;
const EDGE = { left: 58, right: 20, top: 14, bottom: 42 };

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
  const rewards = padded(extent(places.map((place) => place.reward)) ?? { low: 0, high: 1 });
  const costs = padded(extent(places.map((place) => place.tokens)) ?? { low: 0, high: 1 });
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
  const pixel = (place: Place) => ({ x: x.at(place.tokens), y: y.at(place.reward) });
  const line = [...front].sort((a, b) => a.tokens - b.tokens).map(pixel);
  const dots = s("g", { class: "marks" });
  const marks = checkpointMarks(report, 1);
  const drawn = places.map((place) => {
    const kind = marks.find((mark) => mark.x === place.step)?.kind ?? "evaluated";
    return { ...pixel(place), kind, text: count(place.step), front: front.includes(place) };
  });
  drawn.sort((a, b) => rank(a) - rank(b));
  const within = { left: EDGE.left, right: width, top: 0, bottom: HEIGHT - EDGE.bottom };
  const labels = placeLabels(drawn, line, within);
  drawn.forEach((point, i) => {
    const shape = markPath(point.kind === "evaluated" ? "existing" : point.kind, point.x, point.y);
    dots.append(s("path", { class: `mark ${point.kind}`, d: shape }, s("title", {}, `step ${point.text}`)));
    const label = labels[i];
    if (!label) return;
    const spot = { x: label.x, y: label.y, "text-anchor": label.anchor };
    dots.append(s("text", { class: "halo", ...spot }, point.text));
  });
  svg.setAttribute("width", String(width));
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.replaceChildren(
    axes,
    s("path", {
      class: "front",
      d: line.length > 1 ? `M${line.map((at) => `${at.x.toFixed(1)},${at.y.toFixed(1)}`).join("L")}` : "",
    }),
    dots,
  );
}

/** What is to be labelled first: the best, the front, candidates. */
function rank({ kind, front }: { kind: MarkKind; front: boolean }): number {
  return kind === "best" ? 0 : front ? 1 : kind === "candidate" || kind === "tied" ? 2 : 3;
}

function known(table: Row[], name: string): number {
  return table.filter((row) => Number.isFinite(value(row, name))).length;
}

function value(row: Row, name: string): number {
  const found = row.values[name];
  return found === null || found === undefined ? Number.NaN : Number(found);
}
