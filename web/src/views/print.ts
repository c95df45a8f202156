/** On paper nothing can be opened: what is folded is opened for printing, and folded again. */

/** Long explanations stay folded. */
const FOLDED = ".rest, .numbers details, .quiet details";

export function openForPrint(): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>(`details:is(${FOLDED}):not([open], .why)`)];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });
}
