"""The metric of the task itself that a run logs beside its loss, such as accuracy or word error rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from curvewise.derived.judged_loss import judged_loss
from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import VALIDATION, mean_over_sets
from curvewise.model.metric import Direction
from curvewise.model.metrics import find
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray, Series
from curvewise.model.task_names import SHARES, base, in_percent, is_validation, plain, task_rank
from curvewise.stats.best import smooth
from curvewise.stats.chances import Doubt, chances, leaders
from curvewise.stats.noise import MIN_POINTS
from curvewise.text import listed

WANTED = "metric_for_best_model"
"""The setting that names the metric an author chooses by, and a trainer keeps its best by."""
BY = "by"
"""The setting that names the metric to choose by after training, whatever the trainer went by."""
ASSUMED_TASK_NOISE = 0.02
"""Noise assumed of so few values that they cannot tell it, as a share of their size."""
HALF_AS_LIKELY = 0.5
"""Share of the probability of the best from which on a tie that was logged better by metric and loss goes
before: see `TaskMetric.preferred`."""
GAINED = 4.0
"""Odds, four in five, from which on a later value counts as better than the best of those before."""

_LOSSES, _REWARDS, _PERPLEXITIES = ("loss", "nll"), ("reward", "mean_reward"), ("perplexity", "ppl")
_SIGNS: Mapping[Direction | None, float] = {"lower": 1.0, "higher": -1.0, None: -1.0}
_IN_FULL = {"acc": "accuracy", "em": "exact_match", "ppl": "perplexity"}


class TaskMetric(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of the task to choose checkpoints by.

    Parameters
    ----------
    metric
        Its name in the run; ``NAME/*`` of the mean over several evaluation sets.
    series
        Its values, finite; never empty.
    sign
        1 where lower is better, -1 where higher is.
    value, error
        Estimates and their standard errors, shape (n,).
    doubt
        Of the standard errors.
    merit
        What to choose by, lower is better, shape (n,).
    loss
        The validation loss, as logged; NaN at steps without one, shape (n,).
    wanted
        Whether the author named it.
    """

    metric: str
    series: Series
    sign: float
    value: FloatArray
    error: FloatArray
    doubt: Doubt
    merit: FloatArray
    loss: FloatArray
    wanted: bool

    def members(self, run: Run) -> tuple[str, ...]:
        """Return the metrics of the run that it is the mean of; none of one that the run logs."""
        return tuple(_sets(run, self.metric))

    def called(self, run: Run) -> str:
        """Return what the log calls it, or what it is the mean of."""
        names = [run.called(name) for name in self.members(run)]
        return f"mean of {listed(names)}" if names else run.called(self.metric)

    def with_steps(self, steps: Sequence[int]) -> TaskMetric:
        """Return it with steps between the evaluations, each on the straight line from one to the other."""
        at = self.series.step
        merged = np.union1d(at, np.array(steps, dtype=np.int64))
        if len(merged) == len(at):
            return self
        lines = (self.series.value, self.value, self.error, self.merit, self.loss)
        raw, value, error, merit, loss = (np.interp(merged, at, line) for line in lines)
        return msgspec.structs.replace(
            self, series=Series(merged, raw), value=value, error=error, merit=merit, loss=loss
        )

    def best_of(self, places: IntArray) -> tuple[int, dict[int, float], list[int]]:
        """Return the best of some places, the probability of each to be it, and those tied with it."""
        chosen = int(places[int(np.argmin(self.merit[places]))])
        chance = chances(self.sign * self.value[places], self.error[places], self.doubt)
        tied = sorted(int(places[each]) for each in leaders(chance) if places[each] != chosen)
        return chosen, dict(zip(places.tolist(), chance.tolist(), strict=True)), tied

    def preferred(self, best: int, chance: Mapping[int, float], tied: Sequence[int]) -> int:
        """Return the place to take of the best and those tied with it.

        The lower loss decides between equally likely ones; and a tie half as likely goes before that was
        logged better by metric and loss. In 1,187 AlgoPerf runs of five workloads, at 6 evaluations, 10, 20
        and all, each on 100 examples, 1,000 and all, the choice then loses 15 % less of the metric on test
        data, and on no workload over 2 % more. The earliest tie would lose more than the best: most runs
        improve to the end.
        """
        loss, cost = self.loss, self.sign * self.series.value  # NaN is lower than nothing, nothing than NaN
        alike = [place for place in (best, *tied) if chance[place] >= chance[best]]
        chosen = min(alike, key=loss.__getitem__)
        near = [place for place in tied if chance[place] >= HALF_AS_LIKELY * chance[best]]
        better = [place for place in near if loss[place] < loss[chosen] and cost[place] <= cost[chosen]]
        return min(better, key=loss.__getitem__, default=chosen)

    def gained_after(self, step: int) -> bool:
        """Whether it is best after a step, and better than at any step before."""
        best, chance, _ = self.best_of(np.arange(len(self.series)))
        before = np.flatnonzero(self.series.step <= step).tolist()
        return best not in before and all(outweighs(chance, best, place) for place in before)

    @property
    def stands_still(self) -> bool:
        """Whether it is the same at several evaluations, and nobody named it: then it tells nothing."""
        return not self.wanted and _is_still(self.series.value)

    @property
    def better(self) -> Direction:
        """Which direction of it is better."""
        return "lower" if self.sign > 0 else "higher"

    @property
    def word(self) -> str:
        """Which end of it is the good one."""
        return "lowest" if self.sign > 0 else "highest"


