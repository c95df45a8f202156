"""Protocol between curvewise and the process that runs Inspect AI: lines of JSON."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from curvewise.evaluation.logs.inspect_samples import Reading
from curvewise.model.evaluation import Sample
from curvewise.model.plan import Budget


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to run."""

    file: str
    name: str | None  # of the task; None when the file holds only one
    arguments: Mapping[str, str | int | float | bool]
    models: Mapping[str, str]  # by contender, as Inspect AI names them
    folder: str
    limit: int | None
    epochs: int | None
    concurrency: int
    retries: int
    base_url: str | None  # None: the address of the provider
    # by contender: id and attempt of each sample
    done: Mapping[str, tuple[tuple[str, int], ...]]
    # by contender and ``id/epoch``
    failures: Mapping[str, Mapping[str, int]]
    budget: Budget
    reading: Reading


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The task is loaded."""

    task: str
    harness: str
    metric: str
    epochs: int
    # digest of each question by id: contenders and sessions must get the same
    samples: Mapping[str, str]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A sample is done and stored."""

    contender: str
    sample: Sample


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All samples are done, or the budget is spent."""

    spent: bool  # the budget ended it


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process cannot go on."""

    problem: str
    hint: str


Message = Loaded | Done | Ended | Failed
