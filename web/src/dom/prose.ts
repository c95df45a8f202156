/** A text from a report, in which what stands between backticks is code. */
import { shown } from "../text/format";
import { h } from "./element";

export function prose(text: string, longest?: number): DocumentFragment {
  const fragment = new DocumentFragment();
  shown(text, longest)
    .split("`")
    .forEach((part, i, parts) => {
      const closed = i < parts.length - 1;
      if (i % 2 && closed) fragment.append(h("code", {}, part));
      else fragment.append(i % 2 ? `\`${part}` : part);
    });
  return fragment;
}
