/** What the page shows: read from the JSON that is embedded in it. */
import type { Comparison } from "./comparison";
import type { Decision } from "./decision";
import type { Report } from "./report";

export interface Source {
  reports: Report[];
  comparison: Comparison | null;
  decision?: Decision;
}

/** The version of reports, comparisons and decisions that this page understands. */
export const SCHEMA_VERSION = 2;

/** Something that the reader of the page should be told instead of a report. */
export class SourceError extends Error {}

/**
 * Understand one report, several, a comparison, one with the reports of its runs, or a decision.
 *
 * @throws SourceError if it is none of them, or of a later version.
 */
export function understand(json: unknown): Source {
  if (Array.isArray(json)) {
    if (!json.length) throw new SourceError("This page holds no report.");
    return { reports: json.map(report), comparison: null };
  }
  if (isObject(json) && "comparison" in json) {
    return { reports: list(json.reports).map(report), comparison: comparison(json.comparison) };
  }
  if (isObject(json) && "runs" in json) return { reports: [], comparison: comparison(json) };
  if (isObject(json) && "standings" in json) {
    requireVersion(json);
    return { reports: [], comparison: null, decision: json as unknown as Decision };
  }
  return { reports: [report(json)], comparison: null };
}

function report(json: unknown): Report {
  if (!isObject(json) || !("findings" in json)) throw new SourceError("This page holds no curvewise report.");
  requireVersion(json);
  return json as unknown as Report;
}

function comparison(json: unknown): Comparison {
  if (!isObject(json) || !("runs" in json)) throw new SourceError("This page holds no comparison.");
  requireVersion(json);
  return json as unknown as Comparison;
}

function requireVersion(json: Record<string, unknown>): void {
  const found = json.schema_version;
  if (typeof found !== "number") throw new SourceError("The data has no schema_version.");
  if (found > SCHEMA_VERSION) {
    throw new SourceError(
      `The data has schema version ${found}; this page understands up to ${SCHEMA_VERSION}. Update curvewise.`,
    );
  }
}

function list(json: unknown): unknown[] {
  return Array.isArray(json) ? json : [];
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
