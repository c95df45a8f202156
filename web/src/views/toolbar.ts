/** What the reader can choose for all curves at once. */
import { ZOOM_STEP } from "../chart/gestures";
import type { ChartModel } from "../chart/model";
import { button, h } from "../dom/element";
import { type View, WHOLE, zoomed } from "../state/view";

/** Places of the slider, and the share of the points that a smoothed value then sees. */
const PLACES = 20;
const MOST = 0.6;

export function toolbar(
  view: View,
  units: readonly string[],
  models: readonly ChartModel[],
  life: AbortSignal,
): HTMLElement {
  const reset = button("Whole run", () => {
    view.span.value = WHOLE;
  });
  const nearer = button("+", () => zoom(view, ZOOM_STEP), { "aria-label": "Zoom in", title: "Zoom in" });
  const wider = button("−", () => zoom(view, 1 / ZOOM_STEP), { "aria-label": "Zoom out", title: "Zoom out" });
  view.span.watch(life, (span) => {
    reset.disabled = wider.disabled = span === WHOLE;
  });
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Curves" },
    units.length > 1 && unitChoice(view, units, life),
    models.some((model) => model.lines.some((line) => line.smooth)) && smoothing(view),
    h("div", { class: "buttons" }, wider, nearer, reset),
    h(
      "p",
      { class: "offscreen", id: "chart-keys" },
      "Arrow keys move the cursor, plus and minus zoom, Escape shows the whole run.",
    ),
  );
}

function zoom(view: View, factor: number): void {
  view.span.value = zoomed(view.span.value, factor);
}

function unitChoice(view: View, units: readonly string[], life: AbortSignal): HTMLElement {
  const group = h("div", { class: "segments", role: "group", "aria-label": "What the x axis counts" });
  for (const unit of units) {
    const choice = button(unit, () => {
      view.cursor.value = null;
      view.unit.value = unit;
    });
    view.unit.watch(life, (current) => choice.setAttribute("aria-pressed", String(current === unit)));
    group.append(choice);
  }
  return group;
}

function smoothing(view: View): HTMLElement {
  const place = Math.round(PLACES * Math.sqrt(view.smoothing.value / MOST));
  const slider = h("input", { type: "range", min: 0, max: PLACES, step: 1, value: place, id: "smoothing" });
  const said = h("output", { for: "smoothing" });
  const tell = () => {
    const share = MOST * (Number(slider.value) / PLACES) ** 2;
    const text = share
      ? `${share < 0.01 ? (100 * share).toFixed(1) : Math.round(100 * share)} % of the points`
      : "off";
    view.smoothing.value = share;
    said.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  };
  slider.addEventListener("input", tell);
  tell();
  return h(
    "label",
    { class: "smoothing", title: "Local linear regression: it follows a trend up to the last point" },
    "Smoothing ",
    slider,
    said,
  );
}
