"""The check `tool_errors`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import fixed, percent
from curvewise.plugin import check
from curvewise.stats.moments import mean

FAMILIES = ("train_tool_error_rate", "valid_tool_error_rate")
RATES = tuple(f"{family}/*" for family in FAMILIES)
CALLS = ("train_tool_calls/*", "valid_tool_calls/*")


@check(needs=(RATES,), uses=(*RATES, *CALLS), kinds=("rft",), when_missing="not_applicable")
def tool_errors(run: Run, *, watch: float = 0.10, limit: float = 0.30, recent: int = 20) -> Finding:
    """Tool calls fail often.

    A rollout whose tool failed is graded for the tool's failure. Some errors are the policy's own
    (wrong arguments, which it learns to avoid), others those of the tool (load, time limits), which
    add noise that no training removes.

    The rate of each tool is judged over the recent steps, weighted by its calls, since a step with
    ten calls says less than one with a thousand. The source counts the calls that succeeded, so the
    failed ones are worked out from the rate. The worst tool counts, in training or in validation.

    Parameters
    ----------
    watch
        Share of failed calls from which to watch: one in ten.
    limit
        Share from which it is a problem: one in three spoils most rollouts of several calls.
    recent
        Training steps to average; the first ones show the untrained model. Of validation, the
        evaluations of the same stretch, and at least 3.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(kind="rft", metrics={
    ...     "train_tool_error_rate/search": [0.5, 0.1], "train_tool_calls/search": [1, 90]})
    >>> print(tool_errors(run).summary)
    11 % of the calls to search failed in training, over 2 steps and about 102 calls.
    """
    found: list[tuple[Evidence, str]] = []
    for family in FAMILIES:
        for tool in run.family(family):
            rate = _recent(run, family, tool, max(1, recent))
            if len(rate):
                calls = finite_series(run, f"{family.partition('_')[0]}_tool_calls/{tool}")
                found.append(_judge(rate, calls, family, tool, watch))
    if not found:
        return Finding.unknown("No step has a finite rate of tool errors.")
    found.sort(key=lambda item: -item[0].value)
    evidence = [item for item, _ in found]
    worst, summary = found[0]
    if worst.value < watch:
        return Finding.ok(summary, *evidence)
    advice = (
        "Log the arguments and the error of failed calls: wrong arguments ask for a clearer description of "
        "the tool, time-outs for a faster or more patient one."
    )
    make = Finding.problem if worst.value >= limit else Finding.warning
    return make(summary, *evidence, advice=advice)


def _recent(run: Run, family: str, tool: str, count: int) -> Series:
    """Return the last steps; of validation, the evaluations of the same stretch of training."""
    rate = finite_series(run, f"{family}/{tool}")
    train = finite_series(run, f"{FAMILIES[0]}/{tool}")
    if family != FAMILIES[0] and len(train):
        since = train.step[-count:][0]
        count = max(3, int((rate.step >= since).sum()))
    return Series(rate.step[-count:], rate.value[-count:])


def _judge(rate: Series, calls: Series, family: str, tool: str, limit: float) -> tuple[Evidence, str]:
    split, unit = ("training", "step") if family.startswith("train") else ("validation", "evaluation")
    known = np.intersect1d(rate.step, calls.step, assume_unique=True)
    weights = _attempts(rate.on(known).value, calls.on(known).value)
    over = f"{len(rate):,} {unit}{'' if len(rate) == 1 else 's'}"
    if len(known) == len(rate) and 0 < weights.sum() < np.inf:
        value = float((rate.value * weights).sum() / weights.sum())
        over += f" and about {fixed(weights.sum(), 0)} calls"
    else:
        value = mean(rate.value)
        over += "; the number of calls is not known"
    evidence = Evidence.of(f"{family}/{tool}", f"share of failed calls in {split}", value, rate, limit=limit)
    return evidence, f"{percent(value)} of the calls to {tool} failed in {split}, over {over}."


def _attempts(rate: FloatArray, succeeded: FloatArray) -> FloatArray:
    """Return the calls that were made: succeeded / (1 - rate); at least one where all of them failed."""
    attempts = np.where((rate >= 0) & (rate < 1), succeeded / np.maximum(1 - rate, 1e-9), 1.0)
    return np.maximum(attempts, 1.0)
