/** What the reader wishes for, turned into changes of the view. */
import { type Span, type View, WHOLE, within, zoomed } from "../state/view";
import { neighbour, snap } from "./cursor";
import type { Wishes } from "./gestures";
import type { ChartLine, ChartModel } from "./model";
import type { Plot } from "./plot";

/** Share of the axis that a page key moves by. */
const PAGE = 0.1;

export function navigation(
  model: ChartModel,
  view: View,
  plot: Plot,
  lines: () => readonly ChartLine[],
  press: () => void,
): Wishes {
  const [first, last] = model.domain;
  const length = last - first || 1;
  const share = (x: number | null) => (x === null ? 0 : (x - first) / length);
  return {
    point(pixel) {
      const x = pixel === null ? null : plot.xAt(pixel);
      view.cursor.value = x === null ? null : snap(lines(), x);
    },
    press,
    drag: (from, to) => plot.cover(from, to),
    dragEnd: () => plot.cover(null, null),
    select(from, to) {
      const low = share(plot.xAt(Math.min(from, to)));
      view.span.value = within(Math.max(0, low), Math.min(1, share(plot.xAt(Math.max(from, to)))));
    },
    zoom(factor, pixel) {
      const about = pixel === null ? view.cursor.value : plot.xAt(pixel);
      view.span.value = zoomed(view.span.value, factor, about === null ? undefined : share(about));
    },
    reset() {
      if (view.span.value === WHOLE) view.cursor.value = null;
      view.span.value = WHOLE;
    },
    move(by, direction) {
      const now = view.cursor.value;
      const target =
        by === "end"
          ? snap(lines(), direction === 1 ? last : first)
          : by === "page"
            ? snap(lines(), (now ?? first) + direction * PAGE * length)
            : neighbour(lines(), now ?? -direction * Number.POSITIVE_INFINITY, direction);
      if (target === null) return;
      view.cursor.value = target;
      view.span.value = showing(view.span.value, share(target));
    },
  };
}

/** The span, moved if it does not show a place. */
function showing(span: Span, place: number): Span {
  const half = (span.to - span.from) / 2;
  return place < span.from || place > span.to ? within(place - half, place + half) : span;
}
