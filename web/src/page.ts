/** The page: from what is known of the runs to what the reader sees; called again with newer data. */
import { hatchings } from "./chart/bands";
import type { Source } from "./data/source";
import { h } from "./dom/element";
import { Signal } from "./state/signal";
import { makeView, type View } from "./state/view";
import { comparisonView } from "./views/comparison";
import { decisionView } from "./views/decision";
import { run } from "./views/run";
import { switcher } from "./views/switcher";
import { themeButton } from "./views/theme";

export interface Page {
  /** Show other data; what the reader chose stays. */
  update(source: Source): void;
}

/** The place of the comparison, or of the summary, among the runs. */
export const OVERVIEW = -1;

/** Show a source in an element. */
export function mount(root: HTMLElement, first: Source): Page {
  const source = new Signal(first);
  const chosen = new Signal(initial(first));
  const views = new Map<number, View>();
  const main = h("main", { id: "main", tabindex: -1 });
  const bar = h("div", { class: "bar" });
  let shown = new AbortController();

  const render = () => {
    shown.abort();
    shown = new AbortController();
    const { reports, comparison, decision } = source.value;
    const index = Math.min(chosen.value, reports.length - 1);
    const view = views.get(index) ?? makeView("step");
    views.set(index, view);
    view.stretches.value = [];
    const report = reports[index];
    const choice = switcher(source.value, index, (next) => {
      chosen.value = next;
      scrollTo({ top: 0 });
    });
    bar.replaceChildren(
      h("span", { class: "wordmark" }, "curvewise"),
      ...(choice ? [choice] : []),
      themeButton(),
    );
    if (decision) main.replaceChildren(decisionView(decision, shown.signal));
    else if (report)
      main.replaceChildren(run(report, view, (check) => anchor(check, index, reports.length), shown.signal));
    else
      main.replaceChildren(
        comparisonView(comparison, reports, view, (next) => (chosen.value = next), shown.signal),
      );
  };
  const follow = () => {
    const place = parse(location.hash, source.value.reports.length);
    if (!place) return;
    chosen.value = place.index;
    reveal(decodeURIComponent(location.hash.slice(1)));
  };
  root.replaceChildren(hatchings(), bar, main);
  source.onChange(new AbortController().signal, render);
  chosen.onChange(new AbortController().signal, render);
  render();
  follow();
  addEventListener("hashchange", follow);
  return {
    update: (next) => {
      source.value = next;
    },
  };
}

function initial({ reports, comparison }: Source): number {
  return comparison || reports.length > 1 ? OVERVIEW : 0;
}

/** The anchor of a finding; of several runs, it names the run by number. */
export function anchor(check: string, index: number, runs: number): string {
  return runs > 1 ? `run-${index + 1}-finding-${check}` : `finding-${check}`;
}

/** The run that an anchor speaks of. */
export function parse(hash: string, runs: number): { index: number } | null {
  const match = /^#(?:run-(\d+)-)?finding-/.exec(hash);
  if (!match) return null;
  const index = match[1] ? Number(match[1]) - 1 : 0;
  return index < runs ? { index } : null;
}

/** Open what holds an element, and go to it. */
function reveal(id: string): void {
  const target = document.getElementById(id);
  for (
    let holder = target?.closest("details");
    holder;
    holder = holder.parentElement?.closest("details") ?? null
  )
    holder.open = true;
  target?.scrollIntoView({ block: "center" });
  target?.focus({ preventScroll: true });
}
