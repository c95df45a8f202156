/** Points of two quantities, up and to the left is better, with the front of those that no other beats in both. */
import { s } from "../dom/element";
import { extent, padded } from "../math/range";
import { makeScale } from "../math/scale";
import { shown } from "../text/format";
import { placeLabels } from "./labels";
import type { MarkKind } from "./model";
import { markPath } from "./shapes";
import { leftAxis, lowerAxis, stillChart } from "./still";

const HEIGHT = 260;
const EDGES = { left: 58, right: 20, top: 14, bottom: 42 };

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly kind: MarkKind;
  readonly front: boolean;
  /** Intervals of both, where they are known. */
  readonly across?: readonly [number, number] | null;
  readonly along?: readonly [number, number] | null;
}

export interface Words {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly said: string;
  readonly axis: string;
}

export function scatter(places: readonly Place[], words: Words, life: AbortSignal): HTMLElement {
  const draw = (width: number) => drawn(places, words.axis, width);
  return stillChart(words.name, words.title, words.unit, words.said, HEIGHT, draw, life);
}

function drawn(places: readonly Place[], title: string, width: number): SVGElement[] {
  const range = (values: number[]) => padded(extent(values) ?? { low: 0, high: 1 });
  const x = makeScale(
    range(places.flatMap((one) => [one.x, ...(one.across ?? [])])),
    EDGES.left,
    width - EDGES.right,
  );
  const y = makeScale(
    range(places.flatMap((one) => [one.y, ...(one.along ?? [])])),
    HEIGHT - EDGES.bottom,
    EDGES.top,
  );
  const points = places
    .map((place) => ({ place, x: x.at(place.x), y: y.at(place.y), text: shown(place.label, 24) }))
    .sort((a, b) => rank(a.place) - rank(b.place));
  const front = points.filter(({ place }) => place.front).sort((a, b) => a.x - b.x);
  const within = { left: EDGES.left, right: width, top: 0, bottom: HEIGHT - EDGES.bottom };
  const labels = placeLabels(points, front, within);
  const dots = s("g", { class: "marks" });
  points.forEach((point, i) => {
    const { kind, across, along } = point.place;
    for (const [from, to] of [
      along && [
        [point.x, y.at(along[0])],
        [point.x, y.at(along[1])],
      ],
      across && [
        [x.at(across[0]), point.y],
        [x.at(across[1]), point.y],
      ],
    ].filter((line) => !!line))
      dots.append(s("line", { class: "whisker", x1: from[0], y1: from[1], x2: to[0], y2: to[1] }));
    const shape = markPath(kind === "evaluated" ? "existing" : kind, point.x, point.y);
    dots.append(s("path", { class: `mark ${kind}`, d: shape }, s("title", {}, point.text)));
    const label = labels[i];
    if (!label) return;
    dots.append(
      s("text", { class: "halo", x: label.x, y: label.y, "text-anchor": label.anchor }, point.text),
    );
  });
  const line = front.map((at) => `${at.x.toFixed(1)},${at.y.toFixed(1)}`);
  return [
    leftAxis(y, EDGES, width),
    lowerAxis(x, EDGES, width, HEIGHT, title),
    s("path", { class: "front", d: line.length > 1 ? `M${line.join("L")}` : "" }),
    dots,
  ];
}

/** What is to be labelled first: the best, the front, candidates. */
function rank({ kind, front }: Place): number {
  return kind === "best" ? 0 : front ? 1 : kind === "candidate" || kind === "tied" ? 2 : 3;
}
