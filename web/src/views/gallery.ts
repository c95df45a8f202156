/** Charts that share a view: the first large, the others small beside each other until they are clicked. */
import { makeChart } from "../chart/chart";
import type { ChartModel } from "../chart/model";
import { h } from "../dom/element";
import type { View } from "../state/view";

/** A chart is as tall as its news: a large one, a small one that has some, the others. */
const HEIGHTS = { large: 300, news: 164, calm: 124 };
/** The first chart ends with the first screen, if these heights allow. */
const FIRST = { least: 220, most: 400, below: 12 };

export class Gallery {
  private models: ChartModel[] = [];
  private readonly large = new Set<string>();
  private readonly slots = new Map<string, HTMLElement>();
  private readonly lives = new Map<string, AbortController>();

  /** Draw what `made` gives by step, epoch and so on, until `life` ends; `news` are those that a finding speaks of. */
  constructor(
    made: (unit: string) => ChartModel[],
    private readonly view: View,
    private readonly life: AbortSignal,
    private readonly news: (model: ChartModel) => boolean = () => true,
  ) {
    view.unit.watch(life, (unit) => {
      this.models = made(unit);
      for (const model of this.models) this.draw(model);
    });
  }

  get all(): readonly ChartModel[] {
    return this.models;
  }

  /** The places of some charts. */
  of(models: readonly ChartModel[]): HTMLElement[] {
    return models.flatMap(({ name }) => this.slots.get(name) ?? []);
  }

  /** Make a chart large, open what it is folded in, and give its place. */
  reveal(model: ChartModel): HTMLElement | undefined {
    const slot = this.slots.get(model.name);
    const fold = slot?.closest("details");
    if (fold) fold.open = true;
    if (!this.isLarge(model)) {
      this.large.add(model.name);
      this.draw(model);
    }
    return slot;
  }

  private isLarge(model: ChartModel): boolean {
    return model.name === this.models[0].name || this.large.has(model.name);
  }

  private draw(model: ChartModel): void {
    const slot = this.slots.get(model.name) ?? h("div", { class: "slot" });
    const own = new AbortController();
    this.slots.set(model.name, slot);
    this.lives.get(model.name)?.abort();
    this.lives.set(model.name, own);
    this.life.addEventListener("abort", () => own.abort(), { signal: own.signal });
    const first = model.name === this.models[0].name;
    const large = this.isLarge(model);
    const still = HEIGHTS[large ? "large" : this.news(model) ? "news" : "calm"];
    const resize = () => {
      if (!this.large.delete(model.name)) this.large.add(model.name);
      this.draw(model);
      slot.querySelector<HTMLElement>(".resize")?.focus();
    };
    slot.classList.toggle("large", large);
    slot.replaceChildren(
      makeChart(model, this.view, own.signal, {
        layout: large ? "full" : "small",
        height: () => (first ? fitting(slot.querySelector(".plot")) : still),
        ...(first ? {} : { resize }),
      }),
    );
  }
}

/** The height that ends a chart with the first screen; a narrow one is lower. */
function fitting(plot: Element | null): number {
  if (!plot) return FIRST.least;
  const top = plot.getBoundingClientRect().top + scrollY;
  const most = Math.min(FIRST.most, 0.65 * plot.clientWidth);
  return Math.max(FIRST.least, Math.min(most, innerHeight - top - FIRST.below));
}
