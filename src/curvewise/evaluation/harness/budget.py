"""Budget: how much an evaluation may take, counted before it is spent."""

from __future__ import annotations

from curvewise.model.evaluation import Tokens
from curvewise.model.plan import Budget


class Purse:
    """What is spent and what is set aside for calls or samples under way.

    A thing is begun only when its bound fits into what is left, so a budget is not exceeded as long as the
    bounds hold.

    Parameters
    ----------
    budget
        The limits.

    Examples
    --------
    >>> purse, bound = Purse(Budget(tokens=100)), Tokens(output=60)
    >>> purse.reserve("step 70", bound)
    >>> purse.fits("step 70", bound)
    False
    >>> purse.settle("step 70", bound, Tokens(output=30))
    >>> purse.fits("step 70", bound)
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
        """Whether something that takes at most `bound` may begin; at `cost` where it is known."""
        limits = self.budget
        if limits.tokens is not None and self.tokens + self._reserved_tokens + bound.total > limits.tokens:
            return False
        price = self.cost(contender, bound) if cost is None else cost
        money = self.money + self._reserved_money + price
        return limits.money is None or money <= limits.money

    def reserve(self, contender: str, bound: Tokens) -> None:
        """Set aside what something may take."""
        self.under_way += 1
        self._reserved_tokens += bound.total
        self._reserved_money += self.cost(contender, bound)

    def settle(self, contender: str, bound: Tokens, spent: Tokens | None) -> None:
        """Replace what was set aside by what was spent; None: it is not known, and may be all of it."""
        self.under_way -= 1
        self._reserved_tokens -= bound.total
        self._reserved_money -= self.cost(contender, bound)
        self.spend(contender, bound if spent is None else spent)

    def spend(self, contender: str, spent: Tokens, cost: float | None = None) -> None:
        """Count what was spent; at `cost` where it is known, else at the contender's prices."""
        self.tokens += spent.total
        self.money += self.cost(contender, spent) if cost is None else cost

    def cost(self, contender: str, tokens: Tokens) -> float:
        """Return what tokens cost, 0 where there is no price."""
        price = self.budget.prices.get(contender)
        return 0.0 if price is None else price.of(tokens)
