"""The check `loss_spikes`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.plugin import check
from curvewise.stats.quantiles import highest_of
from curvewise.stats.smoothing import median, row_medians, stretches

BESIDE = 5
"""Values on either side that a spike is compared with; up to two of them may be spikes themselves."""

CRUMB = 0.01
"""Share of the starting loss below which values count as equal; a logarithm needs a floor."""

LEAST, FAR = 5, 3.0
"""Values of a short log in which one that is so many times all others is a spike."""

ADVICE = (
    "Look at the training examples of these steps for wrong or foreign data; if they are sound, clip "
    "gradients or lower the learning rate."
)

FEW = 3
"""Spikes that are isolated in a run of any length."""

LEAST_TAIL = 5
"""Fewest heights from which the tail of their distribution can be told: a tenth of 50 values."""


@check(turns={"learning_rate": "down"}, needs=("train_loss",), kinds=("sft", "dpo"))
def loss_spikes(
    run: Run,
    *,
    min_height: float = 2.0,
    min_scatter: float = 6.0,
    max_chance: float = 0.01,
    max_share: float = 0.02,
    min_values: int = 20,
) -> Finding:
    """Training loss has isolated spikes.

    A few batches have a loss far above their neighbours, and the loss comes back afterwards: bad or
    foreign examples (wrong encoding, empty or cut answers), or a learning rate that is near its limit.
    Spikes are harmless when rare, and the examples behind them are worth a look.

    A spike stands above the medians of the 5 values before it and of the 5 after it, by a factor of
    `min_height`, by a tenth of the starting loss, and by more than chance makes the highest of so many
    values stand out: with normal scatter of the logarithms (Bonferroni), and with the exponential tail that
    fits the highest tenth (J. Pickands, "Statistical inference using extreme order statistics", 1975). The
    first and the last 5 values cannot be judged. In a log of 5 to 19 values only one that is 3 times all the
    others is a spike. A loss that has many of them is noisy by nature (small batches) and has no spikes in
    this sense. A rise that stays is `divergence`.

    Of 1,000 simulated losses of log-normal minibatches with 5 to 40 % of noise it calls 0.0 %; it finds
    spikes of 3 to 10 times the loss in 99.4 % of runs with noise up to 20 %, and in 59.2 % above that
    (scripts/calibration/shapes.py).

    Parameters
    ----------
    min_height
        Smallest spike, as a multiple of the loss around it.
    min_scatter
        Smallest height above the values around in robust standard deviations of the logarithm of the
        loss, where fewer than 60 values do not tell the tail of the distribution.
    max_chance
        Chance that the highest value of a run without spikes is called one.
    max_share
        Largest share of values that can be called isolated; 3 always can.
    min_values
        Training values needed to know what is usual.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> losses = [1.0, 1.1, 0.9] * 10
    >>> losses[14] = 6.0
    >>> print(loss_spikes(make_run(train_loss=losses)).summary)
    1 spike among 30 training values: 6 at step 15, where the loss is around 1.
    """
    loss = finite_series(run, "train_loss")
    n = len(loss)
    if n < min_values:
        return _among_few(loss, min_values)
    start = median(loss.value[:BESIDE])
    if start <= 0:
        return Finding.unknown(f"Training loss starts at {start:.3g}; a height has no measure there.")
    beside = row_medians(stretches(loss.value, BESIDE))
    loss = loss.between(int(loss.step[BESIDE]), int(loss.step[-BESIDE - 1]))
    around = np.maximum(beside[: -BESIDE - 1], beside[BESIDE + 1 :])
    least = max(CRUMB * start, 1e-300)
    height = np.log(np.maximum(loss.value, least)) - np.log(np.maximum(around, least))
    tall = max(np.log(min_height), _unusual(height, min_scatter, max_chance))
    high = (height > tall) & (loss.value - around > 0.1 * start)
    if not high.any():
        tallest = int(height.argmax())
        label = "largest multiple of the loss around it"
        times = float(np.exp(min(height[tallest], 600.0)))
        limit = float(np.exp(min(tall, 600.0)))
        evidence = Evidence.at("train_loss", label, times, int(loss.step[tallest]), limit=limit, points=n)
        return Finding.ok(f"No spike among {n:,} training values.", evidence)
    spikes = np.flatnonzero(_tops(high, loss.value))
    worst = spikes[np.argsort(-height[spikes])][:5]
    evidences = _evidence(loss, worst)
    top = int(worst[0])
    text = (
        f"{len(spikes):,} spike{'s' if len(spikes) > 1 else ''} among {n:,} training values: "
        f"{loss.value[top]:.4g} at step {int(loss.step[top]):,}, where the loss is around {around[top]:.4g}."
    )
    if len(spikes) > max(FEW, max_share * n):
        return Finding.ok(f"{text} That many are the noise of the batches, not isolated spikes.", *evidences)
    return Finding.warning(
        text,
        *evidences,
        advice=ADVICE,
    )


def _among_few(loss: Series, min_values: int) -> Finding:
    """Judge a short log: only a value far above all others, and not at an end, is a spike there."""
    n = len(loss)
    unknown = Finding.unknown(f"{n} finite training values; {min_values} are needed to know what is usual.")
    if n < LEAST:
        return unknown
    top = int(loss.value.argmax())
    others = np.delete(loss.value, top)
    if not 0 < top < n - 1 or not loss.value[top] / FAR > others.max() > 0:
        return unknown
    step, value = int(loss.step[top]), float(loss.value[top])
    return Finding.warning(
        f"1 spike among {n} training values: {value:.4g} at step {step:,}, where the others reach at most "
        f"{float(others.max()):.4g}.",
        Evidence.at("train_loss", "training loss of a spike", value, step),
        advice=ADVICE,
    )


def _unusual(height: FloatArray, min_scatter: float, max_chance: float) -> float:
    """Height that the highest of them exceeds with `max_chance`, from their scatter and their tail."""
    middle = median(height)
    usual = 1.4826 * median(np.abs(height - middle))
    n = len(height)
    count = n // 10
    if count < LEAST_TAIL:
        return min_scatter * usual
    top = np.partition(height, n - count - 1)[n - count - 1 :]
    begin = float(top[0])
    excess = median(top[1:] - begin) / np.log(2)  # mean of an exponential distribution, from its median
    normal = middle + usual * highest_of(n, max_chance)
    return float(max(normal, begin + excess * np.log(count / max_chance)))


def _tops(high: NDArray[np.bool_], value: FloatArray) -> NDArray[np.bool_]:
    """Of neighbouring values that are high, only the one above those beside it."""
    padded = np.concatenate([[-np.inf], np.where(high, value, -np.inf), [-np.inf]])
    return high & (padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:])


def _evidence(loss: Series, spikes: NDArray[np.int64]) -> list[Evidence]:
    return [
        Evidence.at("train_loss", "training loss of a spike", float(loss.value[index]), int(loss.step[index]))
        for index in spikes
    ]
