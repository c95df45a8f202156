/** What is written and drawn on the curves: the choice, where the harm begins, and how much of it there is. */
import { s } from "../dom/element";
import { shown } from "../text/format";
import { crisp } from "./axes";
import type { Frame } from "./frame";
import { nearest } from "../math/search";
import { thinToPixels } from "../math/thin";
import type { ChartLine, ChartModel } from "./model";

/** Pixels that a letter takes, about. */
const LETTER = 6.6;
/** Pixels from a line to what is written beside it. */
const GAP = 6;

/** Shade what lies after the onset, from a line at it, and hatch how much worse the curve is than it was there. */
export function drawHarm({ onset, lines, better }: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "harm" });
  if (!onset) return group;
  const x = Math.max(frame.left, crisp(frame.x.at(onset.x)));
  if (x >= frame.right) return group;
  const box = { x, y: frame.top, width: frame.right - x, height: frame.bottom - frame.top };
  const line = lines.find(({ key }) => key === onset.metric);
  const area = line && better ? worse(line, onset.x, better === "lower" ? 1 : -1, frame) : null;
  const hatched = area ? s("path", { d: area }) : s("rect", box);
  hatched.setAttribute("fill", "url(#hatch-harm)");
  group.append(s("rect", { ...box, class: "tint" }), hatched);
  if (x > frame.left) group.append(s("line", { x1: x, x2: x, y1: frame.top, y2: frame.bottom }));
  return group;
}

/** The area between a curve and its value at a place, where it is worse after it; null where it is not. */
function worse(line: ChartLine, from: number, sign: 1 | -1, frame: Frame): string | null {
  const start = Math.max(0, nearest(line.x, from));
  const kept = thinToPixels(line.y, start, line.x.length, Math.ceil(frame.right - frame.left), (i) =>
    Math.floor(frame.x.at(line.x[i])),
  ).filter((i) => Number.isFinite(line.y[i]));
  const base = line.y[kept[0]];
  if (!kept.some((i) => (line.y[i] - base) * sign > 0)) return null;
  const pixel = (x: number, y: number) =>
    [x, y]
      .map((at, i) =>
        Math.max(i ? frame.top : frame.left, Math.min(i ? frame.bottom : frame.right, at)).toFixed(1),
      )
      .join();
  const along = kept.map((i) =>
    pixel(
      frame.x.at(line.x[i]),
      frame.y.at(sign > 0 ? Math.max(base, line.y[i]) : Math.min(base, line.y[i])),
    ),
  );
  const [first, last] = [kept[0], kept[kept.length - 1]].map((i) =>
    pixel(frame.x.at(line.x[i]), frame.y.at(base)),
  );
  return `M${first}L${along.join("L")}L${last}Z`;
}

/** Name the choice and the onset above the plot, each on the side of its line where there is room. */
export function drawNotes(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "notes" });
  const best = model.marks.find((mark) => mark.kind === "best");
  const both = [
    best && { x: best.x, text: `★ ${best.label}`, name: "choice" },
    model.onset && { x: model.onset.x, text: shown(model.onset.label, 60), name: "onset" },
  ]
    .filter((note) => !!note)
    .map((note) => ({ ...note, at: frame.x.at(note.x), width: note.text.length * LETTER }))
    .filter(({ at }) => at >= frame.left - 1 && at <= frame.right + 1)
    .sort((a, b) => a.at - b.at);
  const y = frame.top - 5;
  let free = 0;
  both.forEach((note, i) => {
    const before = both.length > 1 && i === 0 && note.at - note.width > 0;
    const start = before
      ? note.at - GAP - note.width
      : Math.max(free, Math.min(note.at + GAP, frame.width - note.width));
    group.append(s("text", { class: note.name, x: start, y }, note.text));
    free = start + note.width + 2 * GAP;
  });
  return group;
}
