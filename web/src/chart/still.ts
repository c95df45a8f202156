/** A chart that lies still, drawn anew for each width: its frame and its axes. */
import { h, s } from "../dom/element";
import { type Scale, ticks } from "../math/scale";
import { number, tick } from "../text/format";
import { crisp } from "./axes";

/** Pixels below which there is nothing to see. */
const NARROWEST = 120;

export interface Edges {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A figure whose drawing is asked for whenever its width changes. */
export function stillChart(
  name: string,
  heading: string,
  unit: string,
  said: string,
  height: number,
  draw: (width: number) => SVGElement[],
  life: AbortSignal,
): HTMLElement {
  const svg = s("svg", { role: "img", "aria-label": said, height });
  const plot = h("div", { class: "plot still" }, svg);
  const sizes = new ResizeObserver(() => {
    const width = plot.clientWidth;
    if (width < NARROWEST) return;
    svg.setAttribute("width", String(width));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.replaceChildren(...draw(width));
  });
  sizes.observe(plot);
  life.addEventListener("abort", () => sizes.disconnect());
  return h(
    "figure",
    { class: "chart", "data-figure": name },
    h("figcaption", {}, h("h3", {}, heading), h("span", { class: "unit" }, unit)),
    plot,
  );
}

/** Ticks and the title of the horizontal axis. */
export function lowerAxis(x: Scale, edges: Edges, width: number, height: number, title: string): SVGGElement {
  const axis = s("g", { class: "axes" });
  const right = width - edges.right;
  const columns = ticks(x.range, Math.max(2, (right - edges.left) / 110));
  for (const column of columns) {
    const text = tick(column, columns[1] - columns[0] || 1);
    axis.append(
      s(
        "text",
        { class: "tick", x: x.at(column), y: height - edges.bottom + 18, "text-anchor": "middle" },
        text,
      ),
    );
  }
  const y = height - edges.bottom + 0.5;
  axis.append(
    s("line", { class: "base", x1: edges.left, x2: right, y1: y, y2: y }),
    s("text", { class: "tick", x: (edges.left + right) / 2, y: height - 6, "text-anchor": "middle" }, title),
  );
  return axis;
}

/** Ticks of an upright axis, to the left of a place. */
export function leftTicks(y: Scale, x: number): SVGElement[] {
  const rows = ticks(y.range, 4, y.log);
  return rows.map((row) => {
    const text = y.log ? number(row) : tick(row, rows[1] - rows[0] || 1);
    return s("text", { class: "tick halo", x, y: crisp(y.at(row)) + 4, "text-anchor": "end" }, text);
  });
}

/** Grid and ticks of the vertical axis. */
export function leftAxis(y: Scale, edges: Edges, width: number): SVGGElement {
  const axis = s("g", { class: "axes" });
  const rows = ticks(y.range, 4);
  for (const row of rows) {
    const at = crisp(y.at(row));
    const text = tick(row, rows[1] - rows[0] || 1);
    axis.append(
      s("line", { class: "grid", x1: edges.left, x2: width - edges.right, y1: at, y2: at }),
      s("text", { class: "tick", x: edges.left - 8, y: at + 4, "text-anchor": "end" }, text),
    );
  }
  return axis;
}
