"""The check `loss_spikes`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.comparable.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.plugin import check
from curvewise.stats.smoothing import running_median

WINDOW = 11
"""Values of the running median: a spike of up to five values leaves no trace in it."""


@check(needs=("train_loss",), kinds=("sft", "dpo"))
def loss_spikes(
    run: Run,
    *,
    min_height: float = 2.0,
    min_scatter: float = 8.0,
    max_share: float = 0.02,
    min_values: int = 20,
) -> Finding:
    """Training loss has isolated spikes.

    A few batches have a loss far above their neighbours, and the loss comes back afterwards: bad or
    foreign examples (wrong encoding, empty or cut answers), or a learning rate that is near its limit.
    Spikes are harmless when rare, and the examples behind them are worth a look.

    A spike stands above the running median of 11 values by a factor of `min_height`, by `min_scatter`
    times the usual scatter, and by a tenth of the starting loss. A loss that has many of them is
    noisy by nature (small batches) and has no spikes in this sense. A rise that stays is `divergence`.

    Parameters
    ----------
    min_height
        Smallest spike, as a multiple of the loss around it.
    min_scatter
        Smallest height above the running median in robust standard deviations; 8, because losses of
        single minibatches have heavy tails.
    max_share
        Largest share of values that can be called isolated.
    min_values
        Training values needed.

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
        return Finding.unknown(f"{n} finite training values; {min_values} are needed to know what is usual.")
    around = running_median(loss.value, WINDOW)
    height = loss.value - around
    usual = _usual(height)
    floor = np.maximum((min_height - 1) * np.abs(around), max(min_scatter * usual, 0.1 * abs(around[0])))
    high = (height > floor) & (floor > 0)
    spikes = np.flatnonzero(_tops(high, loss.value))
    if not len(spikes):
        tallest = int(np.argmax(height))
        label = "largest distance above the running median"
        evidence = Evidence.at("train_loss", label, float(height[tallest]), int(loss.step[tallest]), points=n)
        return Finding.ok(f"No spike among {n} training values.", evidence)
    worst = spikes[np.argsort(-height[spikes])][:5]
    evidences = _evidence(loss, worst)
    top = int(worst[0])
    text = (
        f"{len(spikes)} spike{'s' if len(spikes) > 1 else ''} among {n} training values: "
        f"{loss.value[top]:.4g} at step {int(loss.step[top]):,}, where the loss is around {around[top]:.4g}."
    )
    if len(spikes) > max(1, max_share * n):
        return Finding.ok(f"{text} That many are the noise of the batches, not isolated spikes.", *evidences)
    return Finding.warning(
        text,
        *evidences,
        advice="Look at the training examples of these steps for wrong or foreign data; if they are sound, "
        "clip gradients or lower the learning rate.",
    )


def _usual(height: FloatArray) -> float:
    """Robust standard deviation of the distances from the running median."""
    return float(1.4826 * np.median(np.abs(height)))


def _tops(high: NDArray[np.bool_], value: FloatArray) -> NDArray[np.bool_]:
    """Of neighbouring values that are high, only the one above those beside it."""
    padded = np.concatenate([[-np.inf], np.where(high, value, -np.inf), [-np.inf]])
    return high & (padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:])


def _evidence(loss: Series, spikes: NDArray[np.int64]) -> list[Evidence]:
    return [
        Evidence.at("train_loss", "training loss of a spike", float(loss.value[index]), int(loss.step[index]))
        for index in spikes
    ]
