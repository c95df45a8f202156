/** The lines of a chart, thinned to the pixel. */
import { s } from "../dom/element";
import { loess } from "../math/loess";
import { thinToPixels } from "../math/thin";
import { type Frame, indicesWithin } from "./frame";
import type { ChartLine } from "./model";
import { markerPath, markPath } from "./shapes";

/** All points of a line are marked if each has so many pixels, and they are not more than can be told apart. */
const MARKER_ROOM = 9;
const MOST_MARKERS = 80;
/** Pixels between the markers of a dense line. */
const MARKER_EVERY = 64;
/** Pixels between the places at which a smoothed course is computed. */
const SMOOTH_EVERY = 2;
/** Marks of values that are not finite, or lie above the range, at most. */
const MOST_EDGE_MARKS = 60;

export function drawLine(line: ChartLine, frame: Frame, smoothing: number): SVGGElement {
  const smoothed = line.smooth && smoothing > 0 && line.x.length > 3;
  const manner = `${smoothed ? " under" : ""}${line.minor ? " minor" : ""}${line.quiet ? " quiet" : ""}`;
  const group = s("g", {
    class: `line ${line.tone} ${line.stroke}${manner}`,
    "data-curve": line.key,
  });
  const [start, end] = indicesWithin(line, frame.x.range);
  const kept = thinToPixels(
    line.y,
    Math.max(0, start - 1),
    Math.min(line.x.length, end + 1),
    Math.ceil(frame.right - frame.left),
    (i) => Math.floor(frame.x.at(line.x[i])),
  );
  if (line.quiet) {
    group.append(s("path", { class: "course", d: pathOf(kept, line, frame) }));
    return group;
  }
  const course = smoothed ? smoothCourse(line, frame, smoothing) : null;
  const band = course ? course.band : uncertainty(line, frame, kept);
  if (band) group.append(s("path", { class: "uncertainty", d: band }));
  group.append(s("path", { class: "course", d: pathOf(kept, line, frame) }));
  if (course) group.append(s("path", { class: "smooth", d: course.path }));
  group.append(markers(line, frame, kept, smoothed), edgeMarks(line, frame, kept));
  if (!smoothed) group.append(...bestMark(line, frame));
  return group;
}

function pathOf(kept: number[], line: ChartLine, frame: Frame): string {
  let path = "";
  let pen = false;
  for (const i of kept) {
    const y = place(frame, line.y[i]);
    if (Number.isNaN(y)) pen = false;
    else {
      path += `${pen ? "L" : "M"}${frame.x.at(line.x[i]).toFixed(1)},${y.toFixed(1)}`;
      pen = true;
    }
  }
  return path;
}

/** Pixel of a value; far outside of the plot where the value is, NaN where it has no place. */
function place(frame: Frame, value: number): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return Math.max(frame.top - 4000, Math.min(frame.bottom + 4000, frame.y.at(value)));
}

function smoothCourse(line: ChartLine, frame: Frame, share: number): { path: string; band: string | null } {
  const low = Math.max(frame.x.range.low, line.x[0]);
  const high = Math.min(frame.x.range.high, line.x[line.x.length - 1]);
  const pixels = frame.x.at(high) - frame.x.at(low);
  const places = Math.max(2, Math.ceil(pixels / SMOOTH_EVERY));
  const at = Float64Array.from(
    { length: pixels > 0 ? places : 0 },
    (_, i) => low + ((high - low) * i) / (places - 1),
  );
  const values = loess(line.x, line.y, share, at);
  const course = { ...line, x: at, y: values };
  const all = Array.from(at, (_, i) => i);
  const { scatter } = line;
  return {
    path: pathOf(all, course, frame),
    band: scatter === null ? null : bandPath(all, frame, course, () => scatter),
  };
}

function uncertainty(line: ChartLine, frame: Frame, kept: number[]): string | null {
  const { error, scatter } = line;
  if (error) return bandPath(kept, frame, line, (i) => error[i]);
  return scatter !== null && line.stroke === "solid" ? bandPath(kept, frame, line, () => scatter) : null;
}

function bandPath(
  kept: number[],
  frame: Frame,
  line: { x: Float64Array; y: Float64Array },
  half: (i: number) => number,
): string | null {
  const upper: string[] = [];
  const lower: string[] = [];
  for (const i of kept) {
    const top = place(frame, line.y[i] + half(i));
    const low = place(frame, line.y[i] - half(i));
    if (Number.isNaN(top)) continue;
    const x = frame.x.at(line.x[i]).toFixed(1);
    upper.push(`${x},${top.toFixed(1)}`);
    lower.push(`${x},${(Number.isNaN(low) ? frame.bottom : low).toFixed(1)}`);
  }
  return upper.length > 1 ? `M${upper.join("L")}L${lower.reverse().join("L")}Z` : null;
}

/** A marker at each point of a sparse line, and here and there on a dense one. */
function markers(line: ChartLine, frame: Frame, kept: number[], smoothed: boolean): SVGPathElement {
  const width = frame.right - frame.left;
  const sparse = kept.length <= MOST_MARKERS && kept.length * MARKER_ROOM < width;
  let path = "";
  let free = Number.NEGATIVE_INFINITY;
  if (!smoothed || sparse) {
    for (const i of kept) {
      const x = frame.x.at(line.x[i]);
      const y = place(frame, line.y[i]);
      if (Number.isNaN(y) || (!sparse && x < free)) continue;
      path += markerPath(line.marker, round(x), round(y), line.stroke === "solid" ? 3.8 : 2.2);
      free = x + MARKER_EVERY;
    }
  }
  return s("path", { class: "markers", d: path });
}

/** The best checkpoint of the line's own run, where several are laid over each other. */
function bestMark(line: ChartLine, frame: Frame): SVGPathElement[] {
  const index = line.best === null ? -1 : line.x.indexOf(line.best);
  const y = index < 0 ? Number.NaN : place(frame, line.y[index]);
  if (Number.isNaN(y)) return [];
  return [s("path", { class: "own-best", d: markPath("best", round(frame.x.at(line.x[index])), round(y)) })];
}

/** Where values are not finite, or leave the plot, a mark at its edge. */
function edgeMarks(line: ChartLine, frame: Frame, kept: number[]): SVGPathElement {
  let path = "";
  let left = MOST_EDGE_MARKS;
  for (const i of kept) {
    const value = line.y[i];
    const x = round(frame.x.at(line.x[i]));
    if (x < frame.left || x > frame.right || left === 0) continue;
    if (!Number.isFinite(value)) path += markerPath("cross", x, frame.top + 6, 3.2);
    else if (frame.y.at(value) < frame.top) path += markerPath("triangle", x, frame.top + 4, 3);
    else if (frame.y.at(value) > frame.bottom) path += markerPath("down", x, frame.bottom - 4, 3);
    else continue;
    left--;
  }
  return s("path", { class: "outside", d: path });
}

function round(pixel: number): number {
  return Math.round(pixel * 10) / 10;
}
