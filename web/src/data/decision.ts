/** The JSON of a decision between evaluated contenders, as `schema/` describes it. */
import type { JsonNumber, Note } from "./report";

export type Interval = [JsonNumber, JsonNumber];

export interface Standing {
  name: string;
  model: string | null;
  step: number | null;
  role: string;
  accuracy: JsonNumber | null;
  accuracy_interval: Interval | null;
  samples: number;
  failures: number;
  tokens: JsonNumber | null;
  tokens_interval: Interval | null;
  cost: JsonNumber | null;
  probability_best: JsonNumber | null;
  on_pareto_front: boolean | null;
  error: string;
}

export interface Pair {
  first: string;
  second: string;
  difference: JsonNumber;
  interval: Interval;
  p_value: JsonNumber;
  verdict: "better" | "worse" | "equivalent" | "cannot tell";
  samples: number;
  samples_needed: number | null;
}

export interface Decision {
  schema_version: number;
  version: string;
  headline: string;
  run: string;
  task: string;
  metric: string;
  margin: JsonNumber;
  standings: Standing[];
  pairs: Pair[];
  winner: string | null;
  tied: string[];
  next_step: string;
  reason: string;
  currency: string | null;
  methods: string[];
  notes: Note[];
}
