/** Several runs side by side, and which of them to take. */
import { swatch } from "../chart/legend";
import type { ComparedRun, Comparison } from "../data/comparison";
import type { JsonNumber, Report } from "../data/report";
import { button, h } from "../dom/element";
import type { View } from "../state/view";
import { count, epochNumber, error, number, percent, short, shown, words } from "../text/format";
import { comparisonModels, look, unitsOf } from "./comparison_model";
import { copyButton } from "./copy";
import { makeChart } from "../chart/chart";
import { colophon, notes } from "./small_print";
import { badge } from "./status";
import { type Entry, entryOf, summary } from "./summary";
import { type Cell, sortableTable } from "./table";
import { toolbar } from "./toolbar";
import { shape } from "./verdict";

/** The comparison, or the list of runs where nothing compares them. */
export function comparisonView(
  comparison: Comparison | null,
  reports: readonly Report[],
  view: View,
  choose: (index: number) => void,
  life: AbortSignal,
): HTMLElement {
  if (!comparison) {
    return h(
      "div",
      { class: "report" },
      h("header", { class: "verdict" }, h("h1", {}, `${reports.length} runs`)),
      summary(reports.map(entryOf), choose),
      colophon(reports[0].version, reports[0].schema_version),
    );
  }
  return h(
    "div",
    { class: "report" },
    outcome(comparison),
    h(
      "section",
      { "aria-labelledby": "runs" },
      h("h2", { id: "runs" }, "Runs"),
      runTable(comparison, reports, choose),
    ),
    notes(comparison.notes, "What limits the comparison"),
    overlay(comparison, view, life),
    differences(comparison),
    h(
      "section",
      { "aria-labelledby": "verdicts" },
      h("h2", { id: "verdicts" }, "Each run"),
      reports.length ? summary(reports.map(entryOf), choose) : summary(comparison.runs.map(compared)),
    ),
    colophon(comparison.version, comparison.schema_version),
  );
}

function compared({ name, verdict, headline, source }: ComparedRun): Entry {
  return { name, verdict, headline, source };
}

function outcome(comparison: Comparison): HTMLElement {
  const winner = comparison.winner === null ? null : comparison.runs[comparison.winner];
  return h(
    "header",
    { class: "verdict" },
    h(
      "p",
      { class: "eyebrow" },
      h("span", { class: "badge ok" }, winner ? "Winner" : comparison.tied.length ? "Tie" : "No winner"),
      h("span", { class: "name" }, `${comparison.runs.length} runs compared`),
    ),
    h("h1", {}, shown(comparison.headline, 600)),
    h(
      "div",
      { class: "choice" },
      h(
        "div",
        { class: "deploy" },
        winner?.best_model
          ? h(
              "p",
              { class: "model" },
              h("code", {}, shown(winner.best_model)),
              copyButton(winner.best_model, "the model name"),
            )
          : null,
        h("p", {}, shown(comparison.reason, 800)),
      ),
    ),
  );
}

const COLUMNS: [string, (run: ComparedRun) => Cell][] = [
  ["verdict", (run) => ({ key: run.verdict, content: badge(run.verdict) })],
  ["best value", (run) => withError(run.best_value, run.best_error)],
  ["at step", (run) => whole(run.best_step)],
  ["at epoch", (run) => ({ key: key(run.best_epoch), content: epochNumber(run.best_epoch) })],
  ["final value", (run) => numeric(run.final_value)],
  [
    "ratio at the end",
    (run) => ({
      key: key(run.ratio),
      content:
        run.ratio === null ? "n/a" : `${number(run.ratio)}${run.band ? ` (${shown(run.band, 40)})` : ""}`,
    }),
  ],
  ["overfit", (run) => ({ key: run.overfit, content: run.overfit ?? "n/a" })],
  [
    "tokens",
    (run) => ({ key: key(run.tokens), content: run.tokens === null ? "n/a" : short(Number(run.tokens)) }),
  ],
  ["tokens a rollout", (run) => numeric(run.tokens_per_rollout)],
  ["score", (run) => withError(run.score, run.score_error)],
  [
    "to be the best",
    (run) => ({
      key: key(run.probability ?? null),
      content: run.probability == null ? "n/a" : percent(run.probability),
    }),
  ],
];
const TEXTS = ["verdict", "overfit"];

