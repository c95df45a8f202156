"""Patience: when a diagnosis has stood for long enough to stop a training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from curvewise.discovery import installed_names
from curvewise.errors import UsageError
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.report import Report
from curvewise.plugin import diagnoses
from curvewise.text import listed, suggestion

EVALUATIONS = {"high": 2, "moderate": 3, "low": 5}
"""Evaluations in a row at which a diagnosis must stand, by how certain it is: noise does not last."""
REPORTS = 3
"""Reports in a row, where the judge does not see each evaluation, that are enough: one between may differ."""
BROKEN = "broken"
"""The diagnosis that needs no evaluation: a number that is none stays so."""
NOISES = 2.0
"""Standard deviations of the noise within which two losses are as low as each other."""
VALIDATION = ("full_valid", "valid")
"""What the metrics of an evaluation begin with."""


def known_names(names: str | Iterable[str]) -> frozenset[str]:
    """Return the names of diagnoses; one that there is not is refused with the nearest.

    A finding that stands alone is a diagnosis by the name of its check, so these are taken, too.

    Raises
    ------
    UsageError
        If there is no such diagnosis.

    Examples
    --------
    >>> sorted(known_names("overfit"))
    ['overfit']
    """
    wanted = [names] if isinstance(names, str) else list(names)
    known = [*installed_names("diagnoses"), *installed_names("checks")]
    for name in wanted:
        if name not in known:
            otherwise = f"such as {listed(['overfit', 'diverged', 'broken', 'reward_hacking'], 'or')}"
            hint = suggestion(name, known, otherwise)
            raise UsageError(f"there is no diagnosis {name!r}", hint=hint)
    return frozenset(wanted)


class Patience:
    """Waits until one of some diagnoses has stood at several evaluations in a row.

    Parameters
    ----------
    stop_on
        Names of diagnoses.
    evaluations
        How many evaluations; None: 2, 3 or 5, as the diagnosis is of high, moderate or low certainty.
    """

    def __init__(self, stop_on: str | Iterable[str], evaluations: int | None = None) -> None:
        if evaluations is not None and evaluations < 1:
            raise UsageError(f"the patience is {evaluations}", hint="wait for 1 evaluation or more")
        self._names, self._evaluations = known_names(stop_on), evaluations
        self._stood: dict[str, tuple[int, int]] = {}  # evaluations when a diagnosis came, and its reports

    def ends(self, report: Report) -> Diagnosis | None:
        """Return the diagnosis that is reason to stop now, or None.

        It counts as soon as it can be told, also where another one is worse. A validation loss that was at
        its best a moment ago speaks against any, but that numbers are none.
        """
        done, stood = evaluations(report), self._stood
        self._stood = {}
        for story in self._told(report):
            since, reports = stood.get(story.name, (done, 0))
            self._stood[story.name] = since, reports + 1
            wanted = self._evaluations or EVALUATIONS[story.certainty]
            lasts = done - since + 1 >= wanted
            if story.name != BROKEN:
                lasts = lasts and reports + 1 >= min(wanted, REPORTS) and _since_best(report) >= wanted
            if lasts:
                return story
        return None

    def _told(self, report: Report) -> Iterator[Diagnosis]:
        """Give those of the diagnoses that a report allows to tell."""
        known, alone = diagnoses(), {story.name: story for story in (report.diagnosis, *report.also)}
        for name in sorted(self._names):
            story = known[name](report) if name in known else alone.get(name)
            if story is not None and story.severity in ("problem", "warning"):
                yield story


def evaluations(report: Report) -> int:
    """Return how many evaluations there were, or logged steps, where nothing is evaluated."""
    counts = report.run.metrics
    validated = [count for metric, count in counts.items() if metric.startswith(VALIDATION)]
    return max(validated or counts.values(), default=0)


def _since_best(report: Report) -> float:
    """Return the evaluations since the lowest validation loss; any number where there is no such loss.

    It is 0 where the last loss is as low but for noise.
    """
    losses = [curve for name, curve in report.curves.items() if _is_loss(name) and curve.points > 1]
    if not losses or report.run.kind == "rft":
        return math.inf
    curve = max(losses, key=lambda each: each.points)
    finite = [value if math.isfinite(value) else math.inf for value in curve.value]
    lowest = min(finite)
    if curve.noise is not None and finite[-1] - lowest <= NOISES * curve.noise:
        return 0
    return len(finite) - 1 - finite.index(lowest)


def _is_loss(name: str) -> bool:
    return name.split("/")[0] in ("full_valid_loss", "valid_loss")
