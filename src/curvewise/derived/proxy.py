"""A proxy against the truth: whether what training validates by likes the checkpoint that the task likes."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import LARGEST, FloatArray, Series
from curvewise.numbers import fixed
from curvewise.stats.power import RANGES, limit
from curvewise.stats.ranks import rank_correlation

SCORE, COMPARED = "evaluation_score", "evaluation_score_relative"
SCORES = (SCORE, COMPARED)
"""Metrics that `against_truth` reads beside the proxy."""
FEW = 3
"""Checkpoints up to which a verdict is called weak: any order of three comes up by chance."""


class AgainstTruth(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint that the proxy prefers, against the earlier one that is most surely better.

    Parameters
    ----------
    metric
        The proxy.
    proxy, score
        Both at the common checkpoints, as they were measured.
    earlier, preferred
        Steps of the two; the same where the proxy prefers the first checkpoint.
    fall
        Score of the earlier less that of the preferred one, positive when the proxy misleads.
    half
        Half the width of the interval of `fall`, which holds for all pairs of checkpoints together
        with 95 %; NaN when no standard error is known.
    gain
        By how much the proxy calls the preferred one better than the earlier one.
    paired
        Whether both were compared on the same samples.
    correlation
        Spearman's, over the common checkpoints; None below 3 or when one of the two is constant.
    """

    metric: str
    proxy: Series
    score: Series
    earlier: int
    preferred: int
    fall: float
    half: float
    gain: float
    paired: bool
    correlation: float | None

    def shows_fall(self, smallest: float) -> bool:
        """Whether the score falls by more than its noise, and by at least so much."""
        return self.fall > self.half and self.fall >= smallest

    def interval(self) -> tuple[float, float] | None:
        """Return the interval of the change of the score, or None."""
        return (-self.fall - self.half, -self.fall + self.half) if math.isfinite(self.half) else None

    def words(self, proxy: str) -> str:
        """Say what both do between the two checkpoints."""
        first, last = (self.proxy.at(step) or 0.0 for step in (self.earlier, self.preferred))
        before, after = (self.score.at(step) or 0.0 for step in (self.earlier, self.preferred))
        interval = self.interval()
        sure = f", 95 % interval {fixed(interval[0])} to {fixed(interval[1])}" if interval else ""
        return (
            f"From step {self.earlier:,} to step {self.preferred:,} the {proxy} goes from {fixed(first)} to "
            f"{fixed(last)}, the score on the task from {fixed(before)} to {fixed(after)} "
            f"(by {fixed(-self.fall, sign='+')}{sure})"
        )

    def basis(self) -> str:
        """Say on how many checkpoints it rests, and how both go together."""
        n = len(self.score)
        together = "" if self.correlation is None else f", rank correlation {self.correlation:+.2f}"
        weak = "; so few say little of the others" if n <= FEW else ""
        return f"{n:,} checkpoints{together}{weak}"

    def advice(self, run: Run) -> str:
        """Say which of the two to take, if it exists."""
        saved = run.checkpoints
        if saved is None or any(each.step == self.earlier and each.model for each in saved):
            return f"of these two take step {self.earlier:,}"
        return f"of these two step {self.earlier:,} is the better, but no checkpoint of it exists"

    def without_fall(self, proxy: str, smallest: float) -> Finding:
        """Return the finding where no fall is shown: its noise is not known, or large, or there is none."""
        text, evidence = self.words(proxy), self.evidence(smallest)
        if math.isnan(self.half):
            return Finding.unknown(
                "The standard error of the score is not known. Add the scores from an evaluation of at least "
                "10 samples, or families of samples.",
                *evidence,
                summary=f"{text}.",
            )
        if self.fall >= smallest:
            return Finding.unknown(
                f"The fall is within the noise. {self._more_samples()}", *evidence, summary=f"{text}."
            )
        largest = self.fall + self.half
        left = f"; one of up to {fixed(largest)} is not ruled out" if largest >= smallest else ""
        seen = f"no fall of {smallest:g} or more was seen{left}"
        return Finding.ok(f"{text}: {seen} ({self.basis()}).", *evidence)

    def _more_samples(self) -> str:
        """Say how many more samples would tell, if the true fall is the one that was seen."""
        times = (self.half / self.fall) ** 2 if self.fall > 0 else math.inf
        many = "many more" if not 1 < times < 1000 else f"about {fixed(times + 0.05, 1)} times as many"
        return f"With {many} samples of the task a fall of this size would show."

    def evidence(self, smallest: float) -> tuple[Evidence, ...]:
        """Return the change of the score, that of the proxy, and the correlation."""
        stretch = Series.from_points([self.earlier, self.preferred], [0.0, 0.0])
        pairing = "paired by sample" if self.paired else "unpaired"
        shown = [
            Evidence.of(SCORE, f"change of the score, {pairing}", -self.fall, stretch,
                        limit=-smallest, interval=self.interval()),
            Evidence.of(self.metric, "change of the proxy", self._change(), stretch),
        ]  # fmt: skip
        if self.correlation is not None:
            shown.append(Evidence.of(SCORE, "rank correlation with the proxy", self.correlation, self.score))
        return tuple(shown)

    def _change(self) -> float:
        return (self.proxy.at(self.preferred) or 0.0) - (self.proxy.at(self.earlier) or 0.0)


