/** Several runs side by side: which of them to take, and why. */
import { swatch } from "../chart/legend";
import type { ComparedRun, Comparison } from "../data/comparison";
import type { JsonNumber, Report } from "../data/report";
import { button, h } from "../dom/element";
import { prose } from "../dom/prose";
import type { View } from "../state/view";
import {
  capital,
  count,
  counted,
  epochNumber,
  error,
  number,
  percent,
  short,
  shown,
  words,
} from "../text/format";
import { comparisonModels, look, named, unitsOf } from "./comparison_model";
import { otherCurves } from "./curves";
import { Gallery } from "./gallery";
import { modelName } from "./names";
import { colophon, notes } from "./small_print";
import { badge } from "./status";
import { type Entry, entryOf, summary } from "./summary";
import { type Cell, sortableTable } from "./table";
import { toolbar } from "./toolbar";
import { lines, place, shape } from "./verdict";

/** Of more runs, so many are shown at first. */
const FEW = 12;
/** Runs whose models are offered where they tie, at most. */
const OFFERED = 3;

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
  const gallery = new Gallery((unit) => comparisonModels(comparison, unit), view, life);
  const [first, ...rest] = gallery.all;
  return h(
    "div",
    { class: "report" },
    h(
      "div",
      { class: "screen" },
      outcome(comparison),
      use(comparison),
      first &&
        h(
          "div",
          { class: "main" },
          ...gallery.of([first]),
          h("div", { class: "under" }, markKey(), toolbar(view, unitsOf(comparison), gallery.all, life)),
        ),
    ),
    h(
      "section",
      { "aria-labelledby": "runs" },
      h("h2", { id: "runs" }, `Runs (${comparison.runs.length})`),
      runTable(comparison, reports, choose),
    ),
    notes(comparison.notes, "What limits the comparison"),
    differences(comparison),
    otherCurves(gallery, rest),
    h(
      "details",
      { class: "fold", open: comparison.runs.length <= FEW },
      h("summary", {}, h("h2", {}, "Each run")),
      reports.length ? summary(reports.map(entryOf), choose) : summary(comparison.runs.map(compared)),
    ),
    colophon(comparison.version, comparison.schema_version),
  );
}

function compared({ name, verdict, headline, source }: ComparedRun): Entry {
  return { name, verdict, headline, source };
}

function outcome({ winner, tied, runs, headline }: Comparison): HTMLElement {
  const said = winner !== null ? "Winner" : tied.length ? "Tie" : "No winner";
  return h(
    "header",
    { class: "verdict" },
    h(
      "p",
      { class: "eyebrow" },
      badge(winner === null ? "unknown" : "ok", said),
      h("span", { class: "name" }, `${counted(runs.length, "run")} compared`),
    ),
    h("h1", {}, shown(headline, 600)),
  );
}

/** The models to use, and why. */
function use({ runs, winner, tied, reason }: Comparison): HTMLElement {
  const offered = winner === null ? tied.slice(0, OFFERED) : [winner];
  const models = offered.map((index) => runs[index]).filter((run) => run.best_step !== null);
  return lines(
    models.length
      ? [
          "Use",
          ...models.map((run) =>
            h(
              "div",
              { class: "use" },
              h(
                "b",
                {},
                shape("best"),
                `${shown(run.name, 80)}, ${place(run.best_step ?? 0, run.best_epoch)}`,
              ),
              run.best_model && modelName(run.best_model, `the model name of ${shown(run.name, 80)}`),
            ),
          ),
        ]
      : null,
    ["Why", h("p", {}, prose(reason, 800))],
  );
}

function markKey(): HTMLElement {
  return h(
    "ul",
    { class: "mark-key" },
    h("li", {}, shape("best"), "best checkpoint of each run; one that is gone does not count"),
  );
}

const COLUMNS: [string, (run: ComparedRun) => Cell][] = [
  ["diagnosis", (run) => ({ key: run.diagnosis || run.verdict, content: diagnosed(run) })],
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
const TEXTS = ["diagnosis", "overfit"];

function diagnosed({ diagnosis, severity, verdict }: ComparedRun): HTMLElement {
  return badge(severity ?? verdict, diagnosis && capital(shown(words(diagnosis), 40)));
}

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
  const drawn = named(comparison);
  const first = few(comparison);
  const rows = runs.map((run, i) => {
    const report =
      reports.length === runs.length ? i : reports.findIndex((report) => report.run.source === run.source);
    const name =
      report >= 0
        ? button(shown(run.name, 80), () => choose(report), { class: "link" })
        : h("b", {}, shown(run.name, 80));
    const mark = i === winner ? "winner" : tied.includes(i) ? "tied" : "";
    const cells: Cell[] = [
      {
        key: run.name,
        content: h(
          "span",
          { class: "state" },
          drawn.has(i) && swatch(look(i)),
          name,
          mark && h("small", { class: "tag" }, mark),
        ),
      },
      ...columns.map(([, cell]) => cell(run)),
    ];
    return { cells, tone: i === winner ? "chosen" : "", first: first(i) };
  });
  return sortableTable("Runs", heads, rows);
}

/** One row a run, so that many runs are a long table and not a wide one. */
function differences(comparison: Comparison): HTMLElement | null {
  if (!comparison.differences.length) return null;
  const heads = [
    { title: "run", numeric: false },
    ...comparison.differences.map(({ name, values }) => ({
      title: words(name),
      numeric: values.every((value) => value === null || Number.isFinite(Number(value))),
    })),
  ];
  const first = few(comparison);
  const rows = comparison.runs.map((run, i) => ({
    first: first(i),
    cells: [
      { key: run.name, content: shown(run.name, 80) },
      ...comparison.differences.map(({ values }, column) => setting(values[i], heads[column + 1].numeric)),
    ],
  }));
  return h(
    "section",
    { "aria-labelledby": "differences" },
    h("h2", { id: "differences" }, "Settings that differ"),
    sortableTable("Settings that differ", heads, rows),
  );
}

function setting(value: string | null, numeric: boolean): Cell {
  if (value === null) return { key: null, content: "not stated" };
  return numeric
    ? { key: Number(value), content: number(Number(value)) }
    : { key: value, content: shown(value, 80) };
}

/** Whether a run is one of those that are shown at first. */
function few(comparison: Comparison): (index: number) => boolean {
  const { runs } = comparison;
  const chosen = named(comparison);
  return (index) => runs.length <= FEW || chosen.has(index) || index < FEW;
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
