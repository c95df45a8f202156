"""The check `token_growth`."""

from __future__ import annotations

from curvewise.derived.graded_reward import graded_reward
from curvewise.derived.losses import finite_series
from curvewise.derived.reward_change import REWARD_CHANGE, RewardChange, reward_change
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import fixed
from curvewise.plugin import check
from curvewise.stats.moments import mean
from curvewise.stats.noise import noise_level

TOKENS = ("completion_tokens_mean", "reasoning_tokens_mean")
SURELY = 0.8
"""Standard errors that are taken off both ends of a rise before it counts as steady."""


@check(needs=(TOKENS,), uses=REWARD_CHANGE, kinds=("rft",))
def token_growth(run: Run, *, watch: float = 2.0, limit: float = 3.0, window: int = 5) -> Finding:
    """Rollouts became several times longer: the grader may reward verbosity.

    A grader that pays for length, or for many words that happen to match, is answered with length.
    Up to a doubling is normal: a model that learns to reason or to use a tool says more. A tripling
    asks for a look at what the grader scores, most of all when the reward did not grow with it.

    The first and the last steps are averaged, since the tokens of one step depend on its prompts; where the
    tokens surely still rise at both ends, the line through the outer averages is taken to the ends.
    The ratio of the very first and very last step is shown beside it. Completion tokens include
    reasoning tokens; both are judged, and the larger growth counts. A longer answer can be a better
    answer: whether the reward grew with it is said, with the reward per 1,000 tokens at either end where
    no reward is negative. Only the task itself can tell more.

    Of 1,000 simulated runs of 20 to 100 steps with noise of 5 to 30 % it calls 0.2 % of those that grow by
    up to half; of those that grow 3.5 times it calls 100.0 %, and 89.6 % a problem. A steady
    growth to four times over 8 to 40 steps, with noise of up to 10 %, is a problem in 99.6 %
    (scripts/calibration/shapes.py).

    Parameters
    ----------
    watch
        Growth from which to watch; the guide calls up to a doubling normal.
    limit
        Growth from which verbosity is suspected; the guide's figure.
    window
        Steps to average at either end; at most a third of the run.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> tokens = [100.0] * 10 + [250.0] * 10 + [400.0] * 10
    >>> print(token_growth(make_run(completion_tokens_mean=tokens, train_mean_reward=[0.5] * 30)).summary)
    Completion tokens went from 100 to 400 (4.0 times) over 30 steps, 5 averaged at either end;
    the reward did not clearly change, from 0.5 to 0.5.
    """
    growths = [growth for metric in TOKENS if (growth := _growth(run, metric, window, limit)) is not None]
    if not growths:
        return Finding.unknown("At least 2 steps with a positive number of tokens are needed.")
    summary, (worst, *_) = max(growths, key=lambda growth: growth[1][0].value)
    evidence = [item for _, shown in growths for item in shown]
    evidence += _earned(run, worst.metric, window)
    change = reward_change(run)
    if change is not None:
        summary += f"; {change.words()}"
        evidence.append(change.evidence())
    if round(worst.value, 9) <= watch:
        return Finding.ok(f"{summary}.", *evidence)
    if round(worst.value, 9) < limit:
        return Finding.warning(f"{summary}.", *evidence, advice=f"Watch it. {_advice(change)}")
    return Finding.problem(f"{summary}.", *evidence, advice=_advice(change))


def _growth(run: Run, metric: str, window: int, limit: float) -> tuple[str, tuple[Evidence, ...]] | None:
    tokens = finite_series(run, metric)
    n = len(tokens)
    width = max(1, min(window, n // 3))
    if n < 2 or (early := mean(tokens.value[:width])) < 1:
        return None
    late = mean(tokens.value[-width:])
    how = f", {width} averaged at either end" if width > 1 else ""
    if (steady := _steady_ends(tokens.value, width)) is not None:
        early, late, how = *steady, ", a steady rise"
    evidence = [Evidence.of(metric, "last steps / first steps", late / early, tokens, limit=limit)]
    ends = Series(tokens.step[[0, -1]], tokens.value[[0, -1]])
    if (first := float(ends.value[0])) >= 1:
        evidence.append(Evidence.of(metric, "last step / first step", ends.value[1] / first, ends))
    name = metric.removesuffix("_tokens_mean").capitalize()
    went = f"went from {fixed(early, 0)} to {fixed(late, 0)} ({fixed(late / early, 1)} times)"
    return f"{name} tokens {went} over {steps_of(tokens)}{how}", tuple(evidence)


def _steady_ends(values: FloatArray, width: int) -> tuple[float, float] | None:
    """Return both ends of a rise that goes on at either end, or None where averages understate nothing.

    Each end is the line through the means of its two outer windows, taken at the end itself.
    """
    n = len(values)
    if width < 2 or n < 2 * width:
        return None
    means = [mean(values[at : at + width]) for at in (0, width, n - 2 * width, n - width)]
    reach = (width - 1) / (2 * width)
    first = max(means[0] - (means[1] - means[0]) * reach, float(values[:width].min()))
    last = min(means[3] + (means[3] - means[2]) * reach, float(values[-width:].max()))
    growth = means[3] / means[0]
    if first < 1 or last / first <= growth:
        return None
    error = (noise_level(values) or 0.0) * (((1 + reach) ** 2 + reach**2) / width) ** 0.5
    low, high = first + SURELY * error, last - SURELY * error
    return (first, last) if low > 0 and high / low > growth else None


def _earned(run: Run, metric: str, window: int) -> tuple[Evidence, ...]:
    """Reward per 1,000 tokens over the first and the last steps that have both."""
    graded = graded_reward(run)
    if graded is None or graded.series.value.min() < 0:
        return ()
    tokens = finite_series(run, metric).on(graded.series.step)
    n = len(tokens)
    width = max(1, min(window, n // 3))
    parts = slice(None, width), slice(-width, None)
    if n < 2 or min(spent := [mean(tokens.value[part]) for part in parts]) < 1:
        return ()
    reward = graded.series.on(tokens.step)
    ends = [1000 * (mean(reward.value[part]) / each) for part, each in zip(parts, spent, strict=True)]
    label = "reward per 1,000 tokens"
    return (
        Evidence.at(graded.metric, f"{label}, first steps", ends[0], int(tokens.step[0]), points=width),
        Evidence.at(graded.metric, f"{label}, last steps", ends[1], int(tokens.step[-1]), points=width),
    )


def _advice(change: RewardChange | None) -> str:
    look = "check the grader's scoring dimensions for anything that grows with length"
    if change is None:
        return f"Compare the reward of short and long rollouts, and {look}."
    if change.rose:
        return (
            f"The reward rose too: test on the real task whether longer answers are better ones, and {look}."
        )
    return f"The longer answers earned no more: limit or price the tokens, and {look}."
