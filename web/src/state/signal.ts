/** A value that others watch. */
export class Signal<T> {
  private readonly watchers = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set value(next: T) {
    if (Object.is(next, this.current)) return;
    this.current = next;
    for (const watcher of [...this.watchers]) watcher(next);
  }

  /** Call a function now and at each change, until `life` ends. */
  watch(life: AbortSignal, watcher: (value: T) => void): void {
    this.onChange(life, watcher);
    watcher(this.current);
  }

  /** Call a function at each change, until `life` ends. */
  onChange(life: AbortSignal, watcher: (value: T) => void): void {
    this.watchers.add(watcher);
    life.addEventListener("abort", () => this.watchers.delete(watcher), { once: true });
  }
}
