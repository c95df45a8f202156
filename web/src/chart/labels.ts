/** Places for the labels of points, where they cover neither points, nor lines, nor each other. */

export interface Pixel {
  readonly x: number;
  readonly y: number;
}

export interface Label extends Pixel {
  readonly anchor: "start" | "middle" | "end";
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pixels of a letter, of a line of text from its base up, and from a point to its edge. */
const LETTER = 7;
const ASCENT = 10;
const POINT = 7;
/** Pixels between the places at which a line is looked at. */
const EVERY = 4;

/** Where to write each label: beside its point, above or below it; null where there is no room. */
export function placeLabels(
  points: readonly (Pixel & { readonly text: string })[],
  line: readonly Pixel[],
  within: Box,
): (Label | null)[] {
  const taken: Box[] = points.map(({ x, y }) => about(x - POINT, x + POINT, y - POINT, y + POINT));
  for (const { x, y } of along(line)) taken.push(about(x, x, y, y));
  return points.map(({ x, y, text }) => {
    const width = text.length * LETTER;
    const options: Label[] = [
      { x: x + 10, y: y + 4, anchor: "start" },
      { x: x - 10, y: y + 4, anchor: "end" },
      { x, y: y - 10, anchor: "middle" },
      { x, y: y + 19, anchor: "middle" },
      { x: x + 7, y: y - 8, anchor: "start" },
      { x: x + 7, y: y + 16, anchor: "start" },
    ];
    for (const option of options) {
      const box = boxOf(option, width);
      if (!holds(within, box) || taken.some((other) => meet(box, other))) continue;
      taken.push(box);
      return option;
    }
    return null;
  });
}

function boxOf({ x, y, anchor }: Label, width: number): Box {
  const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
  return about(left, left + width, y - ASCENT, y + 1);
}

/** Points of a line, close together. */
function* along(line: readonly Pixel[]): Iterable<Pixel> {
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1], line[i]];
    const parts = Math.max(1, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / EVERY));
    for (let part = 0; part <= parts; part++)
      yield { x: a.x + ((b.x - a.x) * part) / parts, y: a.y + ((b.y - a.y) * part) / parts };
  }
}

function about(left: number, right: number, top: number, bottom: number): Box {
  return { left, right, top, bottom };
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function holds(outer: Box, inner: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  );
}
