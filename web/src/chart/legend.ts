/** The legend: what each line is, its value where the reader points, and a way to hide it. */
import { h, s } from "../dom/element";
import { number, shown } from "../text/format";
import { readings } from "./cursor";
import type { ChartLine, ChartModel } from "./model";
import { markerPath } from "./shapes";

export interface Legend {
  readonly element: HTMLElement;
  /** Show the values at a place on the x axis, or none. */
  point(x: number | null): void;
}

export function makeLegend(
  model: ChartModel,
  hidden: ReadonlySet<string>,
  toggle: (key: string) => void,
): Legend {
  const values = new Map<ChartLine, HTMLElement>();
  const list = h("ul", { class: "legend" });
  const most = Math.max(...model.lines.map((line) => line.x.length));
  for (const line of model.lines) {
    const value = h("span", { class: line.x.length < most ? "value sparse" : "value" });
    const item = h(
      "button",
      {
        type: "button",
        class: "key",
        "aria-pressed": String(!hidden.has(line.key)),
        title: shown(line.meaning) || null,
      },
      swatch(line),
      h("span", { class: "label" }, shown(line.label, 80)),
      value,
    );
    item.addEventListener("click", () => {
      toggle(line.key);
      item.setAttribute("aria-pressed", String(!hidden.has(line.key)));
    });
    values.set(line, value);
    list.append(h("li", {}, item));
  }
  return {
    element: list,
    point(x) {
      const read = x === null ? [] : readings(model.lines, x);
      for (const [line, value] of values) {
        const found = read.find((reading) => reading.line === line);
        value.textContent = found ? number(found.y) : "";
        if (found && found.x !== x) value.append(h("small", {}, ` at ${number(found.x)}`));
      }
    },
  };
}

/** A short piece of the line, as it is drawn. */
export function swatch(line: Pick<ChartLine, "tone" | "stroke" | "marker">): SVGSVGElement {
  return s(
    "svg",
    {
      class: `swatch line ${line.tone} ${line.stroke}`,
      width: 30,
      height: 12,
      viewBox: "0 0 30 12",
      "aria-hidden": "true",
    },
    s("path", { class: "course", d: "M1,6H29" }),
    s("path", { class: "markers", d: markerPath(line.marker, 15, 6, line.stroke === "solid" ? 3 : 2.4) }),
  );
}
