"""Seen: the pairs as one contender sees another, and what to say of them."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.deciding.judging import Judgement
from curvewise.model.decision import Pair, Standing, Verdict
from curvewise.stats.figures import figure
from curvewise.stats.paired import LEVEL

MANY = 10_000
"""More samples than this are not counted out."""
_TURNED: dict[Verdict, Verdict] = {"better": "worse", "worse": "better"}


class Seen:
    """Look pairs up from either side.

    Parameters
    ----------
    judgement
        The standings and pairs.
    """

    def __init__(self, judgement: Judgement) -> None:
        self._pairs = {frozenset((pair.first, pair.second)): pair for pair in judgement.pairs}
        self._standings = {standing.name: standing for standing in judgement.standings}
        self._points = judgement.points

    def pair(self, one: str, other: str) -> Pair | None:
        """Return the pair of two contenders; None when they share no sample."""
        return self._pairs.get(frozenset((one, other)))

    def standing(self, name: str) -> Standing:
        """Return where one contender stands."""
        return self._standings[name]

    def verdict(self, one: str, other: str) -> Verdict:
        """Return the verdict of one against another; those that share no sample cannot be told apart."""
        pair = self.pair(one, other)
        if pair is None:
            return "cannot tell"
        return pair.verdict if pair.first == one else _TURNED.get(pair.verdict, pair.verdict)

    def is_cheaper(self, one: str, other: str) -> bool:
        """Whether one is shown to take fewer tokens than another."""
        pair = self.pair(one, other)
        if pair is None or pair.tokens is None or pair.tokens_p_value is None:
            return False
        fewer = pair.tokens if pair.first == one else -pair.tokens
        return fewer < 0 and pair.tokens_p_value <= LEVEL

    def is_no_worse(self, one: str, other: str, margin: float) -> bool:
        """Whether one is shown not to be less accurate than another by the margin or more."""
        pair = self.pair(one, other)
        if pair is None:
            return False
        lowest = pair.interval[0] if pair.first == one else -pair.interval[1]
        return lowest > -margin or self.verdict(one, other) in ("better", "equivalent")

    def improves(self, one: str, other: str, margin: float) -> bool:
        """Whether one is shown to be better than another, or to be no worse and to take fewer tokens."""
        if self.verdict(one, other) == "better":
            return True
        return self.is_no_worse(one, other, margin) and self.is_cheaper(one, other)

    def is_shown_higher(self, one: str, other: str) -> bool:
        """Whether one is shown to have the higher accuracy, be it by less than the margin."""
        pair = self.pair(one, other)
        if pair is None:
            return False
        gain = pair.difference if pair.first == one else -pair.difference
        return gain > 0 and pair.p_value <= LEVEL

    def more_samples(self, one: str, other: str) -> int | None:
        """Return how many more samples would tell two contenders apart."""
        pair = self.pair(one, other)
        return None if pair is None else pair.samples_needed

    def difference(self, one: str, other: str) -> str:
        """Return ``+1.2 points (95 % interval -4.1 to +6.5, p = 0.64)``, one less the other."""
        pair = self.pair(one, other)
        if pair is None:
            return "no sample in common"
        sign = 1.0 if pair.first == one else -1.0
        low, high = sorted(sign * end for end in pair.interval)
        return (
            f"{self._signed(sign * pair.difference)}{' points' if self._points else ''} (95 % interval "
            f"{self._signed(low)} to {self._signed(high)}, {p_words(pair.p_value)})"
        )

    def amount(self, accuracy: float) -> str:
        """Return a margin as it stands in a sentence: ``3 points``."""
        return f"{100 * accuracy:.3g} points" if self._points else f"{accuracy:.3g}"

    def _signed(self, value: float) -> str:
        return signed(100 * value, 1) if self._points else signed(value, 3)

    def saving(self, one: str, other: str) -> str:
        """Return how many fewer tokens one takes than another, in per cent."""
        pair = self.pair(one, other)
        mean = self.standing(other).tokens
        if pair is None or pair.tokens is None or not mean:
            return "fewer tokens"
        return f"{100 * abs(pair.tokens) / mean:.0f} % fewer tokens"


def signed(value: float, digits: int) -> str:
    """Return a difference with its sign.

    Examples
    --------
    >>> signed(0.0121, 3), signed(-5, 1), signed(-0.01, 1)
    ('+0.012', '-5.0', '0.0')
    """
    return figure(0.0, digits) if abs(value) < 0.5 / 10**digits else figure(value, digits, sign="+")


def p_words(p_value: float) -> str:
    """Return a p-value as it stands in a sentence.

    Examples
    --------
    >>> p_words(0.0123), p_words(0.0001), p_words(0.64), p_words(1.0)
    ('p = 0.012', 'p < 0.001', 'p = 0.64', 'p = 1')
    """
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.2g}" if p_value < 0.995 else "p = 1"


def count_words(samples: int) -> str:
    """Return a number of samples as one would say it: two digits, since more are not known.

    Examples
    --------
    >>> count_words(417), count_words(23), count_words(123_456)
    ('about 420', 'about 23', 'more than 10,000')
    """
    if samples > MANY:
        return f"more than {MANY:,}"
    digits = max(0, len(str(samples)) - 2)
    return f"about {round(samples, -digits):,}"


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}"
