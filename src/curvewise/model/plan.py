"""Plan: what an evaluation is about to do, and the most that it may take."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from curvewise.model.evaluation import Contender, Price


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, as far as it is known before it is begun.

    Parameters
    ----------
    name, harness, metric
        As in `Evaluation`.
    epochs
        Attempts at each sample.
    samples
        Digest of each sample's question by id; None when only the harness knows which there are.
    scale
        As in `Evaluation`.
    """

    name: str
    harness: str
    metric: str
    epochs: int = 1
    samples: Mapping[str, str] | None = None
    scale: tuple[float, float] | None = None


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The most that an evaluation may take, over all contenders and all sessions.

    Parameters
    ----------
    tokens
        Read and written, cached reads included; None for no limit.
    money
        In the currency of `prices`; None for no limit.
    prices
        By contender; those that have none cost nothing.
    """

    tokens: int | None = None
    money: float | None = None
    prices: Mapping[str, Price] = {}

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit."""
        return self.tokens is not None or self.money is not None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation is about to do.

    Parameters
    ----------
    task
        What is to be done.
    contenders
        By whom.
    done
        Samples that earlier sessions stored, by contender; of those that are to be done.
    expected
        Samples of each contender, attempts counted; None when only the harness knows.
    budget
        The most that it may take.
    estimate
        Tokens and money for what is left, by what samples took so far; None when that is not known.
    currency
        Of the estimate and the budget.
    failure
        What a failed sample counts as, in units of `Sample.score`.
    """

    task: Task
    contenders: tuple[Contender, ...]
    done: Mapping[str, int]
    expected: int | None
    budget: Budget
    estimate: tuple[float, float] | None = None
    currency: str | None = None
    failure: float = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do, as far as that is known."""
        return self.expected is not None and all(done >= self.expected for done in self.done.values())
