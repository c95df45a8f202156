"""The function `with_scores`: a run with the scores of its checkpoints on the real task."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import PurePath

import msgspec
import numpy as np

from curvewise.derived.proxy import COMPARED, SCORE
from curvewise.derived.scored import NONE_TO_DEPLOY
from curvewise.errors import UsageError
from curvewise.evaluation.decide import decide
from curvewise.evaluation.score_table import Table, tabulate
from curvewise.model.evaluation import REFERENCES, Evaluation
from curvewise.model.run import Note, Run
from curvewise.model.series import FloatArray, IntArray, Series
from curvewise.stats.clustered import standard_error

FEWEST = 10
"""Fewest samples, or families, for a standard error: with fewer it is itself uncertain by a quarter, and
normal limits are too narrow."""


def with_scores(run: Run, evaluation: Evaluation) -> Run:
    """Add what an evaluation measured to the run, at the steps of its checkpoints.

    ``evaluation_score`` is the mean score of each checkpoint, with the clustered standard error of
    E. Miller, "Adding error bars to evals", 2024. ``evaluation_score_relative`` is the mean, over the
    samples that all checkpoints did, of the score less the mean score of the checkpoints on that sample:
    its differences are the paired ones, and its standard errors are for them, without what samples
    differ in (D. Cousineau, "Confidence intervals in within-subject designs", 2005, with the factor of
    R. D. Morey, 2008). No standard error is less than what one more sample that came out otherwise would
    cause, so that equal results do not look like proof.

    The list of checkpoints stays as it is. A contender without a step, such as the base model, becomes a
    note, and where the decision on these scores (`decide`) finds no checkpoint that improves on what one
    has, or nothing to compare one with, the report says so instead of naming one to deploy. Of several at
    one step the last with a result counts.

    Parameters
    ----------
    run
        The run.
    evaluation
        Of its checkpoints. A failed sample counts as the evaluation says, 0 unless told otherwise.

    Raises
    ------
    UsageError
        If no contender has both a step and a scored sample, or two contenders share a name.

    Examples
    --------
    >>> from curvewise.model.evaluation import Contender, Sample
    >>> from curvewise.testing import make_run
    >>> measured = Evaluation(
    ...     run="job", task="support", harness="own", metric="accuracy",
    ...     contenders=(Contender(name="step 2", model=None, step=2, role="final"),),
    ...     samples={"step 2": tuple(Sample(id=str(i), score=float(i < 15)) for i in range(20))})
    >>> score = with_scores(make_run(train_mean_reward=[0.1, 0.2]), measured)["evaluation_score"]
    >>> score.at(2), score.standard_error.round(2)
    (0.75, array([0.1]))
    """
    table = tabulate(evaluation)
    at = {
        each.step: place
        for place, each in enumerate(table.contenders)
        if each.step is not None and not table.errors[place]
    }
    scored = dict(sorted(at.items()))
    if not scored:
        raise UsageError(
            "no contender of the evaluation has both a step and a score, so none belongs to a checkpoint",
            hint="name the contenders after their steps, such as step 70",
            field="contenders",
        )
    columns, steps = list(scored.values()), list(scored)
    metrics = {**run.metrics, SCORE: _scores(table, steps, columns)}
    if (relative := _relative(table, steps, columns)) is not None:
        metrics[COMPARED] = relative
    notes = (*run.notes, *_notes(run, evaluation, table, columns), *evaluation.notes, *table.notes)
    return msgspec.structs.replace(run, declared_kind=run.kind, metrics=metrics, notes=notes)


def _scores(table: Table, steps: list[int], columns: list[int]) -> Series:
    known = [~np.isnan(table.score[:, place]) for place in columns]
    own = [table.score[there, place] for there, place in zip(known, columns, strict=True)]
    errors = [
        _error(values, table.cluster[there], _width(table.score[:, columns]))
        for values, there in zip(own, known, strict=True)
    ]
    return Series.from_points(steps, [round(float(values.mean()), 12) for values in own], errors)


def _relative(table: Table, steps: list[int], columns: list[int]) -> Series | None:
    """Return the scores less their mean on the same sample; None if no two can be paired."""
    both = ~np.isnan(table.score[:, columns]).any(axis=1)
    count = len(columns)
    if count < 2 or not both.any():
        return None
    score, cluster = table.score[both][:, columns], table.cluster[both]
    centred = score - score.mean(axis=1, keepdims=True)
    scale, width = np.sqrt(count / (count - 1)), _width(score)
    errors = [_error(scale * column, cluster, width / np.sqrt(2)) for column in centred.T]
    return Series.from_points(steps, centred.mean(axis=0).round(12), errors)


def _error(values: FloatArray, cluster: IntArray, width: float) -> float:
    """Return the standard error; NaN with too few clusters."""
    error, clusters = standard_error(values, cluster)
    return max(error, width / clusters) if clusters >= FEWEST else float("nan")


def _width(score: FloatArray) -> float:
    """Return the largest difference of one sample: 1 for scores from 0 to 1."""
    low, high = float(np.nanmin(score)), float(np.nanmax(score))
    return 1.0 if low >= 0 and high <= 1 else high - low


def _notes(run: Run, evaluation: Evaluation, table: Table, counted: Collection[int]) -> Iterator[Note]:
    names = {run.id, run.name, run.source} - {""}
    if evaluation.run not in names and PurePath(evaluation.run).name not in names:
        text = f"The scores are of {evaluation.run!r}; they were taken as those of this run."
        yield Note("scores_of_another_name", text)
    decision = decide(evaluation)
    leading = [name for name in (decision.winner, *decision.tied) if name]
    if not leading or any(decision.standing(name).role in REFERENCES for name in leading):
        yield Note(NONE_TO_DEPLOY, decision.headline)
    for place, contender in enumerate(table.contenders):
        failures = table.failures[place]
        if table.errors[place]:
            yield Note("no_score", f"{contender.name} has no score: {table.errors[place]}.")
        elif contender.step is None:
            mean = float(np.nanmean(table.score[:, place]))
            text = f"{contender.name} scores {mean:.3f} on the same task; it is no checkpoint of this run."
            yield Note("score_of_a_reference", text)
        elif place not in counted:
            yield Note("another_score", f"{contender.name} is left out: another has a score at its step.")
        elif failures:
            count = f"{failures:,} sample{'s' if failures > 1 else ''}"
            text = f"{count} of {contender.name} failed, counted as {table.failure:g}."
            yield Note("failed_samples", text)
