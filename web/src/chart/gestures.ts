/** Pointer, wheel and keys on a chart, turned into what the reader wants. */

export interface Wishes {
  /** Point at a pixel, or away. */
  point(pixel: number | null): void;
  /** Mark the pixels that a drag has covered so far, or none. */
  drag(from: number, to: number): void;
  dragEnd(): void;
  /** Click without a drag. */
  press(): void;
  /** Zoom to these pixels. */
  select(from: number, to: number): void;
  /** Zoom by a factor about a pixel, or about where the reader points. */
  zoom(factor: number, pixel: number | null): void;
  reset(): void;
  /** Step the cursor to the next point, or by a tenth of the axis, or to an end. */
  move(by: "point" | "page" | "end", direction: 1 | -1): void;
}

/** A drag shorter than this is a click. */
const SHORTEST_DRAG = 6;
export const ZOOM_STEP = 0.6;

export function listen(element: HTMLElement, wishes: Wishes, life: AbortSignal): void {
  let from: number | null = null;
  let dragged = false;
  const pixel = (event: MouseEvent) => event.clientX - element.getBoundingClientRect().left;
  const on = <Name extends keyof HTMLElementEventMap>(
    name: Name,
    action: (event: HTMLElementEventMap[Name]) => void,
    passive = true,
  ) => element.addEventListener(name, action, { signal: life, passive });

  on("pointerdown", (event) => {
    dragged = false;
    wishes.point(pixel(event));
    if (event.button !== 0 || event.pointerType === "touch") return;
    from = pixel(event);
    element.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    wishes.point(pixel(event));
    if (from !== null && Math.abs(pixel(event) - from) >= SHORTEST_DRAG) wishes.drag(from, pixel(event));
  });
  const drop = (event: PointerEvent, done: boolean) => {
    if (from === null) return;
    wishes.dragEnd();
    dragged = Math.abs(pixel(event) - from) >= SHORTEST_DRAG;
    if (done && dragged) wishes.select(from, pixel(event));
    from = null;
  };
  on("pointerup", (event) => drop(event, true));
  on("pointercancel", (event) => drop(event, false));
  on("pointerleave", (event) => event.pointerType !== "touch" && from === null && wishes.point(null));
  on("click", () => dragged || wishes.press());
  on("dblclick", () => wishes.reset());
  on(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      wishes.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), pixel(event));
    },
    false,
  );
  on("keydown", (event) => onKey(event, wishes), false);
}

function onKey(event: KeyboardEvent, wishes: Wishes): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const actions: Record<string, () => void> = {
    ArrowRight: () => wishes.move("point", 1),
    ArrowUp: () => wishes.move("point", 1),
    ArrowLeft: () => wishes.move("point", -1),
    ArrowDown: () => wishes.move("point", -1),
    PageUp: () => wishes.move("page", 1),
    PageDown: () => wishes.move("page", -1),
    End: () => wishes.move("end", 1),
    Home: () => wishes.move("end", -1),
    "+": () => wishes.zoom(ZOOM_STEP, null),
    "=": () => wishes.zoom(ZOOM_STEP, null),
    "-": () => wishes.zoom(1 / ZOOM_STEP, null),
    Escape: () => wishes.reset(),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
