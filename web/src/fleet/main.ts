/** The page of a fleet: what its runs say together, two charts, and a table that sorts and filters. */
import "../style/theme.css";
import "../style/page.css";
import "../style/chart.css";
import "../style/fleet.css";
import { stillChart } from "../chart/still";
import { h } from "../dom/element";
import { count, number, shown, words } from "../text/format";
import { drawCourse, courseOf, HEIGHT as COURSE } from "./course";
import { axesOf, drawParallel, HEIGHT as PARALLEL, linesOf } from "./parallel";
import { at, type Column, type Fleet, searchable } from "./runs";
import { Table } from "./table";

const root = document.getElementById("page") ?? document.body;
const fleet = JSON.parse(document.getElementById("data")?.textContent ?? "null") as Fleet;
const life = new AbortController().signal;

const one = h("div", { id: "one", "aria-live": "polite" });
const counter = h("span", { id: "count", role: "status" });
const filter = h("input", {
  id: "filter",
  type: "search",
  "aria-label": "Filter the runs",
  placeholder: "Filter: words that a run holds, such as overfit lr=0.001",
});

const axes = axesOf(fleet);
const lines = h("div", {});
const compared = new Set(fleet.compared);
const table = new Table(fleet, tell, (visible) => {
  counter.textContent = `${count(visible.length)} of ${count(fleet.length)} runs`;
  if (axes.length) drawLines(visible.filter((row) => compared.has(row)));
});

function drawLines(rows: readonly number[]): void {
  const drawn = linesOf(fleet, rows, axes[axes.length - 1]);
  const some =
    drawn.length < rows.length ? `${count(drawn.length)} of ${count(rows.length)} runs` : "each run";
  lines.replaceChildren(
    stillChart(
      "parallel",
      "Hyperparameters and the best value",
      `a line for ${some} of the table, the best tenth in colour; up is better`,
      `${some} of the table, through ${axes.map(({ name }) => name).join(", ")}`,
      PARALLEL,
      (width) => drawParallel(fleet, axes, drawn, width),
      life,
    ),
  );
}

function costs(): HTMLElement | null {
  const course = courseOf(fleet);
  if (!course) return null;
  const [first, last] = [course.best[0], course.best[course.best.length - 1]];
  return stillChart(
    "course",
    `Best ${words(fleet.metric)} so far`,
    "a dot for a run, by the files' times",
    `From ${number(first)} to ${number(last)} over ${count(course.cost[course.cost.length - 1])} steps of training.`,
    COURSE,
    (width) => drawCourse(course, fleet.lower, width),
    life,
  );
}

/** Tell of one run, with its report where there is one, else the command that makes it. */
function tell(row: number): void {
  const address = `${fleet.folder}${String(at(fleet.columns[0], row) ?? "")}`;
  const quoted = /^[\w@%+=:,./-]+$/.test(address) ? address : `'${address.replaceAll("'", `'\\''`)}'`;
  const report = fleet.reports[row];
  const text = (column: Column) => h("p", {}, String(at(column, row) ?? ""));
  one.replaceChildren(
    h(
      "p",
      {},
      report
        ? h("a", { href: report }, `Report of ${shown(address, 200)}`)
        : h("code", {}, `curvewise check ${quoted}`),
    ),
    text(fleet.summary),
    text(fleet.findings),
  );
}

let texts: string[] | null = null;
setTimeout(() => (texts ??= searchable(fleet)), 500); // so that the first filter of many runs does not wait
filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const held = (texts ??= searchable(fleet));
  table.keep(wanted.length ? (row) => wanted.every((word) => held[row].includes(word)) : () => true);
});

root.replaceChildren(
  h("div", { class: "bar" }, h("span", { class: "wordmark" }, "curvewise")),
  h(
    "main",
    { id: "main" },
    h("h1", {}, fleet.headline),
    h("p", { id: "read" }, fleet.read),
    h(
      "div",
      { id: "parts" },
      ...fleet.parts.map(({ title, lines }) =>
        h("section", {}, h("h2", {}, title), ...lines.map((line) => h("p", {}, line))),
      ),
    ),
    h("div", { class: "pictures" }, lines, costs()),
    h("div", { class: "tools" }, filter, counter),
    table.element,
    one,
  ),
);
table.keep(() => true);
