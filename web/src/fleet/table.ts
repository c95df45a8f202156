/** The table of all runs: only the rows in sight are in the document. */
import { button, h } from "../dom/element";
import { type Column, type Fleet, type Value, at, said, sorted } from "./runs";

const HEIGHT = 28;
/** Rows beyond the edges of what is in sight. */
const BEYOND = 5;

export class Table {
  readonly element: HTMLElement;
  private readonly head = h("div", { id: "head", class: "run", role: "row" });
  private readonly rows = h("div", { id: "rows", role: "rowgroup" });
  private readonly whole = h("div", { class: "whole", role: "table" }, this.head, this.rows);
  private readonly grid: string;
  private order: readonly number[];
  private kept: (row: number) => boolean = () => true;
  private visible: readonly number[];
  private by: { column: Column | null; down: boolean } = { column: null, down: false };

  constructor(
    private readonly fleet: Fleet,
    private readonly told: (row: number) => void,
    private readonly changed: (visible: readonly number[]) => void,
  ) {
    this.order = Array.from({ length: fleet.length }, (_, row) => row);
    this.visible = this.order;
    this.grid = fleet.columns
      .map((column, i) =>
        i ? (column.texts ? "minmax(9em, 1fr)" : "7.5em") : "minmax(min(22em, 55vw), 3fr)",
      )
      .join(" ");
    this.head.style.gridTemplateColumns = this.grid;
    this.element = h("div", { id: "frame", tabindex: 0, role: "region", "aria-label": "Runs" }, this.whole);
    this.element.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()));
    addEventListener("resize", () => this.draw());
  }

  /** Show the rows that are kept. */
  keep(kept: (row: number) => boolean): void {
    this.kept = kept;
    this.show();
  }

  private show(): void {
    this.visible = this.order.filter(this.kept);
    this.element.scrollTop = 0;
    this.head.replaceChildren(...this.fleet.columns.map((column) => this.title(column)));
    this.draw();
    this.changed(this.visible);
  }

  private title(column: Column): HTMLElement {
    const { by } = this;
    const arrow = by.column === column ? (by.down ? " ↓" : " ↑") : "";
    const sort = () => {
      this.by = { column, down: by.column === column && !by.down };
      this.order = sorted(this.order, column, this.by.down);
      this.show();
    };
    return h(
      "div",
      {
        role: "columnheader",
        class: column.texts ? null : "number",
        "aria-sort": arrow && (by.down ? "descending" : "ascending"),
      },
      button(column.name + arrow, sort),
    );
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.element;
    this.whole.style.height = `${(this.visible.length + 1) * HEIGHT}px`;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - BEYOND);
    const last = first + Math.ceil(clientHeight / HEIGHT) + 2 * BEYOND;
    this.rows.replaceChildren(
      ...this.visible.slice(first, last).map((row, i) => this.row(row, first + i + 1)),
    );
  }

  private row(row: number, place: number): HTMLElement {
    const cells = this.fleet.columns.map((column) => cell(column, at(column, row)));
    const line = h("div", { class: "run", role: "row", tabindex: 0 }, ...cells);
    line.style.top = `${place * HEIGHT}px`;
    line.style.gridTemplateColumns = this.grid;
    line.addEventListener("click", () => this.told(row));
    line.addEventListener("keydown", (event) => event.key === "Enter" && this.told(row));
    return line;
  }
}

function cell(column: Column, value: Value): HTMLElement {
  const text = said(value);
  const tone = column.name === "severity" ? text : column.texts ? null : "number";
  return h("span", { role: "cell", class: tone, title: text }, text);
}
