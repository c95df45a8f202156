"""Rollouts of reinforcement fine-tuning: how many were graded, and how many got no grade at all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from curvewise.model.metrics import GRADER_ERRORS
from curvewise.model.run import Note
from curvewise.model.series import FloatArray, IntArray, Series, distinct
from curvewise.numbers import percent
from curvewise.stats.smoothing import median

_COUNT = re.compile(
    r"(?:errors|timing)/graders/(?P<grader>.+?)/(?:errors/|timing/)?(?P<split>train|valid)_(?P<what>\w+)_count"
)

PRECISION = 1e-6
"""Relative precision of the numbers in a result file."""

WHOLE = 1e-3
"""How far a count that was solved from means may lie from a whole number."""


def with_rollouts(metrics: Mapping[str, Series]) -> tuple[dict[str, Series], tuple[Note, ...]]:
    """Add what the means and counts of a file tell about its rollouts.

    A ``_count`` column holds the number of errors in the events of OpenAI, and the number of observations in
    the result files of Azure; the latter is proven where no error occurred and the count is not zero.
    Such columns become ``train_graded_rollouts/<grader>`` and ``valid_graded_rollouts/<grader>``.

    A training rollout without a grade enters ``train_mean_reward`` as -1, and the mean of the grader leaves
    it out. With g the mean of the only grader and r the mean reward, the share (g - r) / (g + 1) of the
    rollouts got no grade. Where n of them are known to be graded, n (g + 1) / (r + 1) is the number of
    all, which must be whole and mostly one number: that proves the rule.
    """
    known = _with_graded(metrics)
    graders = [name.partition("/")[2] for name in known if name.startswith("train_grader_reward/")]
    if len(graders) != 1 or "train_mean_reward" not in known:
        return known, ()
    grader = graders[0]
    _add_from_tokens(known, grader)
    return _with_ungraded(known, grader)


def _with_graded(metrics: Mapping[str, Series]) -> dict[str, Series]:
    counts: dict[tuple[str, str], dict[str, Series]] = defaultdict(dict)
    for column, series in metrics.items():
        if match := _COUNT.fullmatch(column):
            counts[match["split"], match["grader"]][column] = series
    known = dict(metrics)
    for (split, grader), columns in counts.items():
        proven = [
            count
            for column, count in columns.items()
            for error in GRADER_ERRORS
            if column.endswith(f"{split}_{error}_count")
            and _counts_observations(count, metrics.get(f"{split}_{error}_rate/{grader}"))
        ]
        if proven:
            known[f"{split}_graded_rollouts/{grader}"] = proven[0]
            for column, count in columns.items():
                if count == proven[0]:
                    del known[column]
    return known


def _counts_observations(count: Series, rate: Series | None) -> bool:
    """Whether a count holds observations rather than errors, by its relation to the rate of the errors."""
    if rate is None or not len(count) or not np.array_equal(count.step, rate.step):
        return False
    if not ((count.value > 0) & (count.value < 2**53) & (np.abs(rate.value) < 2**53)).all():
        return False
    errors = count.value * rate.value
    whole = np.abs(errors - np.round(errors)) <= np.maximum(WHOLE, PRECISION * errors)
    # Errors themselves would make the count zero exactly where the rate is.
    return bool(whole.all() and ((rate.value == 0).any() or len(distinct(errors / count.value)) > 2))


def _add_from_tokens(known: dict[str, Series], grader: str) -> None:
    """Divide a total of tokens by its mean, where no column counts the graded rollouts."""
    for split, mean_name in (("train", "reasoning_tokens_mean"), ("valid", "valid_reasoning_tokens_mean")):
        name = f"{split}_graded_rollouts/{grader}"
        total = known.get(f"usage/samples/{split}_reasoning_tokens_count")
        mean = known.get(mean_name)
        if name in known or total is None or mean is None or not np.array_equal(total.step, mean.step):
            continue
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            rollouts = total.value / mean.value
        if _whole(rollouts, PRECISION * rollouts):
            known[name] = Series(total.step, np.round(rollouts))


def _with_ungraded(known: dict[str, Series], grader: str) -> tuple[dict[str, Series], tuple[Note, ...]]:
    reward, graded_reward = known["train_mean_reward"], known[f"train_grader_reward/{grader}"]
    steps = np.intersect1d(reward.step, graded_reward.step, assume_unique=True)
    r, g = reward.on(steps).value, graded_reward.on(steps).value
    usable = np.isfinite(r) & np.isfinite(g) & (r > -1) & (g > -1)
    steps, r, g = steps[usable], r[usable], g[usable]
    with np.errstate(over="ignore", invalid="ignore"):
        ungraded = (g - r) / (g + 1)
    if not len(steps) or not ((ungraded > -10 * PRECISION) & (ungraded < 1)).all():
        return known, ()
    ungraded = np.where(ungraded < 10 * PRECISION, 0.0, ungraded)
    graded = known.get(f"train_graded_rollouts/{grader}")
    proof = "; that they count so is assumed, because no column counts the graded ones"
    if graded is not None:
        rollouts = _rollouts(Series(steps, r), Series(steps, g), graded)
        if rollouts is None:
            return known, ()
        known["train_rollouts"] = rollouts
        proof = f"; so counted, a step has {median(rollouts.value):,.0f} rollouts, whole at every step"
    known["train_ungraded_rate"] = Series(steps, ungraded)
    return known, _note(steps, ungraded, g - r, proof)


def _rollouts(reward: Series, graded_reward: Series, graded: Series) -> Series | None:
    steps = np.intersect1d(reward.step, graded.step, assume_unique=True)
    r, g, n = reward.on(steps).value, graded_reward.on(steps).value, graded.on(steps).value
    with np.errstate(over="ignore", invalid="ignore"):
        rollouts = n * (g + 1) / (r + 1)
        blur = PRECISION * rollouts / (r + 1)
    if not len(steps) or not _whole(rollouts, blur):
        return None
    whole = np.round(rollouts)
    times = np.bincount(np.searchsorted(distinct(whole), whole))
    return Series(steps, whole) if 2 * times.max() >= len(whole) else None


def _whole(numbers: FloatArray, blur: FloatArray) -> bool:
    """Whether all numbers are whole and positive, within a blur that must leave room to tell."""
    if not np.isfinite(numbers).all() or not (numbers >= 0.5).all():
        return False
    within = np.maximum(WHOLE, blur)
    return bool(((np.abs(numbers - np.round(numbers)) <= within) & (within < 0.1)).all())


def _note(steps: IntArray, ungraded: FloatArray, difference: FloatArray, proof: str) -> tuple[Note, ...]:
    if not (ungraded > 0).any():
        return ()
    worst = int(np.argmax(ungraded))
    text = (
        f"Training rollouts without a grade count as -1 in train_mean_reward{proof}. "
        f"{percent(ungraded.mean())} of them got none on average, and up to {percent(ungraded[worst])} "
        f"(step {steps[worst]:,}). This lowers the mean reward by {difference.mean():.3f} on average; the "
        "grader's own mean leaves them out."
    )
    return (Note("ungraded_as_minus_one", text),)
