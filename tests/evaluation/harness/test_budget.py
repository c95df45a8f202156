from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curvewise.evaluation.harness.budget import Spending
from curvewise.model.evaluation import Price, Tokens
from curvewise.model.plan import Budget


def test_a_call_under_way_counts_as_much_as_it_may_take() -> None:
    spending = Spending(Budget(tokens=100))
    spending.reserve("a", Tokens(output=70))
    assert not spending.fits("a", Tokens(output=31))
    spending.settle("a", Tokens(output=70), Tokens(output=20))
    assert spending.fits("a", Tokens(output=80))
    assert not spending.fits("a", Tokens(output=81))


def test_what_is_not_known_may_have_been_all_of_it() -> None:
    spending = Spending(Budget(tokens=100))
    spending.reserve("a", Tokens(output=70))
    spending.settle("a", Tokens(output=70), None)
    assert spending.tokens == 70


def test_money_is_counted_at_the_price_of_each_contender() -> None:
    spending = Spending(Budget(money=1.0, prices={"a": Price(input=1.0, output=10.0)}))
    spending.spend("a", Tokens(input=500_000))
    assert spending.money == 0.5
    assert spending.fits("a", Tokens(output=50_000))
    assert not spending.fits("a", Tokens(output=50_001))
    spending.spend("b", Tokens(output=10**9))  # has no price
    assert spending.money == 0.5
    spending.spend("b", Tokens(), cost=0.25)
    assert spending.money == 0.75


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=40),
    st.integers(0, 200),
)
def test_the_budget_holds_as_long_as_the_bounds_do(calls: list[tuple[int, int, bool]], limit: int) -> None:
    spending, under_way = Spending(Budget(tokens=limit)), []
    for bound, spent, settles in calls:
        if spending.fits("a", Tokens(output=bound)):
            spending.reserve("a", Tokens(output=bound))
            under_way.append((bound, min(bound, spent)))
        if settles and under_way:
            bound, spent = under_way.pop()
            spending.settle("a", Tokens(output=bound), Tokens(output=spent))
    for bound, spent in under_way:
        spending.settle("a", Tokens(output=bound), Tokens(output=spent))
    assert spending.tokens <= limit
    assert spending.under_way == 0
