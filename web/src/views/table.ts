/** A table that the reader can sort by its columns; of a long one, the first rows are shown until all are asked for. */
import { button, h } from "../dom/element";
import { count } from "../text/format";

export type Key = number | string | null;

export interface Cell {
  /** What to sort by; null comes last. */
  readonly key: Key;
  readonly content: Node | string;
}

export interface Column {
  readonly title: string;
  readonly numeric: boolean;
}

export function sortableTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly { cells: readonly Cell[]; tone?: string; first?: boolean }[],
): HTMLElement {
  const body = h("tbody");
  const few = rows.some((row) => row.first) && rows.some((row) => !row.first);
  let all = !few;
  const elements = rows.map(({ cells, tone, first }) => ({
    first,
    keys: cells.map((cell) => cell.key),
    element: h(
      "tr",
      { class: tone ?? null },
      ...cells.map((cell, i) =>
        h(
          i ? "td" : "th",
          { class: columns[i].numeric ? "number" : null, scope: i ? null : "row" },
          cell.content,
        ),
      ),
    ),
  }));
  let sorted: { column: number; down: boolean } | null = null;
  const heads = columns.map((column, i) => {
    const head = h("th", { scope: "col", class: column.numeric ? "number" : null });
    head.append(
      button(column.title, () => {
        sorted = { column: i, down: sorted?.column === i && !sorted.down };
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
        show();
      }),
    );
    return head;
  });
  const show = () => {
    const { column, down } = sorted ?? { column: -1, down: false };
    const order =
      column < 0 ? elements : [...elements].sort((a, b) => compare(a.keys[column], b.keys[column], down));
    body.replaceChildren(...order.filter((row) => all || row.first).map((row) => row.element));
  };
  show();
  const more = button(`Show all ${count(rows.length)}`, () => {
    all = !all;
    more.textContent = all ? "Show fewer" : `Show all ${count(rows.length)}`;
    show();
  });
  return h(
    "div",
    {},
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
      h(
        "table",
        { class: "sortable" },
        h("caption", { class: "offscreen" }, caption),
        h("thead", {}, h("tr", {}, ...heads)),
        body,
      ),
    ),
    few && more,
  );
}

function compare(a: Key, b: Key, down: boolean): number {
  const [first, second] = [absent(a), absent(b)];
  if (first || second) return Number(first) - Number(second);
  const sign = down ? -1 : 1;
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}

function absent(key: Key): boolean {
  return key === null || Number.isNaN(key);
}
