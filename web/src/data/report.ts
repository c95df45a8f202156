/** The JSON of a report, as `schema/report-2.json` describes it. */

import type { Range } from "../math/range";

/** JSON has no NaN and no infinity: they are written as strings. Read with `Number()`. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export type Status = "ok" | "warning" | "problem" | "unknown" | "not_applicable" | "crashed";
export type Verdict = "crashed" | "problem" | "warning" | "ok" | "unknown";
export type Existence = "exists" | "gone" | "unknown";
export type Split = "train" | "valid" | "other";
export type Emphasis = "judged" | "raw" | "as logged";
export type Better = "lower" | "higher" | null;

export interface Curve {
  step: number[];
  value: JsonNumber[];
  points: number;
  standard_error?: JsonNumber[] | null;
  noise?: JsonNumber | null;
}

export interface Line {
  curve: string;
  label: string;
  split: Split;
  emphasis: Emphasis;
  meaning: string;
}

export interface Band {
  label: string;
  level: number;
  low: number | null;
  high: number | null;
}

export interface Figure {
  name: string;
  title: string;
  unit: string;
  better: Better;
  lines: Line[];
  bands: Band[];
  axis?: Range | null;
}

export interface Evidence {
  label: string;
  value: JsonNumber;
  metric: string;
  limit: JsonNumber | null;
  interval: [JsonNumber, JsonNumber] | null;
  first_step: number | null;
  last_step: number | null;
  points: number;
}

export interface Finding {
  check: string;
  status: Status;
  summary: string;
  evidence: Evidence[];
  advice: string;
  confidence: JsonNumber | null;
  reason: string;
}

export interface Pick {
  step: number;
  model: string | null;
  existence: Existence;
  metric: string;
  value: JsonNumber | null;
  role: "best" | "peak" | "final" | "mid" | "efficient";
  why: string;
  /** Absent in reports of earlier versions. */
  worse?: boolean;
  standard_error: JsonNumber | null;
  probability: JsonNumber | null;
}

export interface Row {
  step: number;
  epoch: JsonNumber | null;
  model: string | null;
  existence: Existence;
  values: Record<string, JsonNumber | string | null>;
}

export interface Selection {
  best: Pick | null;
  tied: Pick[];
  candidates: Pick[];
  /** Absent in reports of earlier versions. */
  gone?: number | null;
  pareto: number[];
  columns: string[];
  table: Row[];
  reason: string;
}

export interface Run {
  id: string;
  name: string;
  kind: string;
  source: string;
  formats: string[];
  status: string | null;
  base_model: string | null;
  final_model: string | null;
  first_step: number | null;
  last_step: number | null;
  planned_steps: number | null;
  epochs: JsonNumber | null;
  validation_examples: number | null;
  metrics: Record<string, number>;
  checkpoints: number | null;
  steps_per_epoch?: JsonNumber | null;
  tokens?: JsonNumber | null;
  hyperparameters?: Record<string, string | number | boolean | null>;
}

export interface Note {
  code: string;
  text: string;
}

export interface Diagnosis {
  name: string;
  severity: "ok" | "warning" | "problem" | "unknown";
  certainty: "high" | "moderate" | "low";
  summary: string;
  since: { step: number; epoch: JsonNumber | null } | null;
  metric: string;
  use: Use | null;
  /** Absent in reports of earlier versions. */
  deploy?: boolean;
  next: string[];
  unknown: string;
  findings: string[];
}

export interface Use {
  step: number;
  epoch: JsonNumber | null;
  model: string | null;
  tied: number;
  saved: "yes" | "probably" | "no" | "unknown";
  why: string;
}

export interface Report {
  schema_version: number;
  version: string;
  headline: string;
  /** Without meaning in reports of schema version 1. */
  diagnosis?: Diagnosis;
  also?: Diagnosis[];
  run: Run;
  findings: Finding[];
  selection: Selection;
  curves: Record<string, Curve>;
  profile: Record<string, Record<string, unknown>>;
  notes: Note[];
  figures?: Figure[];
  about?: Record<string, { title: string; why: string }>;
}

const URGENCY: Verdict[] = ["crashed", "problem", "warning", "ok"];

/** The most urgent verdict; `ok` when all that could judge are content, else `unknown`. */
export function verdictOf(report: Report): Verdict {
  return URGENCY.find((status) => report.findings.some((finding) => finding.status === status)) ?? "unknown";
}
