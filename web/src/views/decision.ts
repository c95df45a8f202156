/** A decision: which contender to deploy, how the pairs compare, and what each costs. */
import { forest } from "../chart/forest";
import { scatter } from "../chart/scatter";
import type { Decision, Interval, Pair, Standing } from "../data/decision";
import { h } from "../dom/element";
import { prose } from "../dom/prose";
import { capital, count, counted, number, percent, shown } from "../text/format";
import { modelName, shortened } from "./names";
import { colophon, notes } from "./small_print";
import { badge } from "./status";
import { type Cell, sortableTable } from "./table";
import { lines, shape } from "./verdict";

const TONES: Record<Pair["verdict"], string> = {
  better: "ok",
  worse: "problem",
  equivalent: "unknown",
  "cannot tell": "warning",
};
/** Pairs that are drawn, at most; the table has all. */
const DRAWN = 12;

export function decisionView(decision: Decision, life: AbortSignal): HTMLElement {
  const { winner, tied, headline, run, task, metric, next_step: next, reason } = decision;
  const said = winner !== null ? "Decided" : tied.length ? "Tie" : "No decision";
  const deploy = command(decision);
  return h(
    "div",
    { class: "report" },
    h(
      "div",
      { class: "screen" },
      h(
        "header",
        { class: "verdict" },
        h(
          "p",
          { class: "eyebrow" },
          badge(winner === null ? "unknown" : "ok", said),
          ...[run, task, metric].filter(Boolean).map((fact) => h("span", {}, shown(fact, 80))),
        ),
        h("h1", {}, prose(headline, 600)),
      ),
      lines(
        ["Use", ...offered(decision).map(use)],
        ["Next", h("p", {}, h("b", {}, prose(next, 600)))],
        deploy ? ["Deploy", modelName(deploy, "the command")] : null,
        ["Why", h("p", {}, prose(reason, 800))],
      ),
      h(
        "div",
        { class: "main" },
        h("div", { class: "slot pair" }, pairs(decision, life), cost(decision, life)),
      ),
    ),
    h(
      "section",
      { "aria-labelledby": "contenders" },
      h("h2", { id: "contenders" }, `Contenders (${decision.standings.length})`),
      contenders(decision),
      ...decision.standings
        .filter((standing) => standing.error)
        .map(({ name, error }) => h("p", { class: "dim" }, `${shown(name, 80)}: `, prose(error, 600))),
    ),
    decision.pairs.length > 0 &&
      h(
        "section",
        { "aria-labelledby": "pairs" },
        h("h2", { id: "pairs" }, `Pairs (${decision.pairs.length})`),
        pairTable(decision),
      ),
    notes(decision.notes, "What limits the decision"),
    h(
      "details",
      { class: "fold" },
      h("summary", {}, h("h2", {}, "Methods")),
      h("ul", { class: "notes" }, ...decision.methods.map((method) => h("li", {}, prose(method, 1200)))),
    ),
    colophon(decision.version, decision.schema_version),
  );
}

/** The contenders to use: the winner, or those that tie. */
function offered({ standings, winner, tied }: Decision): Standing[] {
  return standings.filter(({ name }) => name === winner || (winner === null && tied.includes(name)));
}

function use({ name, model, step }: Standing): HTMLElement {
  const where = step === null || name.includes(String(step)) ? "" : `, step ${count(step)}`;
  return h(
    "div",
    { class: "use" },
    h("b", {}, shape("best"), `${shown(name, 80)}${where}`),
    model && modelName(model, `the model name of ${shown(name, 80)}`),
  );
}

/** What deploys the winner; null where it is what one has already, or comes from no run. */
export function command({ standings, winner, run }: Decision): string | null {
  const chosen = standings.find(({ name }) => name === winner);
  if (!chosen || chosen.step === null || !run || ["base", "production"].includes(chosen.role)) return null;
  const quoted = /^[\w./:@=-]+$/.test(run) ? run : `'${run.replaceAll("'", "'\\''")}'`;
  return `curvewise deploy ${quoted} --checkpoint ${chosen.step}`;
}

function pairs({ pairs: all, margin, metric }: Decision, life: AbortSignal): HTMLElement | null {
  if (!all.length) return null;
  const effects = all.slice(0, DRAWN).map((pair) => ({
    label: `${pair.first} − ${pair.second}`,
    value: Number(pair.difference),
    interval: numbers(pair.interval) ?? ([0, 0] as const),
    tone: TONES[pair.verdict],
    short: pair.verdict,
    said: `${pair.verdict}${pair.samples_needed ? `: ${counted(pair.samples_needed, "more sample")} would tell` : ""}`,
  }));
  const unit = `95 % intervals of all pairs together; differences within ± ${number(margin)} do not matter`;
  const words = { name: "pairs", title: "Pairs", unit, axis: `difference of ${shown(metric, 60)}` };
  return forest(effects, Number(margin), words, life);
}

