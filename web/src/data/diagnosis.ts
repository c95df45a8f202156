/** The story of a report; for one of schema version 1, told from its headline, its findings and its choice. */
import { type Diagnosis, type Report, type Use, verdictOf } from "./report";

/** A diagnosis, or what stands in for it: then it has no name and no certainty. */
export type Story = Omit<Diagnosis, "certainty"> & { certainty: Diagnosis["certainty"] | null };

export function storyOf(report: Report): Story {
  if (report.diagnosis && report.schema_version > 1) return report.diagnosis;
  const verdict = verdictOf(report);
  const wrong = report.findings.filter((finding) => finding.status === verdict && verdict !== "ok");
  return {
    name: "",
    severity: verdict === "crashed" ? "unknown" : verdict,
    certainty: null,
    summary: report.headline,
    since: null,
    metric: report.selection.best?.metric ?? "",
    use: chosen(report),
    next: wrong.map((finding) => finding.advice).slice(0, 1),
    unknown: "",
    findings: wrong.map((finding) => finding.check),
  };
}

function chosen({ selection: { best, tied, table, reason } }: Report): Use | null {
  if (!best) return null;
  const epoch = table.find((row) => row.step === best.step)?.epoch ?? null;
  const saved = best.existence === "exists" ? "yes" : "unknown";
  return { step: best.step, epoch, model: best.model, tied: tied.length, saved, why: reason };
}
