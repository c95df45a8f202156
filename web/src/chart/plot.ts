/** The drawn part of a chart: what lies still, the cursor over it, and the brush of a drag. */
import { h, s } from "../dom/element";
import type { Stretch } from "../state/view";
import { shown } from "../text/format";
import { drawAxes, drawEpochs } from "./axes";
import { drawBandNames, drawBands } from "./bands";
import { drawCursor, readingText, readout } from "./cursor";
import type { Frame, Layout } from "./frame";
import { drawLine } from "./lines";
import { drawMarks, drawStretches } from "./marks";
import type { ChartLine, ChartModel } from "./model";
import { drawHarm, drawNotes } from "./notes";

let plots = 0;

export class Plot {
  readonly element: HTMLElement;
  private readonly svg: SVGSVGElement;
  private readonly still = s("g");
  private readonly cursor = s("g");
  private readonly brush = s("rect", { class: "brush", visibility: "hidden" });
  private readonly opening = s("rect");
  private readonly readout = h("div", { class: "readout", "aria-hidden": "true" });
  private readonly clip = `clip-${plots++}`;
  private frame: Frame | null = null;

  constructor(
    private readonly model: ChartModel,
    private readonly layout: Layout,
  ) {
    const clip = s("clipPath", { id: this.clip }, this.opening);
    const hidden = { "aria-hidden": "true", focusable: "false" };
    this.svg = s("svg", hidden, clip, this.still, this.cursor, this.brush);
    const slider = {
      tabindex: 0,
      role: "slider",
      "aria-label": `Cursor of the chart ${shown(model.title)}`,
      "aria-orientation": "horizontal",
      "aria-describedby": "chart-keys",
      "aria-valuemin": model.domain[0],
      "aria-valuemax": model.domain[1],
    };
    this.element = h(
      "div",
      { class: `plot ${layout}`, ...(layout === "full" ? slider : {}) },
      this.readout,
      this.svg,
    );
  }

  /** Draw everything but the cursor. */
  draw(frame: Frame, lines: readonly ChartLine[], smoothing: number, stretches: readonly Stretch[]): void {
    this.frame = frame;
    const { left, right, top, bottom, width, height } = frame;
    set(this.svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    set(this.opening, { x: left, y: top, width: right - left, height: bottom - top });
    const courses = [...lines].reverse().map((line) => drawLine(line, frame, smoothing));
    const full = this.layout === "full";
    this.still.replaceChildren(
      drawBands(this.model, frame),
      drawHarm(this.model, frame),
      drawStretches(this.model, frame, stretches),
      drawAxes(this.model, frame),
      drawEpochs(this.model, frame),
      s("g", { "clip-path": `url(#${this.clip})` }, ...courses),
      drawMarks(this.model, frame),
      ...(full ? [drawBandNames(this.model, frame), drawNotes(this.model, frame)] : []),
    );
  }

  /** Draw the cursor at a place on the x axis, or none, and tell it to screen readers. */
  point(lines: readonly ChartLine[], x: number | null): void {
    const { frame } = this;
    const seen = x !== null && frame !== null;
    this.cursor.replaceChildren(...(seen ? [drawCursor(lines, frame, x)] : []));
    this.readout.replaceChildren(...(seen ? readout(this.model, lines, x) : []));
    if (seen) {
      const half = this.readout.offsetWidth / 2;
      const middle = Math.max(half, Math.min(frame.width - half, frame.x.at(x)));
      this.readout.style.left = `${middle - half}px`;
    }
    if (this.layout !== "full") return;
    set(this.element, {
      "aria-valuenow": x ?? this.model.domain[0],
      "aria-valuetext": x === null ? "no place chosen" : readingText(this.model, lines, x),
    });
  }

  /** Show which pixels a drag has covered so far; none when both are null. */
  cover(from: number | null, to: number | null): void {
    if (from === null || to === null || !this.frame) {
      this.brush.setAttribute("visibility", "hidden");
      return;
    }
    const { left, right, top, bottom } = this.frame;
    const x = Math.max(left, Math.min(from, to));
    const end = Math.min(right, Math.max(from, to));
    set(this.brush, { x, y: top, width: Math.max(0, end - x), height: bottom - top, visibility: "visible" });
  }

  /** Place on the x axis of a pixel; null before anything is drawn. */
  xAt(pixel: number): number | null {
    return this.frame ? this.frame.x.invert(pixel) : null;
  }
}

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