def _is_still(values: FloatArray) -> bool:
    return len(values) > 1 and bool((values == values[0]).all())


def outweighs(chance: Mapping[int, float], best: int, rival: int) -> bool:
    """Whether a place is `GAINED` times as likely the best as another."""
    return chance[best] >= GAINED * chance.get(rival, 0.0)


@once_per_run
def task_metric(run: Run) -> TaskMetric | None:
    """Return the task metric to choose by: the one that the author named, else the first that is known.

    One that is logged of several evaluation sets, and not of all together, counts by its mean.

    One that has the same value at every evaluation tells none from another, and comes last.

    What the selector of its kind judges anyway, the loss or the reward, is none. A run with a reward or with
    preferences is chosen from by that, unless its author named another metric.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> found = task_metric(make_run(metrics={"full_valid_loss": [1.0, 1.2], "eval_wer": [30.0, 20.0]}))
    >>> found.metric, found.word
    ('eval_wer', 'lowest')
    """
    named = str(run.hyperparameters.get(BY) or run.hyperparameters.get(WANTED) or "")
    if (run.kind != "sft" and not named) or is_judged_anyway(run, named):
        return None
    wanted = metric_wanted(run, named) if named else _kept(run)
    if wanted is not None:
        return _judged(run, *wanted, wanted=True)
    known = _known(run)
    return _judged(run, *known[0], wanted=False) if known else None


@once_per_run
def other_task_metrics(run: Run) -> tuple[TaskMetric, ...]:
    """Return the further metrics of the task that a run logs, beside the one to choose by."""
    chosen = task_metric(run)
    names = [] if chosen is None else [each for each in _known(run) if each[0] != chosen.metric]
    others = (_judged(run, *each, wanted=False) for each in names)
    return tuple(other for other in others if not other.stands_still)


def _known(run: Run) -> list[tuple[str, float]]:
    """Return the metrics of a task that are known by name, each with its sign; the first leads."""
    known: list[tuple[bool, int, str, float]] = []
    for name in (*run.metrics, *_over_sets(run)) if run.kind == "sft" else ():
        place = task_rank(name)
        if place is None or is_judged_anyway(run, name):
            continue
        if len(values := _series(run, name).value):
            known.append((_is_still(values), place[0], name, place[1]))
    return [(name, sign) for _, _, name, sign in sorted(known)]


def _over_sets(run: Run) -> list[str]:
    """Name the metrics of a task that are logged of several sets, and not of all together: ``NAME/*``."""
    wholes = dict.fromkeys(name.rpartition("/")[0] for name in run.metrics if "/" in name)
    told = [whole for whole in wholes if whole not in run and task_rank(whole) is not None]
    return [f"{whole}/*" for whole in told if len(_sets(run, f"{whole}/*")) > 1]


def _sets(run: Run, name: str) -> dict[str, Series]:
    """Return the finite values of each set that a name ending in ``/*`` stands for; none of any other."""
    if not name.endswith("/*"):
        return {}
    named = {each: finite_series(run, each) for each in run.metrics if each.rpartition("/")[0] == name[:-2]}
    return {each: series for each, series in named.items() if len(series)}


def _series(run: Run, name: str) -> Series:
    sets = [*_sets(run, name).values()]
    return mean_over_sets(sets) if sets else finite_series(run, name)


def metric_wanted(run: Run, named: str) -> tuple[str, float] | None:
    """Return the metric that somebody named, and 1 where less of it is better; None where the run lacks it.

    The run's settings tell which way only of the metric that they name.
    """
    if (name := metric_named(run, named)) is None:
        return None
    place, entry = task_rank(name), find(name)
    more = run.hyperparameters.get("greater_is_better")
    if isinstance(more, bool) and metric_named(run, str(run.hyperparameters.get(WANTED) or "")) == name:
        return name, -1.0 if more else 1.0
    return name, place[1] if place is not None else _SIGNS[entry.better if entry else None]


