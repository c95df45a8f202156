/** What the checks found: rows that open for what is wrong, by the diagnosis that explains them; lists for the rest. */
import { type Story, storyOf } from "../data/diagnosis";
import type { Evidence, Finding, Report, Status } from "../data/report";
import { button, h } from "../dom/element";
import { prose } from "../dom/prose";
import type { Stretch, View } from "../state/view";
import { count, counted, number, percent, shown, words } from "../text/format";
import type { Curves } from "./curves";
import { badge, icon, WORDS } from "./status";

const WRONG: Status[] = ["crashed", "problem", "warning"];

export function findings(
  report: Report,
  view: View,
  anchor: (check: string) => string,
  drawn: Curves,
): HTMLElement {
  const having = (...statuses: Status[]) =>
    report.findings.filter((finding) => statuses.includes(finding.status));
  const wrong = having(...WRONG);
  const stories = [storyOf(report), ...(report.also ?? [])];
  const told = stories.map((story) => wrong.filter(({ check }) => story.findings.includes(check)));
  const rows = (list: Finding[]) =>
    list.map((finding) => row(finding, report, view, anchor(finding.check), drawn));
  return h(
    "section",
    { class: "findings", "aria-labelledby": "findings" },
    h("h2", { id: "findings" }, wrong.length ? `Findings (${wrong.length})` : "Nothing wrong was found"),
    ...rows(told[0]),
    ...stories.slice(1).flatMap((story, i) => [also(story), ...rows(told[i + 1])]),
    ...rows(wrong.filter((finding) => !told.flat().includes(finding))),
    rest("Checked, nothing wrong", having("ok"), report, view, anchor),
    rest("Could not be judged", having("unknown"), report, view, anchor),
    rest("Does not apply to this run", having("not_applicable"), report, view, anchor),
  );
}

/** Another diagnosis, above the findings that it explains. */
function also({ name, severity, summary, next }: Story): HTMLElement {
  return h(
    "div",
    { class: "also" },
    h("h3", {}, badge(severity, `Also: ${words(name)}`)),
    h("p", {}, prose(summary, 400)),
    ...next.slice(0, 1).map((step) => h("p", { class: "dim" }, prose(step, 400))),
  );
}

function row(finding: Finding, report: Report, view: View, id: string, drawn: Curves): HTMLElement {
  const stretches = stretchesOf(finding);
  const show = drawn.shower(stretches);
  const element = h(
    "details",
    { class: `row ${finding.status}`, id, tabindex: -1 },
    h(
      "summary",
      {},
      icon(finding.status),
      h("span", { class: "offscreen" }, `${WORDS[finding.status]}: `),
      h("h3", {}, words(finding.check)),
      h("span", { class: "summary" }, prose(finding.summary, 600)),
      drawn.spark(stretches),
    ),
    h(
      "div",
      { class: "body" },
      h(
        "div",
        {},
        finding.reason && h("p", {}, prose(finding.reason, 600)),
        finding.advice && h("p", {}, prose(finding.advice, 600)),
        finding.confidence !== null && h("p", { class: "dim" }, `Confidence ${percent(finding.confidence)}.`),
        h(
          "p",
          { class: "links" },
          show && button("Show in the curves", show, { class: "link" }),
          h("a", { href: `#${id}` }, "Link to this finding"),
        ),
        why(finding, report),
      ),
      finding.evidence.length > 0 && numbers(finding.evidence),
    ),
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
): HTMLElement | null {
  if (!list.length) return null;
  const items = list.map((finding) => {
    const id = anchor(finding.check);
    const said = ["unknown", "not_applicable"].includes(finding.status) ? finding.reason : finding.summary;
    const item = h(
      "div",
      { class: "quiet", id, tabindex: -1 },
      h("h4", {}, icon(finding.status), words(finding.check)),
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
    { class: `fold rest ${list[0].status}` },
    h("summary", {}, h("h3", {}, `${heading} (${list.length})`)),
    h("div", { class: "quiets" }, ...items),
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
    h("tbody", {}, ...evidence.map((one) => figures(one, several))),
  );
}

function figures(one: Evidence, withMetric: boolean): HTMLElement {
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
