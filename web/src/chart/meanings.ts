/** What a chart draws, in words. */
import { h } from "../dom/element";
import { count, counted, number, shown } from "../text/format";
import type { ChartLine, ChartModel } from "./model";

export function meanings(model: ChartModel): HTMLElement {
  const named = model.lines.filter((line) => !line.quiet);
  const terms = named.flatMap((line) => [h("dt", {}, shown(line.label)), h("dd", {}, meaning(line))]);
  return h("details", { class: "meanings" }, h("summary", {}, "What is drawn"), h("dl", {}, ...terms));
}

function meaning(line: ChartLine): string {
  const thinned = line.points > line.x.length;
  return [
    shown(line.meaning),
    thinned
      ? `Of ${counted(line.points, "point")}, ${count(line.x.length)} are here: the lowest and highest of each stretch.`
      : `${counted(line.points, "point")}.`,
    line.error && "The band is one standard error to either side.",
    !line.error &&
      line.scatter !== null &&
      line.stroke !== "dashed" &&
      `The band is the scatter of single values, ± ${number(line.scatter)}.`,
  ]
    .filter(Boolean)
    .join(" ");
}
