"""One line of a comparison, taken from a report."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Literal

import msgspec
import numpy as np

from curvewise.comparison.score_file import Score
from curvewise.derived.figures import LOSS_RATIO, ROTATION_MEAN
from curvewise.derived.ratio import band
from curvewise.derived.validation import ASSUMED_NOISE, AVERAGED_MINIBATCHES, MINIBATCH
from curvewise.errors import UsageError
from curvewise.model.comparison import ComparedRun
from curvewise.model.finding import Status
from curvewise.model.report import Curve, Report
from curvewise.text import shortened

TOKENS = "completion_tokens_mean"
RATIO_COLUMN = "overfitting_ratio"
LONGEST_NAME = 80
"""Characters of the name of a run in a sentence."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a comparison with what the comparison does not show."""

    report: Report  # what is known of the run
    row: ComparedRun  # its line; the curves and the probability are filled in at the end
    error: float | None  # standard error of its best value, measured or assumed; None without a best value
    assumed: bool  # whether nothing measures that error

    @property
    def called(self) -> str:
        """Its name in a sentence; a longer one would hide the rest of it."""
        return shortened(self.row.name, LONGEST_NAME)

    def scored(self, score: Score) -> Entry:
        """Return the run with its score."""
        row = msgspec.structs.replace(self.row, score=score.value, score_error=score.standard_error)
        return msgspec.structs.replace(self, row=row)

    @property
    def judged(self) -> bool:
        """Whether the run has a best value, and a checkpoint of it may be deployed."""
        value = self.row.best_value
        return self.row.deploy and value is not None and math.isfinite(value)

    @property
    def higher_is_better(self) -> bool:
        """Whether more of its metric is better: of a reward, and of most metrics of the task."""
        best = self.report.selection.best
        return self.row.kind == "rft" or (best is not None and best.better == "higher")

    def rank(self, column: str) -> tuple[bool, str, float | str]:
        """Return a key that sorts runs by a column: the best first, what is not known last."""
        row = self.row
        if column == "name":
            return False, "", row.name
        sign = -1.0 if column == "score" or (column in ("best", "final") and self.higher_is_better) else 1.0
        field = {"best": "best_value", "final": "final_value"}.get(column, column)
        value: float | None = getattr(row, field)
        known = value is not None and not math.isnan(value)
        apart = f"{row.kind} {row.metric}" if column in ("best", "final") else ""
        return not known, apart, sign * value if known and value is not None else 0.0


def entries(reports: Sequence[Report]) -> list[Entry]:
    """Return the lines of a comparison, with names that are unique."""
    return [_entry(report, name) for report, name in zip(reports, unique_names(reports), strict=True)]


def _entry(report: Report, name: str) -> Entry:
    run, best = report.run, report.selection.best
    value = None if best is None or best.value is None else best.value
    curve = None if best is None else judged_curve(report, best.metric)
    table = {row.step: row for row in report.selection.table}
    at_best = None if best is None else table.get(best.step)
    epoch = None if at_best is None else at_best.epoch
    if epoch is None and best is not None and run.steps_per_epoch:
        epoch = best.step / run.steps_per_epoch
    tokens = None if at_best is None else at_best.values.get(TOKENS)
    ratio = _ratio(report)
    stated = _stated_error(best.standard_error if best else None)
    measured = stated if stated is not None else _scatter(curve, best.metric if best else None)
    assumed = value is not None and measured is None
    row = ComparedRun(
        name=name,
        source=run.source,
        kind=run.kind,
        status=run.status,
        base_model=run.base_model,
        verdict=report.verdict,
        headline=report.headline,
        diagnosis=report.diagnosis.name,
        severity=report.diagnosis.severity,
        deploy=report.diagnosis.deploy,
        metric=None if best is None else best.metric,
        best_value=value,
        best_error=measured if value is not None else None,
        best_step=None if best is None else best.step,
        best_epoch=epoch,
        best_model=None if best is None else best.model,
        best_existence=None if best is None else best.existence,
        final_value=curve.value[-1] if curve is not None and curve.value else None,
        final_step=curve.step[-1] if curve is not None and curve.step else None,
        ratio=ratio,
        band=None if ratio is None or math.isnan(ratio) else band(ratio),
        overfit=_overfit(report),
        steps=run.last_step,
        epochs=run.epochs,
        tokens=run.tokens,
        tokens_per_rollout=tokens if isinstance(tokens, float) else None,
        score=None,
        steps_per_epoch=run.steps_per_epoch,
        curves={},
    )
    error = None if value is None else measured if measured is not None else ASSUMED_NOISE * abs(value)
    return Entry(report=report, row=row, error=error, assumed=assumed)


