"""Budget: what an evaluation has spent, and what it has reserved."""

from __future__ import annotations

import msgspec

from curvewise.model.evaluation import Sample, Tokens
from curvewise.model.plan import Budget


class Spending:
    """Amounts spent, and reserved for calls or samples in progress.

    Nothing begins unless its upper bound fits into the rest, so the budget holds as long as the bounds do.

    >>> spending, bound = Spending(Budget(tokens=100)), Tokens(output=60)
    >>> spending.reserve("step 70", bound)
    >>> spending.fits("step 70", bound)
    False
    >>> spending.settle("step 70", bound, Tokens(output=30))
    >>> spending.fits("step 70", bound)
    True
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.tokens = 0
        self.money = 0.0
        self.under_way = 0
        self._reserved_tokens = 0
        self._reserved_money = 0.0

    def fits(self, contender: str, bound: Tokens, cost: float | None = None) -> bool:
        """Whether something that takes at most `bound` may begin; at `cost` where that is known."""
        limits = self.budget
        if limits.tokens is not None and self.tokens + self._reserved_tokens + bound.total > limits.tokens:
            return False
        price = self.cost(contender, bound) if cost is None else cost
        money = self.money + self._reserved_money + price
        return limits.money is None or money <= limits.money

    def reserve(self, contender: str, bound: Tokens) -> None:
        """Reserve an upper bound."""
        self.under_way += 1
        self._reserved_tokens += bound.total
        self._reserved_money += self.cost(contender, bound)

    def settle(self, contender: str, bound: Tokens, spent: Tokens | None) -> None:
        """Replace a reservation by the amount spent; None if that is unknown, and may be all of it."""
        self.under_way -= 1
        self._reserved_tokens -= bound.total
        self._reserved_money -= self.cost(contender, bound)
        self.spend(contender, bound if spent is None else spent)

    def spend(self, contender: str, spent: Tokens, cost: float | None = None) -> None:
        """Add an amount; at `cost` where that is known, else at the contender's prices."""
        self.tokens += spent.total
        self.money += self.cost(contender, spent) if cost is None else cost

    def priced(self, contender: str, sample: Sample) -> Sample:
        """Return a sample with its cost, where only its tokens and their price are known."""
        if sample.cost is not None or not sample.tokens or contender not in self.budget.prices:
            return sample
        return msgspec.structs.replace(sample, cost=self.cost(contender, sample.tokens))

    def cost(self, contender: str, tokens: Tokens) -> float:
        """Return the cost of tokens; 0 without a price."""
        price = self.budget.prices.get(contender)
        return 0.0 if price is None else price.of(tokens)
