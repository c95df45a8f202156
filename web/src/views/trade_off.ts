/** Reward against tokens: the checkpoints that no other beats in both. */
import { type Place, scatter } from "../chart/scatter";
import type { Report, Row } from "../data/report";
import { h } from "../dom/element";
import { count, number, words } from "../text/format";
import { checkpointMarks } from "./figure_model";

const REWARDS = ["full_valid_mean_reward", "train_graded_reward", "train_mean_reward"];
const TOKENS = ["valid_completion_tokens_mean", "completion_tokens_mean", "reasoning_tokens_mean"];

export function tradeOff(report: Report, life: AbortSignal): HTMLElement | null {
  const { table, pareto } = report.selection;
  const reward = REWARDS.find((name) => known(table, name) > 1);
  const tokens = TOKENS.find((name) => known(table, name) > 1);
  if (!reward || !tokens) return null;
  const marks = checkpointMarks(report, 1);
  const places = table.flatMap((row): Place[] => {
    const [x, y] = [value(row, tokens), value(row, reward)];
    const kind = marks.find((mark) => mark.x === row.step)?.kind ?? "evaluated";
    const place = { x, y, kind, label: count(row.step), front: pareto.includes(row.step) };
    return Number.isFinite(x) && Number.isFinite(y) ? [place] : [];
  });
  const front = places.filter((place) => place.front);
  if (places.length < 2 || !front.length) return null;
  const list = front.map(({ label, x, y }) => `step ${label} (${number(y)}, ${number(x)} tokens)`);
  const said = `No other checkpoint beats ${list.join(", ")} in both ${words(reward)} and ${words(tokens)}.`;
  const unit = `${words(reward)} of each checkpoint over ${words(tokens)}; up and to the left is better`;
  const named = { name: "trade-off", title: "Reward against tokens", unit, said, axis: words(tokens) };
  const figure = scatter(places, named, life);
  figure.append(h("p", { class: "dim" }, said));
  return figure;
}

function known(table: Row[], name: string): number {
  return table.filter((row) => Number.isFinite(value(row, name))).length;
}

function value(row: Row, name: string): number {
  const found = row.values[name];
  return found === null || found === undefined ? Number.NaN : Number(found);
}
