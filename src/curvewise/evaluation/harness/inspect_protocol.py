"""What curvewise and the process that runs Inspect AI say to each other, a line of JSON each."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from curvewise.evaluation.logs.inspect_samples import Reading
from curvewise.model.evaluation import Sample
from curvewise.model.plan import Budget


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to run.

    Parameters
    ----------
    file, name
        The file of the task, and the task in it; None when it holds only one.
    arguments
        Of the task.
    models
        What Inspect AI calls the model of each contender.
    folder
        Of the evaluation.
    limit, epochs, concurrency, retries
        As in `InspectTask`.
    base_url
        Where the models are served; None: where their provider says.
    done
        Samples that need not be done again, by contender: id and attempt.
    failures
        How often a sample has failed before, by contender and ``id/epoch``.
    budget
        What it may take.
    reading
        How to read scores.
    """

    file: str
    name: str | None
    arguments: Mapping[str, str | int | float | bool]
    models: Mapping[str, str]
    folder: str
    limit: int | None
    epochs: int | None
    concurrency: int
    retries: int
    base_url: str | None
    done: Mapping[str, tuple[tuple[str, int], ...]]
    failures: Mapping[str, Mapping[str, int]]
    budget: Budget
    reading: Reading


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The task is loaded and can begin.

    Parameters
    ----------
    task, harness, metric, epochs
        As in `Evaluation`; attempts at each sample.
    samples
        Digest of each sample's question by id, so that contenders and sessions are known to get the same.
    """

    task: str
    harness: str
    metric: str
    epochs: int
    samples: Mapping[str, str]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A sample is done, and stored."""

    contender: str
    sample: Sample


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All is done that could be.

    Parameters
    ----------
    spent
        Whether the budget ended it.
    """

    spent: bool


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It cannot go on."""

    problem: str
    hint: str


Message = Loaded | Done | Ended | Failed
