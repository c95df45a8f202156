/** The JSON of a comparison of runs. */
import type { Better, Curve, Existence, Figure, JsonNumber, Note, Verdict } from "./report";

export interface ComparedRun {
  name: string;
  source: string;
  kind: string;
  status: string | null;
  base_model: string | null;
  verdict: Verdict;
  headline: string;
  /** Absent in comparisons of earlier versions, as is `severity`. */
  diagnosis?: string;
  severity?: Verdict | null;
  metric: string | null;
  best_value: JsonNumber | null;
  best_error: JsonNumber | null;
  best_step: number | null;
  best_epoch: JsonNumber | null;
  best_model: string | null;
  best_existence: Existence | null;
  final_value: JsonNumber | null;
  final_step: number | null;
  ratio: JsonNumber | null;
  band: string | null;
  overfit: "yes" | "no" | "cannot say" | null;
  steps: number | null;
  epochs: JsonNumber | null;
  tokens: JsonNumber | null;
  tokens_per_rollout: JsonNumber | null;
  score: JsonNumber | null;
  score_error?: JsonNumber | null;
  probability?: JsonNumber | null;
  steps_per_epoch: JsonNumber | null;
  curves: Record<string, Curve>;
}

export interface Comparison {
  schema_version: number;
  version: string;
  headline: string;
  runs: ComparedRun[];
  winner: number | null;
  tied: number[];
  by: string | null;
  better: Better;
  reason: string;
  differences: { name: string; values: (string | null)[] }[];
  sorted_by: string;
  figures: Figure[];
  notes: Note[];
}
