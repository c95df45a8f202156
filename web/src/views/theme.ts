/** Light or dark: as the system has it until the reader chooses. */
import { button } from "../dom/element";

const KEY = "curvewise-theme";
type Theme = "light" | "dark";

export function themeButton(): HTMLElement {
  const root = document.documentElement;
  const saved = remembered();
  if (saved) root.dataset.theme = saved;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const current = (): Theme =>
    (root.dataset.theme as Theme | undefined) ?? (system.matches ? "dark" : "light");
  const label = () => (current() === "dark" ? "Light" : "Dark");
  const toggle = button(
    label(),
    () => {
      const next = current() === "dark" ? "light" : "dark";
      root.dataset.theme = next;
      remember(next);
      toggle.textContent = label();
    },
    { class: "theme", title: "Change between light and dark" },
  );
  system.addEventListener("change", () => {
    toggle.textContent = label();
  });
  return toggle;
}

/** A page opened from disk may have no storage. */
function remembered(): Theme | null {
  try {
    const saved = localStorage.getItem(KEY);
    return saved === "light" || saved === "dark" ? saved : null;
  } catch {
    return null;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // the choice holds for as long as the page is open
  }
}
