/** Small shapes: markers of lines and of checkpoints. */
import type { Marker, MarkKind } from "./model";

/** The outline of a marker about a place. */
export function markerPath(marker: Marker, x: number, y: number, r: number): string {
  switch (marker) {
    case "circle":
      return `M${x - r},${y}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0Z`;
    case "square":
      return `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
    case "triangle":
      return `M${x},${y - 1.2 * r}L${x + 1.15 * r},${y + 0.9 * r}H${x - 1.15 * r}Z`;
    case "down":
      return `M${x},${y + 1.2 * r}L${x + 1.15 * r},${y - 0.9 * r}H${x - 1.15 * r}Z`;
    case "diamond":
      return `M${x},${y - 1.35 * r}L${x + 1.35 * r},${y}L${x},${y + 1.35 * r}L${x - 1.35 * r},${y}Z`;
    case "cross":
      return `M${x - r},${y - r}L${x + r},${y + r}M${x - r},${y + r}L${x + r},${y - r}`;
  }
}

/** The outline of a checkpoint's mark. */
export function markPath(kind: MarkKind, x: number, y: number): string {
  switch (kind) {
    case "best":
      return star(x, y, 8);
    case "tied":
      return markerPath("diamond", x, y, 4.6);
    case "candidate":
      return markerPath("triangle", x, y, 5.2);
    case "existing":
      return markerPath("circle", x, y, 3.6);
    case "gone":
      return markerPath("cross", x, y, 3.2);
    case "evaluated":
      return `M${x},${y - 4}V${y + 4}`;
  }
}

/** What a mark means. */
export const MARK_MEANING: Record<MarkKind, string> = {
  best: "best checkpoint",
  tied: "tied with the best",
  candidate: "candidate to evaluate",
  existing: "checkpoint exists",
  gone: "no checkpoint kept",
  evaluated: "evaluated step",
};

function star(x: number, y: number, r: number): string {
  const corners = Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 ? r * 0.42 : r;
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    return `${(x + radius * Math.cos(angle)).toFixed(2)},${(y + radius * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${corners.join("L")}Z`;
}