function runTable(
  comparison: Comparison,
  reports: readonly Report[],
  choose: (index: number) => void,
): HTMLElement {
  const { runs, winner, tied } = comparison;
  const columns = COLUMNS.filter(([, cell]) => runs.some((run) => cell(run).key !== null));
  const heads = [
    { title: "run", numeric: false },
    ...columns.map(([title]) => ({ title, numeric: !TEXTS.includes(title) })),
  ];
  const rows = runs.map((run, i) => {
    const place =
      reports.length === runs.length ? i : reports.findIndex((report) => report.run.source === run.source);
    const name =
      place >= 0
        ? button(shown(run.name, 80), () => choose(place), { class: "link" })
        : h("b", {}, shown(run.name, 80));
    const mark = i === winner ? "winner" : tied.includes(i) ? "tied" : "";
    const cells: Cell[] = [
      {
        key: run.name,
        content: h(
          "span",
          { class: "state" },
          swatch(look(i)),
          name,
          mark && h("small", { class: "tag" }, mark),
        ),
      },
      ...columns.map(([, cell]) => cell(run)),
    ];
    return { cells, tone: i === winner ? "chosen" : "" };
  });
  return sortableTable("Runs", heads, rows);
}

function overlay(comparison: Comparison, view: View, life: AbortSignal): HTMLElement | null {
  const units = unitsOf(comparison);
  const models = comparisonModels(comparison, "step");
  if (!models.length) return null;
  const charts = h("div", { class: "charts" });
  let drawn = new AbortController();
  life.addEventListener("abort", () => drawn.abort());
  view.unit.watch(life, (unit) => {
    drawn.abort();
    drawn = new AbortController();
    const made = comparisonModels(comparison, unit);
    charts.replaceChildren(
      ...made.map((model, i) =>
        makeChart(model, view, drawn.signal, { layout: "full", height: () => (i ? 260 : 360) }),
      ),
    );
  });
  const smooths = models.some((model) => model.lines.some((line) => line.smooth));
  return h(
    "section",
    { class: "curves", "aria-labelledby": "curves" },
    h("h2", { id: "curves" }, "Curves"),
    toolbar(view, units, smooths, life),
    models.some((model) => model.lines.some((line) => line.best !== null && !line.smooth)) &&
      h(
        "ul",
        { class: "mark-key" },
        h("li", {}, shape("best"), "best checkpoint of each run; one that is gone does not count"),
      ),
    charts,
  );
}

function differences(comparison: Comparison): HTMLElement | null {
  if (!comparison.differences.length) return null;
  const heads = [
    { title: "setting", numeric: false },
    ...comparison.runs.map((run) => ({ title: shown(run.name, 40), numeric: false })),
  ];
  const rows = comparison.differences.map(({ name, values }) => ({
    cells: [
      { key: name, content: words(name) },
      ...values.map((value) => ({ key: value, content: value === null ? "not stated" : shown(value, 80) })),
    ],
  }));
  return h(
    "section",
    { "aria-labelledby": "differences" },
    h("h2", { id: "differences" }, "Settings that differ"),
    sortableTable("Settings that differ", heads, rows),
  );
}

function numeric(value: JsonNumber | null): Cell {
  return { key: key(value), content: number(value) };
}

function withError(value: JsonNumber | null, spread: JsonNumber | null | undefined): Cell {
  return { key: key(value), content: spread == null ? number(value) : `${number(value)} ± ${error(spread)}` };
}

function whole(value: number | null): Cell {
  return { key: value, content: value === null ? "n/a" : count(value) };
}

function key(value: JsonNumber | null): number | null {
  return value === null ? null : Number(value);
}
