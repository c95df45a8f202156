/** The curves of a report: the main one, the others small beside each other, and those of time folded. */
import { rests } from "../chart/marks";
import type { ChartModel, MarkKind } from "../chart/model";
import { MARK_MEANING } from "../chart/shapes";
import { sparkline } from "../chart/sparkline";
import type { Report } from "../data/report";
import { h } from "../dom/element";
import { type Span, type Stretch, type View, WHOLE, within } from "../state/view";
import { figureModels, hasEpochs, metricsOf } from "./figure_model";
import { Gallery } from "./gallery";
import { toolbar } from "./toolbar";
import { shape } from "./verdict";

/** A stretch shorter than this share of the run is zoomed to. */
const SHORT = 0.04;

export interface Curves {
  readonly main: HTMLElement;
  readonly others: HTMLElement | null;
  /** A picture in a line of text of what a finding speaks of. */
  spark(stretches: readonly Stretch[]): SVGSVGElement | null;
  /** Go to the chart and the steps of a finding; null where no chart draws them. */
  shower(stretches: readonly Stretch[]): (() => void) | null;
}

export function curves(report: Report, view: View, life: AbortSignal): Curves {
  const wrong = report.findings.filter(({ status }) => ["problem", "warning", "crashed"].includes(status));
  const checks = wrong.map((finding) => finding.check);
  const metrics = metricsOf(report, checks);
  const news = (model: ChartModel) => rests(model, metrics);
  const gallery = new Gallery((unit) => figureModels(report, unit), view, life, news);
  const resting = (stretches: readonly Stretch[]) =>
    stretches
      .map(({ metric }) => gallery.all.find((model) => rests(model, new Set([metric]))))
      .find((model) => model !== undefined);
  const show = (model: ChartModel, stretches: readonly Stretch[]) => {
    const place = gallery.reveal(model);
    view.stretches.value = stretches;
    view.span.value = near(model, stretches, view.span.value);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  };
  const [first, ...rest] = gallery.all;
  const timed = rest.filter((model) => model.unit === "seconds" && !news(model));
  return {
    main: first
      ? h(
          "div",
          { class: "main" },
          ...gallery.of([first]),
          h(
            "div",
            { class: "under" },
            markKey(first),
            toolbar(view, hasEpochs(report) ? ["step", "epoch"] : ["step"], gallery.all, life),
          ),
        )
      : h("p", { class: "nothing" }, "The run has no curve to draw."),
    others: otherCurves(
      gallery,
      rest.filter((model) => !timed.includes(model)),
      timed,
    ),
    spark: (stretches) => {
      const model = resting(stretches);
      return model ? sparkline(model, stretches) : null;
    },
    shower: (stretches) => {
      const model = resting(stretches);
      return model ? () => show(model, stretches) : null;
    },
  };
}

/** The charts below the main one; those of time are folded. */
export function otherCurves(
  gallery: Gallery,
  charts: readonly ChartModel[],
  timed: readonly ChartModel[] = [],
): HTMLElement | null {
  if (!charts.length && !timed.length) return null;
  return h(
    "section",
    { class: "curves", "aria-labelledby": "curves" },
    h("h2", { id: "curves" }, "Other curves"),
    h("div", { class: "charts" }, ...gallery.of(charts)),
    timed.length > 0 &&
      h(
        "details",
        { class: "fold" },
        h("summary", {}, h("h3", {}, `Durations and latencies (${timed.length})`)),
        h("div", { class: "charts" }, ...gallery.of(timed)),
      ),
  );
}

/** The part of the axis that shows stretches: what is seen, else the whole run, unless they are too short for it. */
function near(model: ChartModel, stretches: readonly Stretch[], seen: Span): Span {
  const [first, last] = model.domain;
  const share = (step: number) => (model.fromStep(step) - first) / (last - first || 1);
  const from = Math.min(...stretches.map((stretch) => share(stretch.first)));
  const to = Math.max(...stretches.map((stretch) => share(stretch.last)));
  if (to - from < SHORT) return within(from - SHORT, to + SHORT);
  return from < seen.from || to > seen.to ? WHOLE : seen;
}

/** What the marks of checkpoints mean, of those that there are. */
function markKey(model: ChartModel): HTMLElement | null {
  const kinds = (Object.keys(MARK_MEANING) as MarkKind[]).filter((kind) =>
    model.marks.some((mark) => mark.kind === kind),
  );
  if (!kinds.length) return null;
  return h("ul", { class: "mark-key" }, ...kinds.map((kind) => h("li", {}, shape(kind), MARK_MEANING[kind])));
}