def metric_named(run: Run, named: str) -> str | None:
    """Return the metric that is meant by a name: its own, as the log calls it, or either without its split.

    Signs and capitals do not count. Of several, that of the validation is meant.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(metrics={"train_accuracy": [0.8, 0.9], "eval_accuracy": [0.7, 0.6]})
    >>> metric_named(run, "Accuracy"), metric_named(run, "train_accuracy"), metric_named(run, "wer")
    ('eval_accuracy', 'train_accuracy', None)
    """
    if not named or len(_series(run, named)):
        return named or None
    wanted = (plain(named), plain(base(named)), plain(_IN_FULL.get(base(named), named)))
    found: list[tuple[bool, bool, str]] = []
    for name in (*run.metrics, *_over_sets(run)):
        called = run.called(name)
        names = [plain(each) for each in (name, called, base(name), base(called))]
        if any(each in names for each in wanted) and len(_series(run, name)):
            found.append(
                (not (is_validation(name) or is_validation(called)), wanted[0] not in names[:2], name)
            )
    return min(found)[2] if found else None


def is_judged_anyway(run: Run, metric: str) -> bool:
    """Whether a metric is what checkpoints of such a run are chosen by where nobody names another."""
    own = base(metric)
    if run.kind == "rft":
        return own in _REWARDS
    has_loss = any(name.partition("/")[0] in VALIDATION for name in run.metrics)
    return own in _LOSSES or (own in _PERPLEXITIES and has_loss)


def _kept(run: Run) -> tuple[str, float] | None:
    """Return the metric whose value a trainer kept as its best, and its sign; None for a loss, a default."""
    value, step = run.hyperparameters.get("best_metric"), run.hyperparameters.get("best_global_step")
    if not isinstance(value, int | float) or not isinstance(step, int):
        return None
    for name in run.metrics:
        series = finite_series(run, name)
        if not is_validation(name) or "loss" in name or len(series) < 2 or series.at(step) != value:
            continue
        if value in (series.value.min(), series.value.max()):
            return name, 1.0 if value == series.value.min() else -1.0
    return None


def _judged(run: Run, metric: str, sign: float, *, wanted: bool) -> TaskMetric:
    series = _series(run, metric)
    errors, examples = series.standard_error, run.validation_examples
    if errors is None and examples and base(metric) in ("accuracy", "acc", "exact_match", "em", "pass_rate"):
        errors = _binomial(series.value, examples)
    found = smooth(sign * series.value, errors, None if examples is None else examples - 1.0)
    error = found.error
    if errors is None:
        size = float(np.abs(series.value).max())
        few = len(series) < MIN_POINTS
        error = np.maximum(error, (ASSUMED_TASK_NOISE if few else ASSUMED_TASK_NOISE / 10) * size)
    return TaskMetric(
        metric=metric,
        series=series,
        sign=sign,
        value=sign * found.value,
        error=error,
        doubt=found.doubt,
        merit=found.merit,
        loss=_loss_at(run, metric, series),
        wanted=wanted,
    )


def _loss_at(run: Run, metric: str, series: Series) -> FloatArray:
    """Return the validation loss at the steps of a task metric; NaN without one, or beside a loss."""
    loss = None if run.kind == "rft" or metric.partition("/")[0] in VALIDATION else judged_loss(run)
    at = {} if loss is None else loss.at(series.step)
    return np.array([at[step].raw if step in at else np.nan for step in series.step.tolist()])


def _binomial(values: FloatArray, examples: int) -> FloatArray:
    """Return the standard errors of shares, from 0 to 1 or in percent, of as many examples."""
    scale = 100.0 if values.max() > 1 else 1.0
    share = np.clip(values / scale, 1 / (examples + 2), 1 - 1 / (examples + 2))
    return np.asarray(scale * np.sqrt(share * (1 - share) / examples))


def share_wrong(run: Run) -> FloatArray | None:
    """Return which share of the validation examples, or words, each evaluation got wrong; None where unknown.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> share_wrong(make_run(metrics={"full_valid_loss": [1.0, 1.0], "eval_wer": [30.0, 20.0]}))
    array([0.3, 0.2])
    """
    task = task_metric(run)
    if task is None or base(task.metric) not in SHARES:
        return None
    value = task.series.value
    share = value / 100 if in_percent(task.metric, float(value.max())) else value
    return share if task.sign > 0 else 1 - share
