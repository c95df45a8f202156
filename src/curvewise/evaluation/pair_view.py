"""Pair view: compare any two contenders, in either order, and describe the comparison."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.evaluation.pairs import Judgement
from curvewise.model.decision import Pair, Standing, Verdict
from curvewise.numbers import fixed, percent
from curvewise.stats.paired import LEVEL

MANY = 10_000
"""Larger numbers of samples are not stated."""
_TURNED: dict[Verdict, Verdict] = {"better": "worse", "worse": "better"}


class PairView:
    """Pairs of contenders, looked up in either order."""

    def __init__(self, judgement: Judgement) -> None:
        self._pairs = {frozenset((pair.first, pair.second)): pair for pair in judgement.pairs}
        self._standings = {standing.name: standing for standing in judgement.standings}
        self._points = judgement.points
        self._levels = judgement.levels
        self._no_worse = judgement.no_worse

    @property
    def usable(self) -> list[Standing]:
        """The contenders that have results."""
        return [standing for standing in self._standings.values() if not standing.error]

    def level(self, name: str) -> float:
        """Return the accuracy of a contender as if all had done all samples."""
        return self._levels[name]

    def pair(self, one: str, other: str) -> Pair | None:
        """Return the pair of two contenders; None when they share no sample."""
        return self._pairs.get(frozenset((one, other)))

    def standing(self, name: str) -> Standing:
        """Return the standing of a contender."""
        return self._standings[name]

    def verdict(self, one: str, other: str) -> Verdict:
        """Return the verdict on one against another; "cannot tell" without a shared sample."""
        pair = self.pair(one, other)
        if pair is None:
            return "cannot tell"
        return pair.verdict if pair.first == one else _TURNED.get(pair.verdict, pair.verdict)

    def is_cheaper(self, one: str, other: str) -> bool:
        """Whether one is shown to take fewer tokens than another, and is not known to cost more."""
        pair = self.pair(one, other)
        if pair is None or pair.tokens is None or pair.tokens_p_value is None:
            return False
        cost, spent = (self.standing(name).cost for name in (one, other))
        if cost is not None and spent is not None and cost > spent:
            return False
        fewer = pair.tokens if pair.first == one else -pair.tokens
        return fewer < 0 and pair.tokens_p_value <= LEVEL

    def is_no_worse(self, one: str, other: str) -> bool:
        """Whether one is shown to be less than the margin worse than another."""
        return (one, other) in self._no_worse

    def improves(self, one: str, other: str) -> bool:
        """Whether one is shown to be better than another, or no worse with fewer tokens."""
        if self.verdict(one, other) == "better":
            return True
        return self.is_no_worse(one, other) and self.is_cheaper(one, other)

    def is_shown_higher(self, one: str, other: str) -> bool:
        """Whether one is shown to have the higher accuracy, even by less than the margin."""
        pair = self.pair(one, other)
        if pair is None:
            return False
        gain = pair.difference if pair.first == one else -pair.difference
        return gain > 0 and pair.p_value <= LEVEL

    def more_samples(self, one: str, other: str) -> int | None:
        """Return how many more samples would tell two contenders apart."""
        pair = self.pair(one, other)
        return None if pair is None else pair.samples_needed

    def in_families(self, names: Sequence[str]) -> bool:
        """Whether samples of some of these contenders come in families."""
        return any(pair.clusters < pair.samples for key, pair in self._pairs.items() if key <= set(names))

    def compared(self, one: str, other: str) -> str:
        """Return a sentence: ``a less b is +1.2 points (95 % interval -4.1 to +6.5, p = 0.64)``."""
        pair = self.pair(one, other)
        if pair is None:
            return f"{one} and {other} have no sample in common."
        sign = 1.0 if pair.first == one else -1.0
        low, high = sorted(sign * end for end in pair.interval)
        return (
            f"{one} less {other} is {self._signed(sign * pair.difference)}"
            f"{' points' if self._points else ''} (95 % interval {self._signed(low)} to "
            f"{self._signed(high)}, {p_words(pair.p_value)})."
        )

    def amount(self, accuracy: float) -> str:
        """Return a margin in words: ``3 points``."""
        return f"{100 * accuracy:.3g} points" if self._points else f"{accuracy:.3g}"

    def _signed(self, value: float) -> str:
        return signed(100 * value, 1) if self._points else signed(value, 3)

    def saving(self, one: str, other: str) -> str:
        """Return how many fewer tokens one takes than another, in per cent."""
        pair = self.pair(one, other)
        mean = self.standing(other).tokens
        share = abs(pair.tokens) / mean if pair and pair.tokens and mean else 0.0
        return f"{percent(share)} fewer tokens" if 0.005 <= share < 1 else "fewer tokens"


def signed(value: float, digits: int) -> str:
    """Return a difference with its sign.

    >>> signed(0.0121, 3), signed(-5, 1), signed(-0.01, 1)
    ('+0.012', '-5.0', '0.0')
    """
    return fixed(0.0, digits) if abs(value) < 0.5 / 10**digits else fixed(value, digits, sign="+")


def p_words(p_value: float) -> str:
    """Return a p-value in words.

    >>> p_words(0.0123), p_words(0.0001), p_words(0.64), p_words(1.0)
    ('p = 0.012', 'p < 0.001', 'p = 0.64', 'p = 1')
    """
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.2g}" if p_value < 0.995 else "p = 1"


def count_words(samples: int) -> str:
    """Return a number of further samples in words, rounded to the two digits that are known.

    >>> count_words(417), count_words(1), count_words(123_456)
    ('about 420 more samples', '1 more sample', 'over 10,000 more samples')
    """
    if samples > MANY:
        return f"over {MANY:,} more samples"
    digits = max(0, len(str(samples)) - 2)
    return "1 more sample" if samples == 1 else f"about {round(samples, -digits):,} more samples"