function cost({ standings, winner, tied, metric }: Decision, life: AbortSignal): HTMLElement | null {
  const places = standings.flatMap((one) =>
    one.accuracy === null || one.tokens === null
      ? []
      : [
          {
            x: Number(one.tokens),
            y: Number(one.accuracy),
            label: one.name,
            kind:
              one.name === winner
                ? ("best" as const)
                : tied.includes(one.name)
                  ? ("tied" as const)
                  : ("evaluated" as const),
            front: one.on_pareto_front === true,
            across: numbers(one.tokens_interval),
            along: numbers(one.accuracy_interval),
          },
        ],
  );
  if (places.length < 2) return null;
  const front = places.filter((place) => place.front).map(({ label }) => shown(label, 60));
  const said = `No other contender beats ${front.join(", ")} in both accuracy and tokens.`;
  const unit = "mean of each contender; up and to the left is better";
  const title = `${capital(shown(metric, 60))} against tokens`;
  return scatter(places, { name: "cost", title, unit, said, axis: "tokens of a sample" }, life);
}

function contenders({ standings, winner, tied, currency }: Decision): HTMLElement {
  const tokens = standings.some((one) => one.tokens !== null);
  const cost = standings.some((one) => one.cost !== null);
  const heads = [
    { title: "contender", numeric: false },
    { title: "accuracy", numeric: true },
    { title: "95 % interval", numeric: true },
    { title: "to be the best", numeric: true },
    ...(tokens ? [{ title: "tokens", numeric: true }] : []),
    ...(cost ? [{ title: `cost${currency ? ` ${shown(currency, 8)}` : ""}`, numeric: true }] : []),
    { title: "samples", numeric: true },
    { title: "failed", numeric: true },
    { title: "mark", numeric: false },
    { title: "model", numeric: false },
  ];
  const key = (value: Standing["accuracy"]) => (value === null ? null : Number(value));
  const ranked = [...standings].sort((a, b) => (key(b.accuracy) ?? -1 / 0) - (key(a.accuracy) ?? -1 / 0));
  const short = shortened(standings.flatMap(({ model }) => model ?? []));
  const rows = ranked.map((one) => {
    const best = one.probability_best;
    const mark = [
      one.name === winner ? "winner" : tied.includes(one.name) ? "tied" : "",
      one.role === "other" || one.role === one.name ? "" : one.role,
      one.on_pareto_front ? "front" : "",
    ];
    const numeric = (value: Standing["accuracy"]): Cell => ({ key: key(value), content: number(value) });
    const cells: Cell[] = [
      { key: one.name, content: shown(one.name, 80) },
      numeric(one.accuracy),
      { key: key(one.accuracy), content: span(one.accuracy_interval) },
      { key: key(best), content: best === null ? "n/a" : percent(best) },
      ...(tokens ? [numeric(one.tokens === null ? null : Math.round(Number(one.tokens)))] : []),
      ...(cost ? [numeric(one.cost)] : []),
      { key: one.samples, content: count(one.samples) },
      { key: one.failures, content: count(one.failures) },
      { key: mark.join(), content: mark.filter(Boolean).join(", ") },
      {
        key: one.model,
        content: one.model
          ? modelName(one.model, `the model name of ${shown(one.name, 80)}`, short(one.model))
          : "",
      },
    ];
    return { cells, tone: one.name === winner ? "chosen" : "" };
  });
  return sortableTable("Contenders", heads, rows);
}

function pairTable({ pairs: all }: Decision): HTMLElement {
  const heads = [
    { title: "pair", numeric: false },
    { title: "difference", numeric: true },
    { title: "95 % interval", numeric: true },
    { title: "p", numeric: true },
    { title: "verdict", numeric: false },
    { title: "samples", numeric: true },
    { title: "samples still needed", numeric: true },
  ];
  const rows = all.map((pair) => ({
    cells: [
      { key: pair.first, content: `${shown(pair.first, 80)} − ${shown(pair.second, 80)}` },
      { key: Number(pair.difference), content: number(pair.difference) },
      { key: Number(pair.difference), content: span(pair.interval) },
      {
        key: Number(pair.p_value),
        content: Number(pair.p_value) < 0.001 ? "under 0.001" : number(pair.p_value),
      },
      { key: pair.verdict, content: badge(TONES[pair.verdict] as "ok", pair.verdict) },
      { key: pair.samples, content: count(pair.samples) },
      {
        key: pair.samples_needed,
        content: pair.samples_needed === null ? "none" : count(pair.samples_needed),
      },
    ],
  }));
  return sortableTable("Pairs", heads, rows);
}

function numbers(interval: Interval | null): [number, number] | null {
  return interval && [Number(interval[0]), Number(interval[1])];
}

function span(interval: Interval | null): string {
  return interval ? `${number(interval[0])} to ${number(interval[1])}` : "n/a";
}
