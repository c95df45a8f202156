"""Rates: shares of rollouts or calls, over all steps and over the recent ones."""

from __future__ import annotations

import msgspec

from curvewise.derived.losses import finite_series
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.stats.moments import mean


class Rate(msgspec.Struct, frozen=True):
    """A share, 0 to 1, at each step.

    Parameters
    ----------
    metric
        Canonical name.
    series
        Every finite value; never empty.
    recent
        The last of them.
    """

    metric: str
    series: Series
    recent: Series

    @property
    def overall(self) -> float:
        """Mean over all steps."""
        return mean(self.series.value)

    @property
    def value(self) -> float:
        """Mean over the recent steps."""
        return mean(self.recent.value)

    @property
    def member(self) -> str:
        """The grader or tool; the metric's own name when it has no members."""
        return self.metric.partition("/")[2] or self.metric

    def over(self) -> str:
        """Name the recent steps: ``over the last 20 of 115 steps``."""
        n, count, steps = len(self.series), len(self.recent), steps_of(self.series)
        if n == 1:
            return "at the only step"
        return f"over the last {count:,} of {steps}" if count < n else f"over all {steps}"

    def evidence(self, limit: float) -> tuple[Evidence, Evidence]:
        """Return the recent mean, with its limit, and the worst step."""
        step, worst = self.series.highest()
        return (
            Evidence.of(self.metric, "mean share, recent steps", self.value, self.recent, limit=limit),
            Evidence.at(self.metric, f"worst of {steps_of(self.series)}", worst, step),
        )


def rates(run: Run, metrics: tuple[str, ...], recent: int) -> list[Rate]:
    """Return the rates of a run, the highest recent mean first.

    Parameters
    ----------
    run
        The run.
    metrics
        Canonical names; ``name/*`` stands for every member of a family.
    recent
        Values that count as recent.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(metrics={"train_tool_error_rate/search": [0.4, 0.2, 0.1]})
    >>> [(rate.member, rate.value) for rate in rates(run, ("train_tool_error_rate/*",), recent=1)]
    [('search', 0.1)]
    """
    names: list[str] = []
    for metric in metrics:
        base = metric.removesuffix("/*")
        names += [metric] if base == metric else [f"{base}/{member}" for member in run.family(base)]
    found = []
    for name in names:
        if len(series := finite_series(run, name)):
            count = max(1, recent)
            found.append(Rate(name, series, Series(series.step[-count:], series.value[-count:])))
    return sorted(found, key=lambda rate: -rate.value)
