"""Log: what one stored log says of one model on one task."""

from __future__ import annotations

import msgspec

from curvewise.model.evaluation import Sample


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one model on one task.

    Parameters
    ----------
    file
        Where they were read.
    model
        As the harness calls it.
    task, harness, metric
        As in `Evaluation`.
    samples
        Of the model.
    unfinished
        Why samples may be missing, such as its status; empty when the evaluation came to its end.
    """

    file: str
    model: str
    task: str
    harness: str
    metric: str
    samples: tuple[Sample, ...]
    unfinished: str = ""
