"""The check `oscillating_validation_loss`."""

from __future__ import annotations

import numpy as np

from curvewise.comparable.validation import VALIDATION, ValidationCurve, validation_curves
from curvewise.comparable.words import percent
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check
from curvewise.stats.medians import median
from curvewise.stats.noise import MIN_POINTS, noise_level


@check(needs=(VALIDATION,), kinds=("sft", "dpo"))
def oscillating_validation_loss(
    run: Run, *, max_noise: float = 0.1, max_minibatch_noise: float = 0.5
) -> Finding:
    """Validation loss goes up and down from one evaluation to the next.

    A full pass over one validation set changes only because the model changes. When it jumps to and fro, the
    updates contradict each other: the batches are small, the learning rate is high for them, or the data
    are inconsistent. The lowest of such values is partly luck, so the choice of a checkpoint is uncertain.

    Judged is the noise of one value, from second differences, relative to the median loss, together
    with how often the direction turns. Single minibatches differ because their examples differ; only
    a scatter that makes them useless is named, and of anything less nothing can be said. Of several
    evaluation sets the noisiest is judged.

    Parameters
    ----------
    max_noise
        Largest relative noise of full passes or rotation means that is normal; 95 % of 1,664 AlgoPerf
        training runs scatter by less than 5 %.
    max_minibatch_noise
        Relative noise of single minibatches above which they are of no use.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(oscillating_validation_loss(make_run(full_valid_loss=[1.0, 1.5] * 5)).summary)
    Validation loss scatters by 33 % from one evaluation to the next, and turns 8 times out of 8: 10 full-pass
    evaluations.
    """
    judged = [
        (noise / level, curve)
        for curve in validation_curves(run).values()
        if (noise := noise_level(curve.series.value)) is not None
        and (level := abs(median(curve.series.value))) > 0
    ]
    if not judged:
        return Finding.unknown(
            f"The scatter of a non-zero validation loss can be told from {MIN_POINTS} evaluations on."
        )
    noise, curve = max(judged, key=lambda pair: pair[0])
    turns, possible = _turns(curve)
    name = curve.metric.partition("/")[2]
    where = f" on the set {name!r}" if name else ""
    text = (
        f"Validation loss{where} scatters by {percent(noise)} from one evaluation to the next, and turns "
        f"{turns} times out of {possible}: {curve.words()}."
    )
    minibatch = curve.basis == "one minibatch"
    limit = max_minibatch_noise if minibatch else max_noise
    evidence = (
        Evidence.of(curve.metric, "noise of one value, relative", noise, curve.series, limit=limit),
        Evidence.of(curve.metric, "turns, of those possible", turns / possible, curve.series),
    )
    if noise <= (max_noise if minibatch else limit) or turns < possible / 2:
        return Finding.ok(text, *evidence)
    if not minibatch:
        return Finding.warning(
            text,
            *evidence,
            advice="Take a larger batch or a lower learning rate, and look for examples that contradict each "
            "other.",
        )
    if noise <= limit:
        reason = (
            "Single minibatches scatter by which examples they hold. Full passes over the set would tell."
        )
        return Finding.unknown(reason, *evidence, summary=text)
    return Finding.warning(
        f"{text} Nothing can be read from values so far apart.",
        *evidence,
        advice="Evaluate on full passes over the validation set; look at the examples of the highest and the "
        "lowest minibatch for wrong labels or other formats; take a larger batch.",
    )


def _turns(curve: ValidationCurve) -> tuple[int, int]:
    moves = np.sign(np.diff(curve.series.value))
    moves = moves[moves != 0]
    return int(np.sum(moves[1:] != moves[:-1])), max(1, len(curve.series) - 2)