def judged_curve(report: Report, metric: str) -> Curve | None:
    """Return the curve that checkpoints are judged by; of several evaluation sets, their mean."""
    curves = report.curves
    if metric == MINIBATCH and ROTATION_MEAN in curves:
        return curves[ROTATION_MEAN]
    if not metric.endswith("/*"):
        return curves.get(metric)
    members = [curve for name, curve in curves.items() if name.startswith(metric.removesuffix("*"))]
    if not members or len({curve.step for curve in members}) > 1:
        return None
    noises = [curve.noise for curve in members if curve.noise is not None]
    noise = math.hypot(*noises) / len(members) if len(noises) == len(members) else None
    with np.errstate(invalid="ignore"):  # infinity and minus infinity have no mean
        mean = np.sum([np.divide(curve.value, len(members)) for curve in members], axis=0)
    return Curve(step=members[0].step, value=tuple(mean.tolist()), points=members[0].points, noise=noise)


def _stated_error(error: float | None) -> float | None:
    return error if error is not None and math.isfinite(error) and error > 0 else None


def _scatter(curve: Curve | None, metric: str | None) -> float | None:
    """Return the scatter of one value about a smooth course; single minibatches were averaged by five."""
    if curve is None or not curve.noise:
        return None
    averaged = metric == MINIBATCH and curve.points >= AVERAGED_MINIBATCHES
    return curve.noise / math.sqrt(AVERAGED_MINIBATCHES) if averaged else curve.noise


def _ratio(report: Report) -> float | None:
    curve = report.curves.get(LOSS_RATIO)
    if curve is not None and curve.value:
        return curve.value[-1]
    for row in reversed(report.selection.table):
        if isinstance(value := row.values.get(RATIO_COLUMN), float):
            return value
    return None


_OVERFIT: dict[Status, Literal["yes", "no", "cannot say"] | None] = {
    "problem": "yes",
    "warning": "yes",
    "ok": "no",
    "unknown": "cannot say",
    "crashed": "cannot say",
    "not_applicable": None,
}


def _overfit(report: Report) -> Literal["yes", "no", "cannot say"] | None:
    statuses = (finding.status for finding in report.findings if finding.check == "overfitting")
    return next((_OVERFIT[status] for status in statuses), None)


def unique_names(reports: Sequence[Report]) -> list[str]:
    """Return a name for each run that no other has.

    Runs of one name get as much of their paths as tells them apart, else a number.
    """
    names = [report.run.name or report.run.source or "run" for report in reports]
    counts = Counter(names)
    if len(counts) == len(names):
        return names
    paths = [PurePath(report.run.source).parts for report in reports]
    for length in range(1, max(map(len, paths), default=0) + 1):
        tails = ["/".join(part.strip("/") for part in parts[-length:]) for parts in paths]
        longer = [
            tail if counts[name] > 1 and tail else name for name, tail in zip(names, tails, strict=True)
        ]
        if len(set(longer)) == len(longer):
            return longer
    taken, unique = set(names), []
    for name in names:
        numbered = (f"{name} ({number})" for number in itertools.count(1))
        unique.append(name if counts[name] == 1 else next(each for each in numbered if each not in taken))
        taken.add(unique[-1])
    return unique


def matched(scores: Mapping[str, float | Score], compared: Sequence[Entry]) -> list[Score]:
    """Return the score of each run; each needs one of its own, and no score may be left over."""
    calls: dict[str, set[int]] = {}
    for index, entry in enumerate(compared):
        run = entry.report.run
        for call in {entry.row.name, run.name, run.source, run.id, PurePath(run.source).name} - {""}:
            calls.setdefault(call.rstrip("/"), set()).add(index)
    for index, entry in enumerate(compared):
        calls[entry.row.name.rstrip("/")] = {index}  # what the comparison shows is meant first
    own: dict[int, Score] = {}
    for run_name, score in scores.items():
        places = calls.get(run_name.rstrip("/"), set())
        names = ", ".join(entry.row.name for entry in compared)
        if len(places) != 1:
            what = "no run of that name" if not places else "several runs of that name"
            raise UsageError(f"a score is given for {run_name!r}: {what}", hint=f"the runs are {names}")
        (place,) = places
        if place in own:
            raise UsageError(f"the run {compared[place].row.name!r} has two scores", hint="keep one")
        own[place] = score if isinstance(score, Score) else Score(value=float(score))
    if missing := [entry.row.name for index, entry in enumerate(compared) if index not in own]:
        raise UsageError(
            f"there is no score for {', '.join(map(repr, missing))}", hint="give one for every run, or none"
        )
    return [own[index] for index in range(len(compared))]
