"""Standard errors that a log keeps in columns of their own."""

from __future__ import annotations

import re

from msgspec.structs import replace

from curvewise.model.run import Run
from curvewise.model.series import Series, table

_ENDING = re.compile(
    r"[_,./ ](?:stderr|std_err|standard_error|sem|se)(?P<filter>,[\w-]+)?$", re.IGNORECASE
)  # with the filter of lm-eval behind it, as in acc_stderr,none beside acc,none
_DEVIATION = re.compile(r"(?P<joint>[_,./ ])(?:std|stdev|stddev)$", re.IGNORECASE)
_REWARD = "full_valid_mean_reward"


def with_standard_errors(run: Run) -> Run:
    """Return the run with columns such as ``eval_accuracy_stderr`` as standard errors of their metric.

    A validation reward whose standard deviation is logged beside it, as ``eval_reward_std``, gets that over
    the square root of the number of validation examples. Where it is that within the groups of a prompt, as
    with TRL, the prompts' own differences are left out rightly: they are the same at every evaluation.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(metrics={"eval_f1": [0.5, 0.6], "eval_f1_stderr": [0.02, 0.03]})
    >>> found = with_standard_errors(run)
    >>> list(found.metrics), found["eval_f1"].standard_error
    (['eval_f1'], array([0.02, 0.03]))
    """
    by_column = {run.called(metric): metric for metric in run.metrics}
    if not any(_ENDING.search(column) or _DEVIATION.search(column) for column in by_column):
        return run
    metrics = dict(run.metrics)
    for column, name in by_column.items():
        own = _ENDING.sub(lambda found: found["filter"] or "", column)
        metric = by_column.get(own)
        if own != column and metric is not None and metrics[metric].standard_error is None:
            metrics[metric] = _with_errors(metrics[metric], metrics.pop(name))
        elif run.validation_examples and (deviation := _DEVIATION.search(column)):
            own = column[: deviation.start()]
            metric = by_column.get(own) or by_column.get(f"{own}{deviation['joint']}mean")
            if (
                metric is not None
                and metric.split("/")[0] == _REWARD
                and metrics[metric].standard_error is None
            ):
                metrics[metric] = _with_errors(metrics[metric], metrics[name], run.validation_examples)
    return replace(run, metrics=metrics)


def _with_errors(series: Series, deviation: Series, rollouts: int = 1) -> Series:
    """Return a metric with standard errors of its own: of means over so many rollouts."""
    steps, values = table([series, deviation])
    return Series(series.step, series.value, values[steps.searchsorted(series.step), 1] / rollouts**0.5)
