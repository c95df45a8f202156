/** Which run to show, of several. */
import type { Source } from "../data/source";
import { h } from "../dom/element";
import { shown } from "../text/format";
import { title } from "./verdict";

export function switcher(source: Source, index: number, choose: (index: number) => void): HTMLElement | null {
  const { reports, comparison } = source;
  if (reports.length + (comparison ? 1 : 0) < 2) return null;
  const select = h("select", { "aria-label": "What to show" });
  select.append(
    h("option", { value: -1, selected: index < 0 }, comparison ? "Comparison" : `All ${reports.length} runs`),
  );
  reports.forEach((report, i) => {
    select.append(h("option", { value: i, selected: i === index }, `${i + 1}. ${shown(title(report), 60)}`));
  });
  select.addEventListener("change", () => choose(Number(select.value)));
  return select;
}
