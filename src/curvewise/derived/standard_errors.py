"""Standard errors that a log keeps in columns of their own."""

from __future__ import annotations

import re

from msgspec.structs import replace

from curvewise.model.run import Run
from curvewise.model.series import Series, table

_ENDING = re.compile(r"(?:[_,./ ](?:stderr|std_err|standard_error)|[_,./ ]se)$", re.IGNORECASE)


def with_standard_errors(run: Run) -> Run:
    """Return the run with columns such as ``eval_accuracy_stderr`` as standard errors of their metric.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(metrics={"eval_f1": [0.5, 0.6], "eval_f1_stderr": [0.02, 0.03]})
    >>> found = with_standard_errors(run)
    >>> list(found.metrics), found["eval_f1"].standard_error
    (['eval_f1'], array([0.02, 0.03]))
    """
    by_column = {run.called(metric): metric for metric in run.metrics}
    metrics = dict(run.metrics)
    for column, name in by_column.items():
        own = _ENDING.sub("", column)
        metric = by_column.get(own)
        if own == column or metric is None or metrics[metric].standard_error is not None:
            continue
        series = metrics[metric]
        steps, values = table([series, metrics[name]])
        kept = steps.searchsorted(series.step)
        metrics[metric] = Series(series.step, series.value, values[kept, 1])
        del metrics[name]
    return run if len(metrics) == len(run.metrics) else replace(run, metrics=metrics)
