/** A verdict as a badge: a shape, a word and a colour. */
import type { Status, Verdict } from "../data/report";
import { h, s } from "../dom/element";

export const WORDS: Record<Status, string> = {
  crashed: "Crashed",
  problem: "Problem",
  warning: "Warning",
  unknown: "Cannot say",
  ok: "Fine",
  not_applicable: "Does not apply",
};

/** Each status has a shape of its own: octagon, triangle, circle with a tick and so on. */
const SHAPES: Record<Status, string> = {
  crashed: "M3 3L13 13M13 3L3 13",
  problem: "M5.2 1.5h5.6L14.5 5.2v5.6L10.8 14.5H5.2L1.5 10.8V5.2ZM8 4.4v4.4M8 11.4v.2",
  warning: "M8 1.8L15 14.2H1ZM8 6.4v3.4M8 12v.2",
  unknown: "M5.2 5.6C5.2 2.2 11 2.3 10.8 5.6C10.7 7.6 8 7.8 8 10M8 13v.2",
  ok: "M2.5 8.6L6.4 12.5L13.6 3.8",
  not_applicable: "M3 8H13",
};

export function badge(status: Status | Verdict, text: string = ""): HTMLElement {
  return h("span", { class: `badge ${status}` }, icon(status), text || WORDS[status]);
}

export function icon(status: Status): SVGSVGElement {
  return s(
    "svg",
    { class: `icon ${status}`, width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: SHAPES[status] }),
  );
}
