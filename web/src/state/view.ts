/** How the reader looks at the curves; all charts of a run share it. */
import { Signal } from "./signal";

/** A part of the x axis, as shares of its length, so that it holds for steps and for epochs. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const WHOLE: Span = { from: 0, to: 1 };
/** The shortest part that can be zoomed to. */
const SHORTEST = 1e-5;

/** A stretch of training that a finding speaks of. */
export interface Stretch {
  readonly metric: string;
  readonly first: number;
  readonly last: number;
}

export interface View {
  /** What the x axis counts. */
  readonly unit: Signal<string>;
  readonly span: Signal<Span>;
  /** Where on the x axis the reader points, in the axis' unit. */
  readonly cursor: Signal<number | null>;
  /** Share of the points that a smoothed value sees; 0 for none. */
  readonly smoothing: Signal<number>;
  readonly stretches: Signal<readonly Stretch[]>;
}

export function makeView(unit: string): View {
  return {
    unit: new Signal(unit),
    span: new Signal(WHOLE),
    cursor: new Signal<number | null>(null),
    smoothing: new Signal(0.1),
    stretches: new Signal<readonly Stretch[]>([]),
  };
}

/** Zoom by a factor, below 1 to come nearer, about a place that stays where it is. */
export function zoomed(span: Span, factor: number, about = (span.from + span.to) / 2): Span {
  return within(about - (about - span.from) * factor, about + (span.to - about) * factor);
}

/** A span within the axis that is not too short. */
export function within(from: number, to: number): Span {
  const length = Math.min(1, Math.max(SHORTEST, to - from));
  const start = Math.min(Math.max(0, (from + to - length) / 2), 1 - length);
  return length >= 1 ? WHOLE : { from: start, to: start + length };
}
