/** The legend: what each line is, and a way to hide it. */
import { button, h, s } from "../dom/element";
import { counted, shown } from "../text/format";
import type { ChartLine, ChartModel } from "./model";
import { markerPath } from "./shapes";

export function makeLegend(
  model: ChartModel,
  hidden: ReadonlySet<string>,
  toggle: (key: string) => void,
): HTMLElement {
  const named = model.lines.filter((line) => !line.quiet);
  const others = model.lines.length - named.length;
  const items = named.map((line) => {
    const item = button(
      "",
      () => {
        toggle(line.key);
        item.setAttribute("aria-pressed", String(!hidden.has(line.key)));
      },
      { class: "key", "aria-pressed": "true", title: shown(line.meaning) || null },
    );
    item.append(swatch(line), h("span", { class: "label" }, shown(line.label, 80)));
    return h("li", {}, item);
  });
  return h(
    "ul",
    { class: "legend" },
    ...items,
    others > 0 && h("li", { class: "dim" }, `and ${counted(others, "other run")}`),
  );
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
