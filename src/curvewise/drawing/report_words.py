"""Words and numbers that several formats share."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.model.finding import Evidence, Finding
from curvewise.model.report import Report
from curvewise.model.selection import Pick, Selection
from curvewise.numbers import certainty, significant
from curvewise.text import first_sentence, in_sentence, printable

SHOWN_EVIDENCE = 8
"""Numbers of one finding that a text shows; the JSON report has them all."""
SHOWN_ROWS = 16
"""Rows that a text shows of a long checkpoint table; the others are counted."""
SAVED = {
    "yes": "saved for certain",
    "probably": "probably saved",
    "no": "not saved",
    "unknown": "take it if you kept it",
}
"""What is said of whether a checkpoint is there."""
LEAST_ODDS = 0.1
"""Probability of being the best below which it is not stated."""
ROLES = {
    "best": "best",
    "peak": "peak reward",
    "final": "final",
    "mid": "mid-training",
    "efficient": "efficient",
}

BETTER = "better"
"""What is said of a step that was better than the best and has no checkpoint."""


def run_name(report: Report) -> str:
    """Return the name of the run of a report."""
    return report.run.name or report.run.source or "run"


def used(report: Report) -> str:
    """Say without a full stop which checkpoint to use, if it is saved, and why; its name stands apart."""
    use = report.diagnosis.use
    if use is None:
        choice = "no choice" if report.diagnosis.deploy else "nothing"
        return f"{choice}: {in_sentence(first_sentence(report.selection.reason))}".removesuffix(".")
    epoch = "" if use.epoch is None else f" (epoch {use.epoch:.3g})"
    tie = f", tied with {use.tied:,} other{'s' if use.tied > 1 else ''}" if use.tied else ""
    return f"step {use.step:,}{epoch}{tie}; {SAVED[use.saved]}; {first_sentence(use.why)}".removesuffix(".")


def counted(report: Report) -> str:
    """Say how many checks passed, and how many could not judge.

    No all-clear goes without the number of checks that it rests on.
    """
    passed, silent = len(report.with_status("ok")), len(report.with_status("unknown", "crashed"))
    checks = f"{passed} check{'' if passed == 1 else 's'} passed"
    return f"{checks}, {silent} could not judge" if silent else checks


def evidence_lines(finding: Finding) -> Iterator[str]:
    """Yield a line for each number of a finding, the first ones of many, and how many more there are."""
    metrics: dict[str, set[str]] = {}
    for evidence in finding.evidence:
        metrics.setdefault(evidence.label, set()).add(evidence.metric)
    for evidence in finding.evidence[:SHOWN_EVIDENCE]:
        yield evidence_line(evidence, with_metric=len(metrics[evidence.label]) > 1)
    if (hidden := len(finding.evidence) - SHOWN_EVIDENCE) > 0:
        yield f"and {hidden:,} more in --format json"


def evidence_line(evidence: Evidence, *, with_metric: bool) -> str:
    """Write one number, what it was compared with and what it rests on."""
    metric = f" ({printable(evidence.metric, 60)})" if with_metric else ""
    parts = [f"{printable(evidence.label, 90)}{metric} {significant(evidence.value)}"]
    if evidence.interval is not None:
        parts.append(f"[{significant(evidence.interval[0])} to {significant(evidence.interval[1])}]")
    if evidence.limit is not None:
        parts.append(f"(limit {significant(evidence.limit)})")
    first, last = evidence.first_step, evidence.last_step
    if evidence.points > 1:
        parts.append(f"over {evidence.points:,} points")
    if first is not None and last is not None and first != last:
        parts.append(f"from step {first:,} to {last:,}")
    elif first is not None and "step" not in evidence.label:
        parts.append(f"at step {first:,}")
    return " ".join(parts)


def marks(selection: Selection) -> dict[int, str]:
    """Return what the selection says of each step that it speaks of."""
    roles: dict[int, list[str]] = {}
    if selection.best is not None:
        roles.setdefault(selection.best.step, []).append("best")
    for pick in selection.tied:
        roles.setdefault(pick.step, []).append("tied")
    for pick in selection.candidates:
        roles.setdefault(pick.step, []).append(pick.role)
    if selection.gone is not None:
        roles.setdefault(selection.gone, []).append(BETTER)
    return {step: ", ".join(dict.fromkeys(names)) for step, names in roles.items()}


def shown_rows(selection: Selection) -> list[int]:
    """Pick the rows to show: the marked ones, the ends, and others evenly between them.

    Of very many ties only those are shown that lie among the others.
    """
    count, marked = len(selection.table), marks(selection)
    if len(marked) > 2 * SHOWN_ROWS:
        marked = {step: mark for step, mark in marked.items() if mark != "tied"}
    if count <= SHOWN_ROWS:
        return list(range(count))
    kept = {round(index * (count - 1) / (SHOWN_ROWS - 1)) for index in range(SHOWN_ROWS)}
    return sorted(kept | {index for index, row in enumerate(selection.table) if row.step in marked})


def probability(pick: Pick) -> str:
    """Write the probability of a checkpoint to be the best, in brackets; a small one is no claim."""
    told = pick.probability is not None and pick.probability >= LEAST_ODDS
    return f" ({certainty(pick.probability)})" if told and pick.probability is not None else ""
