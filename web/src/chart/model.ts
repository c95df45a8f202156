/** What a chart is given to draw; it knows neither reports nor comparisons. */
import type { Band, Better } from "../data/report";
import type { Range } from "../math/range";

/** What tells lines apart beside their colour. */
export type Marker = "circle" | "square" | "triangle" | "diamond" | "down" | "cross";
export type Stroke = "solid" | "thin" | "dashed";

export interface ChartLine {
  /** Unique within the chart: the name of the curve. */
  readonly key: string;
  readonly label: string;
  readonly meaning: string;
  /** CSS class that gives the colour: train, valid, other, or run-0 and so on. */
  readonly tone: string;
  readonly marker: Marker;
  readonly stroke: Stroke;
  /** Whether to lay a smoothed course over it. */
  readonly smooth: boolean;
  /** Whether another line says the same better, so that its smoothed course stays in the background. */
  readonly minor: boolean;
  /** Whether it stands back, without a place in the legend and the readout: one of many runs. */
  readonly quiet: boolean;
  /** In the axis' unit, increasing. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Standard error of each value. */
  readonly error: Float64Array | null;
  /** Standard deviation of single values about a smooth course. */
  readonly scatter: number | null;
  /** Where the best checkpoint of this line's run stands, if the chart has lines of several runs. */
  readonly best: number | null;
  /** How many points there were before thinning. */
  readonly points: number;
}

export type MarkKind = "best" | "tied" | "candidate" | "existing" | "gone" | "evaluated";

/** A checkpoint. */
export interface Mark {
  readonly x: number;
  readonly kind: MarkKind;
  readonly label: string;
}

/** Where a diagnosis says that the harm begins. */
export interface Onset {
  readonly x: number;
  /** The curve that tells the harm. */
  readonly metric: string | null;
  /** Such as "overfit from step 91". */
  readonly label: string;
}

export interface ChartModel {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly better: Better;
  readonly lines: readonly ChartLine[];
  readonly bands: readonly Band[];
  /** The values to show of the whole run; null where the report does not say. */
  readonly limits: Range | null;
  readonly marks: readonly Mark[];
  readonly onset: Onset | null;
  /** Ends of epochs, where the axis counts something else. */
  readonly epochs: readonly { readonly x: number; readonly label: string }[];
  /** The whole x axis; the same for all charts of a page. */
  readonly domain: readonly [number, number];
  readonly axis: string;
  /** What to call a place on the x axis. */
  readonly place: (x: number) => string;
  /** From training steps to the axis' unit. */
  readonly fromStep: (step: number) => number;
}
