"""The training reward of the rollouts that were graded: what a validation reward can be compared with."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.model.metrics import GRADER_ERRORS
from curvewise.model.run import Run
from curvewise.model.series import Series

TRAINING_REWARD = ("train_mean_reward", "train_grader_reward/*", "train_ungraded_rate")
"""Metrics that `graded_reward` reads: what a check that uses it declares."""

TEACHER = ("teacher_kl", "teacher_kl/*")
"""Metrics of a distillation: it follows a teacher, and its reward may be zero by design."""

_PENALISED = ("mean_unresponsive_rewards", *(f"train_{error}_rate" for error in GRADER_ERRORS))
"""Metrics that only the services log that count an ungraded rollout as -1."""


class GradedReward(msgspec.Struct, frozen=True, kw_only=True):
    """A training reward, and what it counts.

    Parameters
    ----------
    metric
        The metric that it was taken from.
    series
        Finite values; never empty.
    exact
        False when ungraded rollouts are still in it as -1, because their share is not known.
    basis
        What it counts, in words.
    """

    metric: str
    series: Series
    exact: bool
    basis: str


@once_per_run
def graded_reward(run: Run) -> GradedReward | None:
    """Return the mean training reward of the graded rollouts, as far as the run tells it.

    OpenAI and Azure count a rollout that got no grade as -1 in ``train_mean_reward``, and leave it
    out of validation. One grader: its own mean leaves them out as well. Several graders: with the
    ungraded share u the logged mean is r = (1 - u) g - u, so the graded mean is
    g = (r + u) / (1 - u). Other sources are not known to count ungraded rollouts,
    and their mean may weigh the grader.

    Returns
    -------
    GradedReward or None
        None when the run has no finite training reward.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_mean_reward=[0.62], train_ungraded_rate=[0.1])
    >>> graded_reward(run).series.value
    array([0.8])
    """
    mean = finite_series(run, "train_mean_reward")
    graders = grader_rewards(run, "train_grader_reward")
    if len(graders) == 1 and (counts_ungraded(run) or not len(mean) or run.family("valid_grader_reward")):
        metric, series = next(iter(graders.items()))
        return GradedReward(
            metric=metric, series=series, exact=True, basis="the grader's own mean over the graded rollouts"
        )
    ungraded = finite_series(run, "train_ungraded_rate")
    ungraded = ungraded.where((ungraded.value >= 0) & (ungraded.value < 1)).on(mean.step)
    if len(ungraded):
        logged, share = mean.on(ungraded.step), ungraded.value
        return GradedReward(
            metric="train_mean_reward",
            series=Series(logged.step, np.round((logged.value + share) / (1 - share), 12)),
            exact=True,
            basis="the mean reward with ungraded rollouts, which count as -1, taken out",
        )
    if not len(mean):
        return None
    penalised = counts_ungraded(run)
    return GradedReward(
        metric="train_mean_reward",
        series=mean,
        exact=not penalised,
        basis="the mean reward as logged, in which ungraded rollouts count as -1 and their share is not known"
        if penalised
        else "the mean reward as logged",
    )


def grader_rewards(run: Run, family: str) -> dict[str, Series]:
    """Return the finite rewards by grader, by full metric name; graders without a value are left out."""
    names = [f"{family}/{member}" for member in run.family(family)]
    return {name: series for name in names if len(series := finite_series(run, name))}


def followed_teacher(run: Run) -> str | None:
    """Return the metric that shows that a run follows a teacher, not a reward."""
    names = ("teacher_kl", *(f"teacher_kl/{member}" for member in run.family("teacher_kl")))
    return next((name for name in names if len(finite_series(run, name))), None)


def counts_ungraded(run: Run) -> bool:
    """Whether the source of a run is one that counts an ungraded rollout as -1 in training."""
    known = {name.partition("/")[0] for name in run.metrics}
    return any(name.startswith("openai") for name in run.formats) or not known.isdisjoint(_PENALISED)
