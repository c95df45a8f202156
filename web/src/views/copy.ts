/** A button that copies a text. */
import { button, h } from "../dom/element";
import { shown } from "../text/format";

/** How long the button says that it is done. */
const SAID = 2000;

/** A foreign text as it is copied: whole, but with no hidden characters. */
export function copyButton(text: string, what: string): HTMLElement {
  const plain = shown(text, text.length);
  const said = h("span", { class: "said", role: "status" });
  const copy = button(
    "Copy",
    async () => {
      const done = await copyText(plain);
      said.textContent = done ? "Copied" : "Select the name and copy it";
      setTimeout(() => {
        said.textContent = "";
      }, SAID);
    },
    { class: "copy", "aria-label": `Copy ${what}` },
  );
  return h("span", { class: "copying" }, copy, said);
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For browsers that give a page opened from disk no clipboard. */
function copyBySelection(text: string): boolean {
  const field = h("textarea", { class: "offscreen", readonly: true, "aria-hidden": "true", tabindex: -1 });
  const focused = document.activeElement;
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
