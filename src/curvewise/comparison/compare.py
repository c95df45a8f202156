"""The verb that compares: several reports side by side, and which run to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from curvewise.comparison.best_run import BestRun, find_best_run
from curvewise.comparison.limits import (
    limits,
    order_of_scores,
    problems_of_winner,
    same_data_assumed,
    unjudged,
    weak_basis,
)
from curvewise.comparison.overlays import overlays
from curvewise.comparison.rows import Entry, entries, matched
from curvewise.comparison.score_file import Score
from curvewise.comparison.settings import differences
from curvewise.errors import UsageError
from curvewise.model.comparison import ComparedRun, Comparison
from curvewise.model.report import Curve, Report
from curvewise.version import VERSION

GIVEN = "given"
SORTS = (GIVEN, "name", "score", "best", "final", "ratio", "steps", "epochs", "tokens")
"""Columns to sort by; the best comes first, and what is not known last."""


def compare(
    reports: Sequence[Report],
    *,
    scores: Mapping[str, float | Score] | None = None,
    sort: str | None = None,
) -> Comparison:
    """Lay runs side by side, and say which to take as far as the noise allows.

    Of each run the best checkpoint counts, not the last one. Where evaluation scores are given they
    decide, since a lower validation loss is not always a higher score; else the validation loss, or the
    validation reward. Runs whose best values the noise cannot tell apart with 90 % are tied. There is no
    winner by a figure that means another thing in each run: another kind, another metric, another
    validation set, or a loss per token of another model. A run whose diagnosis says that nothing is to be
    deployed never wins.

    Parameters
    ----------
    reports
        Two or more, of runs just judged or read back from JSON.
    scores
        Of an evaluation on the real task, higher is better, for every run: by its name, its source or its id.
    sort
        ``given``, ``name``, ``score``, ``best``, ``final``, ``ratio``, ``steps``, ``epochs`` or ``tokens``.
        When None: what decides, or as given when nothing does.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        If there are fewer than two reports, or others than reports, a score has no run or a run has no
        score, or nothing can be sorted by that column.

    Examples
    --------
    >>> import curvewise as cw
    >>> from curvewise.testing import make_run
    >>> short = make_run(name="short", full_valid_loss=[1.0, 0.91, 0.90], train_loss=[1.0, 0.9, 0.8])
    >>> long = make_run(name="long", full_valid_loss=[1.0, 0.7, 0.60], train_loss=[1.0, 0.7, 0.6])
    >>> print(compare([cw.analyze(short), cw.analyze(long)]).headline)
    Take long: validation loss 0.6 at step 3, against 0.9 of short.
    """
    if len(reports) < 2:
        raise UsageError("a comparison takes at least two runs", hint="name a second one")
    if not all(isinstance(each, Report) for each in reports):
        raise UsageError("a comparison takes reports", hint="judge each run first: `curvewise.analyze(run)`")
    if sort is not None and sort not in SORTS:
        raise UsageError(f"runs cannot be sorted by {sort!r}", hint=f"expected one of {', '.join(SORTS)}")
    compared = entries(reports)
    if scores is not None:
        known = matched(scores, compared)
        compared = [entry.scored(score) for entry, score in zip(compared, known, strict=True)]
    obstacles = limits(compared)
    by_score = scores is not None
    usual = "score" if by_score else GIVEN if obstacles else "best"
    compared = _sorted(compared, usual if sort is None else sort)
    best = find_best_run(compared, obstacles, by_score=by_score)
    notes = [*obstacles, *unjudged(compared, by_score=by_score)]
    notes += [] if obstacles or by_score else [*weak_basis(compared), *same_data_assumed(compared)]
    notes += order_of_scores(compared) if by_score else []
    notes += problems_of_winner(compared, best.winner)
    figures, curves = overlays([entry.report for entry in compared])
    return Comparison(
        version=VERSION,
        headline=best.headline,
        runs=tuple(
            _row(entry, best, index, own)
            for index, (entry, own) in enumerate(zip(compared, curves, strict=True))
        ),
        winner=best.winner,
        tied=best.tied,
        by=best.by,
        better=best.better,
        reason=best.reason,
        differences=differences(compared),
        sorted_by=usual if sort is None else sort,
        figures=figures,
        notes=tuple(notes),
    )


def _row(entry: Entry, best: BestRun, index: int, curves: Mapping[str, Curve]) -> ComparedRun:
    return msgspec.structs.replace(entry.row, probability=best.probabilities[index], curves=curves)


def _sorted(compared: list[Entry], column: str) -> list[Entry]:
    if column == GIVEN:
        return compared
    return sorted(compared, key=lambda entry: entry.rank(column))
