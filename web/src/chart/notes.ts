/** What is written and drawn on the curves: the choice, where the harm begins, and how much of it there is. */
import { s } from "../dom/element";
import { shown } from "../text/format";
import { crisp } from "./axes";
import type { Frame } from "./frame";
import { nearest } from "../math/search";
import { thinToPixels } from "../math/thin";
import type { ChartLine, ChartModel } from "./model";

/** Pixels that a letter takes, about. */
const LETTER = 7;
/** Pixels from a line to what is written beside it. */
const GAP = 6;

/** Shade what lies after the onset, from a line at it, and hatch how much worse the curve is than it was there. */
export function drawHarm({ onset, lines, better }: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "harm" });
  if (!onset) return group;
  const x = Math.max(frame.left, crisp(frame.x.at(onset.x)));
  if (x >= frame.right) return group;
  const box = { x, y: frame.top, width: frame.right - x, height: frame.bottom - frame.top };
  group.append(s("rect", { ...box, class: "tint" }));
  const told = [
    ...lines.filter(({ key }) => key === onset.metric),
    ...lines.filter((line) => line.stroke === "solid"),
  ];
  const area = told
    .map((line) => better && worse(line, onset.x, better === "lower" ? 1 : -1, frame))
    .find(Boolean);
  if (area) group.append(s("path", { d: area, fill: "url(#hatch-harm)" }));
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

/** Name the onset and the choice above the plot, each beside its line; where there is no room, the star tells. */
export function drawNotes(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "notes" });
  const best = model.marks.find((mark) => mark.kind === "best");
  const notes = [
    model.onset && { x: model.onset.x, text: shown(model.onset.label, 60), name: "onset", sides: [1, -1] },
    best && { x: best.x, text: `★ ${best.label}`, name: "choice", sides: [-1, 1] },
  ];
  const taken: { from: number; to: number }[] = [];
  for (const note of notes) {
    const at = note ? frame.x.at(note.x) : Number.NaN;
    if (!note || !(at >= frame.left - 1 && at <= frame.right + 1)) continue;
    const width = note.text.length * LETTER;
    const place = note.sides
      .map((side) => (side > 0 ? at + GAP : at - GAP - width))
      .map((from) => ({ from, to: from + width }))
      .find(
        ({ from, to }) =>
          from >= 0 && to <= frame.width && !taken.some((other) => from < other.to && other.from < to),
      );
    if (!place) continue;
    taken.push(place);
    const end = place.from < at;
    group.append(
      s(
        "text",
        {
          class: note.name,
          x: end ? at - GAP : at + GAP,
          y: frame.top - 5,
          "text-anchor": end ? "end" : "start",
        },
        note.text,
      ),
    );
  }
  return group;
}