def against_truth(run: Run, metric: str, proxy: Series, *, sign: float) -> AgainstTruth | None:
    """Compare a proxy with the score on the real task, at the checkpoints that have both.

    The checkpoint that the proxy likes best is compared with every earlier one, and the one that is most
    surely better than it is kept. Since the pair was looked for, the interval is that for all pairs of
    checkpoints together: limits of the range of normal numbers (J. W. Tukey, "The problem of multiple
    comparisons", 1953), and from 11 checkpoints on Bonferroni's with a bound of the normal tail. The order
    of both is compared by ranks (C. Spearman, "The proof and measurement of association", 1904).

    Parameters
    ----------
    run
        With ``evaluation_score``.
    metric, proxy
        The proxy, finite.
    sign
        1 when more of the proxy is better, -1 when less is.

    Returns
    -------
    AgainstTruth or None
        None when fewer than 2 checkpoints have both.
    """
    score = finite_series(run, SCORE)
    score, proxy = score.on(proxy.step), proxy.on(score.step)
    if len(score) < 2:
        return None
    relative = finite_series(run, COMPARED).on(score.step)
    paired = len(relative) == len(score) and bool(np.isfinite(_errors(relative)).all())
    compared = relative if paired else score
    best = int(np.argmax(sign * proxy.value))
    falls = compared.value - compared.value[best]
    errors = _errors(compared)
    halves = all_pairs_limit(len(score)) * np.hypot(errors, errors[best])
    surely = falls if np.isnan(halves).all() else np.where(np.isnan(halves), -np.inf, falls - halves)
    surest = int(np.argmax(surely[: max(best, 1)]))
    return AgainstTruth(
        metric=metric,
        proxy=proxy,
        score=score,
        earlier=int(score.step[surest]),
        preferred=int(score.step[best]),
        fall=float(falls[surest]),
        half=float(halves[surest]),
        gain=float(sign * (proxy.value[best] - proxy.value[surest])),
        paired=paired,
        correlation=rank_correlation(sign * proxy.value, score.value) if len(score) >= FEW else None,
    )


def all_pairs_limit(contenders: int) -> float:
    """Return what a normal statistic has to exceed at 5 %, corrected for all pairs, however many.

    Examples
    --------
    >>> round(all_pairs_limit(3), 2), round(all_pairs_limit(11), 2)
    (2.34, 3.74)
    """
    if contenders <= len(RANGES) + 1:
        return limit(contenders)
    return math.sqrt(2 * math.log(contenders * (contenders - 1) / 2 / 0.05))


def _errors(series: Series) -> FloatArray:
    """Return standard errors, NaN where they are not known; cut so that their squares stay finite."""
    errors = series.standard_error
    if errors is None:
        return np.full(len(series), np.nan)
    known = np.isfinite(errors) & (errors >= 0)
    return np.where(known, np.minimum(errors, LARGEST), np.nan)
