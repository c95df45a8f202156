/** What the checks found: cards for what is wrong, lists for the rest. */
import type { Evidence, Finding, Report, Status } from "../data/report";
import { button, h } from "../dom/element";
import { prose } from "../dom/prose";
import type { Stretch, View } from "../state/view";
import { count, counted, number, percent, shown, words } from "../text/format";
import { badge, icon } from "./status";

export function findings(report: Report, view: View, anchor: (check: string) => string): HTMLElement {
  const having = (...statuses: Status[]) =>
    report.findings.filter((finding) => statuses.includes(finding.status));
  const wrong = having("crashed", "problem", "warning");
  return h(
    "section",
    { class: "findings", "aria-labelledby": "findings" },
    h("h2", { id: "findings" }, wrong.length ? `Findings (${wrong.length})` : "Nothing wrong was found"),
    ...wrong.map((finding) => card(finding, report, view, anchor(finding.check))),
    rest("Checked, nothing wrong", having("ok"), report, view, anchor),
    rest("Could not be judged", having("unknown"), report, view, anchor, true),
    rest("Does not apply to this run", having("not_applicable"), report, view, anchor),
  );
}

function card(finding: Finding, report: Report, view: View, id: string): HTMLElement {
  const stretches = stretchesOf(finding);
  const element = h(
    "article",
    { class: `card ${finding.status}`, id, tabindex: -1, "aria-labelledby": `${id}-title` },
    h(
      "header",
      {},
      badge(finding.status),
      h(
        "h3",
        { id: `${id}-title` },
        h("a", { href: `#${id}`, title: "Link to this finding" }, words(finding.check)),
      ),
      finding.confidence !== null &&
        h("span", { class: "confidence" }, `confidence ${percent(finding.confidence)}`),
    ),
    h("p", { class: "summary" }, prose(finding.summary, 600)),
    finding.reason && h("p", {}, prose(finding.reason, 600)),
    finding.advice && h("p", { class: "advice" }, h("b", {}, "What to do "), prose(finding.advice, 600)),
    finding.evidence.length > 0 && numbers(finding.evidence),
    why(finding, report),
    stretches.length > 0 && showButton(stretches, view),
  );
  light(element, stretches, view);
  return element;
}

function rest(
  heading: string,
  list: Finding[],
  report: Report,
  view: View,
  anchor: (check: string) => string,
  open = false,
): HTMLElement | null {
  if (!list.length) return null;
  const items = list.map((finding) => {
    const id = anchor(finding.check);
    const said = ["unknown", "not_applicable"].includes(finding.status) ? finding.reason : finding.summary;
    const item = h(
      "div",
      { class: "quiet", id, tabindex: -1 },
      h("h4", {}, icon(finding.status), h("a", { href: `#${id}` }, words(finding.check))),
      h("p", {}, prose(said, 600)),
      finding.evidence.length > 0 &&
        h(
          "details",
          {},
          h("summary", {}, counted(finding.evidence.length, "number")),
          numbers(finding.evidence),
        ),
      finding.status !== "not_applicable" && why(finding, report),
    );
    light(item, stretchesOf(finding), view);
    return item;
  });
  return h(
    "details",
    { class: `rest ${list[0].status}`, open },
    h("summary", {}, h("h3", {}, `${heading} (${list.length})`)),
    ...items,
  );
}

/** Shade what a finding speaks of while the reader is at it. */
function light(element: HTMLElement, stretches: Stretch[], view: View): void {
  if (!stretches.length) return;
  const show = () => {
    view.stretches.value = stretches;
  };
  const hide = () => {
    if (view.stretches.value === stretches && !element.contains(document.activeElement))
      view.stretches.value = [];
  };
  element.addEventListener("pointerenter", show);
  element.addEventListener("focusin", show);
  element.addEventListener("pointerleave", hide);
  element.addEventListener("focusout", () => setTimeout(hide));
}

function showButton(stretches: Stretch[], view: View): HTMLElement {
  return button(
    "Show in the curves",
    () => {
      view.stretches.value = [...stretches];
      const lit = document.querySelector(".stretch, .moment")?.closest("figure");
      const target = lit ?? document.querySelector(".chart");
      target?.scrollIntoView({
        block: "center",
        behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
      });
    },
    { class: "link" },
  );
}

function stretchesOf(finding: Finding): Stretch[] {
  return finding.evidence.flatMap(({ metric, first_step, last_step }) =>
    first_step === null || last_step === null ? [] : [{ metric, first: first_step, last: last_step }],
  );
}

function numbers(evidence: Evidence[]): HTMLElement {
  const several = new Set(evidence.map((one) => one.metric)).size > 1;
  return h(
    "table",
    { class: "numbers" },
    h(
      "thead",
      { class: "offscreen" },
      h("tr", {}, h("th", { scope: "col" }, "What"), h("th", { scope: "col" }, "Value")),
    ),
    h("tbody", {}, ...evidence.map((one) => row(one, several))),
  );
}

function row(one: Evidence, withMetric: boolean): HTMLElement {
  const details = [
    withMetric && words(one.metric),
    one.interval && `interval ${number(one.interval[0])} to ${number(one.interval[1])}`,
    steps(one),
    one.points > 1 && counted(one.points, "point"),
  ].filter(Boolean);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, shown(one.label, 120), h("small", {}, details.join(" · "))),
    h("td", {}, number(one.value), one.limit !== null && h("small", {}, `limit ${number(one.limit)}`)),
  );
}

function steps({ first_step: first, last_step: last }: Evidence): string {
  if (first === null || last === null) return "";
  return first === last ? `step ${count(first)}` : `steps ${count(first)} to ${count(last)}`;
}

/** Why a finding matters, from the check's page. */
function why(finding: Finding, report: Report): HTMLElement | null {
  const about = report.about?.[finding.check];
  if (!about) return null;
  const paragraphs = about.why.split("\n\n").filter(Boolean);
  return h(
    "details",
    { class: "why" },
    h("summary", {}, "Why it matters"),
    h("p", {}, h("b", {}, prose(about.title, 400))),
    ...paragraphs.map((text) => h("p", {}, prose(text, 4000))),
  );
}
