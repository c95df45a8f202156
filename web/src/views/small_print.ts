/** What a careful reader asks for: notes of the reader, the thresholds used, and versions. */
import type { Note, Report } from "../data/report";
import { h } from "../dom/element";
import { prose } from "../dom/prose";
import { counted, number, shown, words } from "../text/format";

export function notes(list: readonly Note[], heading = "Notes on the data"): HTMLElement | null {
  if (!list.length) return null;
  return h(
    "section",
    { class: "notes", "aria-label": heading },
    h("h2", {}, heading),
    h("ul", {}, ...list.map((note) => h("li", {}, prose(note.text, 600)))),
  );
}

export function profile(report: Report): HTMLElement | null {
  const checks = Object.entries(report.profile);
  if (!checks.length) return null;
  const body = h("tbody");
  for (const [check, thresholds] of checks) {
    for (const [name, value] of Object.entries(thresholds)) {
      const text = typeof value === "number" ? number(value) : String(value);
      body.append(
        h(
          "tr",
          {},
          h("th", { scope: "row" }, words(check)),
          h("td", {}, words(name)),
          h("td", { class: "number" }, shown(text, 120)),
        ),
      );
    }
  }
  const head = h("tr", {}, ...["check", "threshold", "value"].map((text) => h("th", { scope: "col" }, text)));
  return h(
    "details",
    { class: "fold profile" },
    h("summary", {}, h("h2", {}, `Thresholds used (${counted(checks.length, "check")})`)),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Thresholds" },
      h("table", {}, h("thead", {}, head), body),
    ),
  );
}

export function colophon(version: string, schema: number): HTMLElement {
  return h(
    "footer",
    { class: "colophon" },
    `Made by curvewise ${shown(version, 40)}, schema ${schema}. This page holds all of its data and asks no server for anything.`,
  );
}
