"""Errors of graders: as shares of the rollouts, whichever way a run logs them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.rates import Rate, rates
from curvewise.model.metrics import GRADER_ERRORS
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.stats.moments import mean

SPLITS = ("train", "valid")
ROLLOUTS = ("train_rollouts", "train_graded_rollouts/*", "valid_graded_rollouts/*")
EARNS = 0.02
"""Mean reward above which not every rollout can have failed."""
ANY_COUNT = tuple(f"{split}_{error}_count" for split in SPLITS for error in GRADER_ERRORS)
BESIDE_ERRORS = (*ROLLOUTS, *TRAINING_REWARD, *ANY_COUNT)
"""Metrics that `error_rates` and `error_counts` read beside those of `error_metrics`."""


def error_metrics(errors: Iterable[str]) -> tuple[str, ...]:
    """Return the metrics that hold some kinds of error: rates with and without a grader, and counts."""
    names = [f"{split}_{error}" for error in errors for split in SPLITS]
    return tuple(each for name in names for each in (f"{name}_rate/*", f"{name}_rate", f"{name}_count"))


def error_rates(run: Run, errors: Iterable[str], recent: int) -> list[Rate]:
    """Return the shares of rollouts with some kinds of error, the highest recent mean first.

    A count becomes a share where the number of rollouts is known. One that is a share already, by its
    values, is taken as it is.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_other_error_count=[0, 8, 16], train_rollouts=[64] * 3)
    >>> [(rate.metric, rate.overall) for rate in error_rates(run, ["other_error"], recent=1)]
    [('train_other_error_count', 0.125)]
    """
    errors = tuple(errors)
    found = rates(run, tuple(name for name in error_metrics(errors) if not name.endswith("_count")), recent)
    for name in _counts(run, errors):
        if (share := _share(run, name)) is not None:
            found.append(
                Rate(name, share, Series(share.step[-max(1, recent) :], share.value[-max(1, recent) :]))
            )
    return sorted(found, key=lambda rate: -rate.value)


def error_counts(run: Run, errors: Iterable[str]) -> dict[str, Series]:
    """Return the counts of some kinds of error where no rate and no number of rollouts is known.

    Result files of Azure count observations under these names: such a column is left out, which is told by
    another error of the same split that has the same counts, or by a count that is never zero and always
    the same while the reward does better than to fail.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_other_error_count=[0, 3, 1], valid_other_error_count=[64, 64, 64],
    ...     valid_sample_parse_error_count=[64, 64, 64])
    >>> list(error_counts(run, ["other_error"]))
    ['train_other_error_count']
    """
    return {
        name: series
        for name in _counts(run, errors)
        if len(series := finite_series(run, name))
        and _share(run, name) is None
        and not counts_observations(run, name)
    }


def counts_observations(run: Run, name: str) -> bool:
    """Whether a count holds the rollouts that were looked at, rather than those that failed."""
    count = finite_series(run, name)
    if not len(count) or count.value.min() <= 0:
        return False
    split = name.partition("_")[0]
    others = [finite_series(run, other) for other in ANY_COUNT if other != name and other.startswith(split)]
    if any(
        np.array_equal(other.step, count.step) and np.array_equal(other.value, count.value)
        for other in others
    ):
        return True
    reward = graded_reward(run)
    earns = reward is not None and mean(reward.series.value) > EARNS
    return earns and float(np.ptp(count.value)) <= 0.1 * float(count.value.max())


def _counts(run: Run, errors: Iterable[str]) -> list[str]:
    """Return the counts of some kinds of error that a run logs where it logs no rate of them."""
    names = [f"{split}_{error}" for error in errors for split in SPLITS if f"{split}_{error}_count" in run]
    return [f"{name}_count" for name in names if f"{name}_rate" not in run and not run.family(f"{name}_rate")]


@once_per_run
def _share(run: Run, name: str) -> Series | None:
    """Return a count as a share of the rollouts, or None where their number is not known."""
    count = finite_series(run, name)
    if not len(count) or count.value.min() < 0:
        return None
    if count.value.max() <= 1 and (count.value != np.round(count.value)).any():
        return count
    split = name.partition("_")[0]
    totals = [finite_series(run, f"{split}_rollouts")]
    totals += [finite_series(run, f"{split}_graded_rollouts/{grader}")
               for grader in run.family(f"{split}_graded_rollouts")]  # fmt: skip
    for total in totals:
        total = total.where(total.value > 0).on(count.step)
        errors = count.on(total.step)
        if len(total) and (errors.value <= total.value).all() and not (errors.value == total.value).all():
            return Series(total.step, errors.value / total.value)
    return None
