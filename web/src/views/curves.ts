/** The curves of a report: the main one, the others small beside each other, and those of time folded. */
import { makeChart } from "../chart/chart";
import { rests } from "../chart/marks";
import type { ChartModel, MarkKind } from "../chart/model";
import { sparkline } from "../chart/sparkline";
import { MARK_MEANING } from "../chart/shapes";
import type { Report } from "../data/report";
import { h } from "../dom/element";
import { type Stretch, type View, within } from "../state/view";
import { figureModels, hasEpochs, metricsOf } from "./figure_model";
import { toolbar } from "./toolbar";
import { shape } from "./verdict";

/** A chart is as tall as its news: a large one, a small one that a finding speaks of, the others. */
const HEIGHTS = { large: 300, news: 164, calm: 124 };
/** The main chart ends with the first screen, if these heights allow. */
const MAIN = { least: 240, most: 400, below: 12 };
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
  let models = figureModels(report, view.unit.value);
  const wrong = report.findings.filter(({ status }) => ["problem", "warning", "crashed"].includes(status));
  const news = metricsOf(
    report,
    wrong.map((finding) => finding.check),
  );
  const large = new Set(models.slice(0, 1).map((model) => model.name));
  const slots = new Map(models.map((model) => [model.name, h("div", { class: "slot" })]));
  const lives = new Map<string, AbortController>();

  const draw = (model: ChartModel) => {
    const slot = slots.get(model.name);
    const own = new AbortController();
    lives.get(model.name)?.abort();
    lives.set(model.name, own);
    life.addEventListener("abort", () => own.abort(), { signal: own.signal });
    const open = large.has(model.name);
    const first = model.name === models[0].name;
    const resize = () => {
      if (!large.delete(model.name)) large.add(model.name);
      draw(model);
      slot?.querySelector<HTMLElement>(".resize")?.focus();
    };
    const height = () =>
      first
        ? fitting(slot?.querySelector(".plot"))
        : HEIGHTS[open ? "large" : rests(model, news) ? "news" : "calm"];
    slot?.classList.toggle("large", open);
    slot?.replaceChildren(
      makeChart(model, view, own.signal, {
        layout: open ? "full" : "small",
        height,
        ...(first ? {} : { resize }),
      }),
    );
  };
  view.unit.watch(life, (unit) => {
    models = figureModels(report, unit);
    models.forEach(draw);
  });

  const resting = (stretches: readonly Stretch[]) =>
    stretches
      .map(({ metric }) => models.find((model) => rests(model, new Set([metric]))))
      .find((model) => model !== undefined);
  const show = (model: ChartModel, stretches: readonly Stretch[]) => {
    if (!large.has(model.name)) {
      large.add(model.name);
      draw(model);
    }
    const slot = slots.get(model.name);
    const fold = slot?.closest("details");
    if (fold) fold.open = true;
    view.stretches.value = stretches;
    view.span.value = near(model, stretches, view);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    slot?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  };
  const slotsOf = (list: readonly ChartModel[]) => list.flatMap(({ name }) => slots.get(name) ?? []);
  const [first, ...rest] = models;
  const timed = rest.filter((model) => model.unit === "seconds" && !rests(model, news));
  return {
    main: first
      ? h(
          "div",
          { class: "main" },
          ...slotsOf([first]),
          h(
            "div",
            { class: "under" },
            markKey(first),
            toolbar(
              view,
              hasEpochs(report) ? ["step", "epoch"] : ["step"],
              models.some((model) => model.lines.some((line) => line.smooth)),
              life,
            ),
          ),
        )
      : h("p", { class: "nothing" }, "The run has no curve to draw."),
    others: rest.length
      ? h(
          "section",
          { class: "curves", "aria-labelledby": "curves" },
          h("h2", { id: "curves" }, "Other curves"),
          h("div", { class: "charts" }, ...slotsOf(rest.filter((model) => !timed.includes(model)))),
          timed.length > 0 &&
            h(
              "details",
              { class: "fold" },
              h("summary", {}, h("h3", {}, `Durations and latencies (${timed.length})`)),
              h("div", { class: "charts" }, ...slotsOf(timed)),
            ),
        )
      : null,
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

/** The height that ends a chart with the first screen; a narrow one is lower. */
function fitting(plot: Element | null | undefined): number {
  if (!plot) return MAIN.least;
  const top = plot.getBoundingClientRect().top + scrollY;
  const most = Math.min(MAIN.most, 0.75 * plot.clientWidth);
  return Math.max(MAIN.least, Math.min(most, innerHeight - top - MAIN.below));
}

/** The part of the axis that shows stretches: the whole run, unless they are too short to be seen there. */
function near(model: ChartModel, stretches: readonly Stretch[], view: View) {
  const [first, last] = model.domain;
  const share = (step: number) => (model.fromStep(step) - first) / (last - first || 1);
  const from = Math.min(...stretches.map((stretch) => share(stretch.first)));
  const to = Math.max(...stretches.map((stretch) => share(stretch.last)));
  if (to - from >= SHORT)
    return from < view.span.value.from || to > view.span.value.to ? within(0, 1) : view.span.value;
  return within(from - SHORT, to + SHORT);
}

/** What the marks of checkpoints mean, of those that there are. */
function markKey(model: ChartModel): HTMLElement | null {
  const kinds = (Object.keys(MARK_MEANING) as MarkKind[]).filter((kind) =>
    model.marks.some((mark) => mark.kind === kind),
  );
  if (!kinds.length) return null;
  return h("ul", { class: "mark-key" }, ...kinds.map((kind) => h("li", {}, shape(kind), MARK_MEANING[kind])));
}
