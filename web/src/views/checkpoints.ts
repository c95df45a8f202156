/** The table of checkpoints behind the choice, and what they cost in tokens. */
import type { JsonNumber, Report, Row } from "../data/report";
import { h } from "../dom/element";
import { aligned, count, epochNumber, shown, words } from "../text/format";
import { checkpointMarks } from "./figure_model";
import { prose } from "../dom/prose";
import { modelName, shortened } from "./names";
import { type Cell, sortableTable } from "./table";
import { tradeOff } from "./trade_off";
import { ROLES, shape } from "./verdict";

/** A table of so many rows is shown whole; of a longer one, those that the choice speaks of. */
const FEW = 8;

export function checkpoints(report: Report, life: AbortSignal): HTMLElement | null {
  const { table, candidates, best, tied, gone } = report.selection;
  if (!table.length) return null;
  const columns = report.selection.columns.filter((name) => table.some((row) => valueOf(row, name) !== null));
  const texts = new Map(columns.map((name) => [name, textsOf(table, name)]));
  const marks = new Map(checkpointMarks(report, 1).map((mark) => [mark.x, mark.kind]));
  const roles = new Map<number, string>(candidates.map((pick) => [pick.step, ROLES[pick.role]]));
  for (const pick of tied) roles.set(pick.step, "tied");
  if (best) roles.set(best.step, "best");
  if (gone != null) roles.set(gone, "better");
  const named = [...(best ? [best] : []), ...candidates.filter(({ step }) => step !== best?.step), ...tied];
  const few = named.slice(0, FEW);
  const first = new Set(
    table.length > FEW
      ? [...few.map(({ step }) => step), table[table.length - 1].step, ...(gone == null ? [] : [gone])]
      : [],
  );
  const epochs = table.some((row) => row.epoch !== null);
  const names = table.flatMap((row) => row.model ?? []);
  const short = shortened(names);
  const heads = [
    { title: "step", numeric: true },
    ...(epochs ? [{ title: "epoch", numeric: true }] : []),
    { title: "checkpoint", numeric: false },
    ...columns.map((name) => ({
      title: words(name),
      numeric: table.some((row) => typeof row.values[name] === "number"),
    })),
    ...(names.length ? [{ title: "model", numeric: false }] : []),
  ];
  const rows = table.map((row, i) => {
    const kind = marks.get(row.step) ?? "evaluated";
    const role = roles.get(row.step);
    const state = [role, row.existence === "unknown" ? null : row.existence].filter(Boolean).join(", ");
    const cells: Cell[] = [
      { key: row.step, content: count(row.step) },
      ...(epochs
        ? [{ key: row.epoch === null ? null : Number(row.epoch), content: epochNumber(row.epoch) }]
        : []),
      { key: role ? `0 ${role}` : row.existence, content: h("span", { class: "state" }, shape(kind), state) },
      ...columns.map((name) => cell(valueOf(row, name), texts.get(name)?.[i] ?? "n/a")),
      ...(names.length ? [{ key: row.model, content: model(row, short) }] : []),
    ];
    const tone = row.step === best?.step ? "chosen" : row.existence === "gone" ? "gone" : "";
    return { cells, tone, first: first.has(row.step) };
  });
  return h(
    "section",
    { "aria-labelledby": "checkpoints" },
    h("h2", { id: "checkpoints" }, "Checkpoints"),
    few.length > 1 &&
      h(
        "ul",
        { class: "picks" },
        ...few.map(({ step, why }) =>
          h(
            "li",
            {},
            shape(marks.get(step) ?? "evaluated"),
            h("b", {}, `step ${count(step)}`),
            h("span", {}, prose(why, 400)),
          ),
        ),
      ),
    sortableTable("Checkpoints", heads, rows),
    tradeOff(report, life),
  );
}

function model({ model: name, step }: Row, short: (name: string) => string): Node | string {
  return name ? modelName(name, `the model name of step ${count(step)}`, short(name)) : "";
}

type Value = Row["values"][string];

function valueOf(row: Row, name: string): Value {
  return row.values[name] ?? null;
}

/** A column as it is shown. */
function textsOf(table: readonly Row[], name: string): string[] {
  const values = table.map((row) => valueOf(row, name));
  const numbers = aligned(values.map((value) => (isWord(value) ? null : (value as JsonNumber | null))));
  return values.map((value, i) => (isWord(value) ? shown(value, 60) : numbers[i]));
}

function isWord(value: Value): value is string {
  return typeof value === "string" && value !== "NaN" && Number.isNaN(Number(value));
}

function cell(value: Value, content: string): Cell {
  return { key: value === null || isWord(value) ? value : Number(value), content };
}
