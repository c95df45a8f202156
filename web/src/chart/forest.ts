/** A forest plot: a row for each comparison, with its interval against no difference and the margin that matters. */
import { s } from "../dom/element";
import { extent, padded } from "../math/range";
import { makeScale } from "../math/scale";
import { shown } from "../text/format";
import { crisp } from "./axes";
import { lowerAxis, stillChart } from "./still";

const ROW = 46;
/** Pixels that a letter takes, about. */
const LETTER = 6.6;
const EDGES = { left: 12, right: 12, top: 6, bottom: 42 };

export interface Effect {
  readonly label: string;
  readonly value: number;
  readonly interval: readonly [number, number];
  /** CSS class that gives the colour. */
  readonly tone: string;
  /** What to say of it at its end, and where there is little room. */
  readonly said: string;
  readonly short: string;
}

export function forest(
  effects: readonly Effect[],
  margin: number,
  words: { name: string; title: string; unit: string; axis: string },
  life: AbortSignal,
): HTMLElement {
  const height = EDGES.top + effects.length * ROW + EDGES.bottom;
  const said = effects.map(({ label, said }) => `${label}: ${said}`).join("; ");
  const draw = (width: number) => drawn(effects, margin, words.axis, width, height);
  return stillChart(words.name, words.title, words.unit, said, height, draw, life);
}

function drawn(
  effects: readonly Effect[],
  margin: number,
  title: string,
  width: number,
  height: number,
): SVGElement[] {
  const ends = effects.flatMap(({ interval }) => interval);
  const range = padded(extent([...ends, -margin, margin]) ?? { low: -1, high: 1 });
  const x = makeScale(range, EDGES.left, width - EDGES.right);
  const [top, bottom] = [EDGES.top, height - EDGES.bottom];
  const zero = crisp(x.at(0));
  const rows = effects.flatMap(({ label, value, interval, tone, said, short }, i) => {
    const text = top + i * ROW + 16;
    const y = text + 14;
    const fits = (label.length + said.length) * LETTER < width - EDGES.left - EDGES.right;
    return [
      s("text", { class: "label", x: EDGES.left, y: text }, shown(label, 80)),
      s(
        "text",
        { class: `effect ${tone}`, x: width - EDGES.right, y: text, "text-anchor": "end" },
        fits ? said : short,
      ),
      s("line", { class: `interval ${tone}`, x1: x.at(interval[0]), x2: x.at(interval[1]), y1: y, y2: y }),
      s("circle", { class: `effect ${tone}`, cx: x.at(value), cy: y, r: 5 }),
    ];
  });
  return [
    s("rect", {
      class: "margin",
      x: x.at(-margin),
      y: top,
      width: x.at(margin) - x.at(-margin),
      height: bottom - top,
    }),
    s("line", { class: "zero", x1: zero, x2: zero, y1: top, y2: bottom }),
    lowerAxis(x, EDGES, width, height, title),
    ...rows,
  ];
}
