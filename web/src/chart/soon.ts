/** Drawing once however often it is asked for: what the reader sees at the next frame, the rest after it. */

/** Pixels around the window that count as seen. */
const MARGIN = "200px";

/**
 * A function that asks for a drawing.
 *
 * @param element what is drawn in: it tells whether the reader sees it
 */
export function soon(element: Element, draw: () => void, life: AbortSignal): () => void {
  let seen = true;
  let asked = false;
  const run = () => {
    if (!asked) return;
    asked = false;
    if (!life.aborted) draw();
  };
  const sight = new IntersectionObserver(
    (entries) => {
      seen = entries[entries.length - 1].isIntersecting;
      if (seen) run();
    },
    { rootMargin: MARGIN },
  );
  sight.observe(element);
  life.addEventListener("abort", () => sight.disconnect());
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => (seen ? run() : setTimeout(run)));
  };
}
