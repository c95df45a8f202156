/** Checkpoints on the rail below the plot, and the stretch that a finding speaks of. */
import { s } from "../dom/element";
import type { Stretch } from "../state/view";
import { crisp } from "./axes";
import type { Frame } from "./frame";
import type { ChartModel, MarkKind } from "./model";
import { MARK_MEANING, markPath } from "./shapes";

/** The last are drawn over the first. */
const ORDER: MarkKind[] = ["evaluated", "gone", "existing", "candidate", "tied", "best"];

/** Pixels between marks of one kind: a denser row could not be read. */
const APART = 7;

export function drawMarks(model: ChartModel, frame: Frame): SVGGElement {
  const group = s("g", { class: "marks" });
  const rail = frame.bottom + 11;
  const rails = frame.layout === "full";
  const drawn = new Map<MarkKind, number>();
  const sorted = [...model.marks].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  for (const mark of sorted) {
    const x = frame.x.at(mark.x);
    if (x < frame.left - 1 || x > frame.right + 1) continue;
    if (mark.kind === "best") {
      group.append(
        s("line", { class: "guide", x1: crisp(x), x2: crisp(x), y1: frame.top, y2: frame.bottom }),
      );
    }
    const before = drawn.get(mark.kind);
    if (!rails || (before !== undefined && Math.abs(x - before) < APART)) continue;
    drawn.set(mark.kind, x);
    const shape = s("path", {
      class: `mark ${mark.kind}`,
      d: markPath(mark.kind, Math.round(x * 10) / 10, rail),
    });
    shape.append(s("title", {}, `${MARK_MEANING[mark.kind]}: ${mark.label}`));
    group.append(shape);
  }
  return group;
}

/** Shade the stretches of findings that rest on a curve of this chart. */
export function drawStretches(model: ChartModel, frame: Frame, stretches: readonly Stretch[]): SVGGElement {
  const group = s("g", { class: "stretches" });
  const own = stretches
    .filter((stretch) => rests(model, new Set([stretch.metric])))
    .map(({ first, last }) => ({
      from: Math.max(frame.left, frame.x.at(model.fromStep(first))),
      to: Math.min(frame.right, frame.x.at(model.fromStep(last))),
    }));
  for (const { from, to } of joined(own.filter(({ from, to }) => to >= frame.left && from <= frame.right))) {
    const [y, height] = [frame.top, frame.bottom - frame.top];
    if (to - from < 2) group.append(s("rect", { class: "moment", x: from - 1, y, width: 2, height }));
    else group.append(s("rect", { class: "stretch", x: from, y, width: to - from, height }));
  }
  return group;
}

interface Pixels {
  readonly from: number;
  readonly to: number;
}

/** Stretches that overlap, joined; moments stay by themselves. */
function joined(stretches: Pixels[]): Pixels[] {
  const found: Pixels[] = stretches.filter(({ from, to }) => to - from < 2);
  const long = stretches.filter(({ from, to }) => to - from >= 2).sort((a, b) => a.from - b.from);
  for (const next of long) {
    const before = found.at(-1);
    if (before && before.to - before.from >= 2 && next.from <= before.to) {
      found[found.length - 1] = { from: before.from, to: Math.max(before.to, next.to) };
    } else found.push(next);
  }
  return found;
}

/** Whether a chart draws one of some metrics, or a member of its family. */
export function rests(model: ChartModel, metrics: ReadonlySet<string>): boolean {
  return model.lines.some((line) => covers(metrics, line.key));
}

/** Whether a curve is one of some metrics, or a member of its family. */
export function covers(metrics: ReadonlySet<string>, curve: string): boolean {
  return metrics.has(curve) || metrics.has(curve.split("/", 1)[0]);
}
