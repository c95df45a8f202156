/** On paper nothing can be opened: what is folded is opened for printing, and folded again. */

/** Long explanations stay folded, and so does what does not apply. */
const FOLDED = ".row, .fold:not(.not_applicable, .profile), .quiet details:not(.why)";

export function openForPrint(): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>(FOLDED)) {
      if (details.open) continue;
      details.open = true;
      opened.push(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });
}
