from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curvewise.evaluation.harness.budget import Purse
from curvewise.model.evaluation import Price, Tokens
from curvewise.model.plan import Budget


def test_a_call_under_way_counts_as_much_as_it_may_take() -> None:
    purse = Purse(Budget(tokens=100))
    purse.reserve("a", Tokens(output=70))
    assert not purse.fits("a", Tokens(output=31))
    purse.settle("a", Tokens(output=70), Tokens(output=20))
    assert purse.fits("a", Tokens(output=80))
    assert not purse.fits("a", Tokens(output=81))


def test_what_is_not_known_may_have_been_all_of_it() -> None:
    purse = Purse(Budget(tokens=100))
    purse.reserve("a", Tokens(output=70))
    purse.settle("a", Tokens(output=70), None)
    assert purse.tokens == 70


def test_money_is_counted_at_the_price_of_each_contender() -> None:
    purse = Purse(Budget(money=1.0, prices={"a": Price(input=1.0, output=10.0)}))
    purse.spend("a", Tokens(input=500_000))
    assert purse.money == 0.5
    assert purse.fits("a", Tokens(output=50_000))
    assert not purse.fits("a", Tokens(output=50_001))
    purse.spend("b", Tokens(output=10**9))  # has no price
    assert purse.money == 0.5
    purse.spend("b", Tokens(), cost=0.25)
    assert purse.money == 0.75


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=40),
    st.integers(0, 200),
)
def test_the_budget_holds_as_long_as_the_bounds_do(calls: list[tuple[int, int, bool]], limit: int) -> None:
    purse, under_way = Purse(Budget(tokens=limit)), []
    for bound, spent, settles in calls:
        if purse.fits("a", Tokens(output=bound)):
            purse.reserve("a", Tokens(output=bound))
            under_way.append((bound, min(bound, spent)))
        if settles and under_way:
            bound, spent = under_way.pop()
            purse.settle("a", Tokens(output=bound), Tokens(output=spent))
    for bound, spent in under_way:
        purse.settle("a", Tokens(output=bound), Tokens(output=spent))
    assert purse.tokens <= limit
    assert purse.under_way == 0
