"""The check `minibatch_validation`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.progress import goes_on
from curvewise.derived.validation import EVERY_SET, FULL, MINIBATCH, ValidationCurve, validation_curve
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.stats.smoothing import median, running_median


@check(needs=(MINIBATCH,), uses=(FULL, EVERY_SET), kinds=("sft", "dpo"), when_missing="not_applicable")
def minibatch_validation(run: Run, *, max_scatter: float = 0.1, min_evaluations: int = 5) -> Finding:
    """The only validation loss is measured on one minibatch at a time, and scatters.

    OpenAI and Azure log ``valid_loss`` on one minibatch of the validation set, the next one of a
    fixed rotation at each evaluation. Two values differ because the batches differ, whatever the
    model learned in between: the lowest value marks the easiest batch, not the best checkpoint, and
    a rise at the end may be a hard one. ``full_valid_loss`` covers the whole set and has no such
    scatter. It stands in the job's events and checkpoints even where the result file lacks it.

    Judged is how far a value lies from the running median around it, in the median over all
    evaluations, relative to that median. When the batches come back in a recognisable rotation, the
    other checks judge by the mean over whole rotations, and the finding says so. Such a mean comes
    close to a full pass, and does not equal it.

    Parameters
    ----------
    max_scatter
        Largest scatter, as a share of the loss, at which single values can be compared. Differences
        between checkpoints that matter are of the order of a tenth.
    min_evaluations
        Fewest evaluations from which the scatter can be told.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(minibatch_validation(make_run(valid_loss=[0.9, 0.2, 0.5, 0.3] * 6)).summary)
    valid_loss is one minibatch at a time: a value lies 63 % off its neighbours (median of 24
    evaluations). The batches come back every 4 evaluations, so it is judged by 6 means over whole rotations.
    """
    curve = validation_curve(run)
    if curve is None:
        return Finding.unknown(
            "valid_loss has no finite value; full_valid_loss from events or checkpoints would do."
        )
    if not curve.weak:
        return Finding.ok(
            f"Validation is judged by {curve.words()}; the minibatch valid_loss beside it is not needed.",
            Evidence.of(curve.metric, "full-pass evaluations", len(curve.series), curve.series),
        )
    advice = (
        "Add the job's events or its checkpoint list, which hold full_valid_loss; without them, compare "
        "checkpoints on the whole validation set before you choose by this curve."
    )
    count = len(curve.raw)
    if count < min_evaluations and goes_on(run):
        return Finding.unknown(
            f"Too few evaluations so far, {count} of {min_evaluations}, and the job is still going on.",
            Evidence.of(MINIBATCH, "evaluations of one minibatch", count, curve.raw, limit=min_evaluations),
        )
    if count < min_evaluations:
        return Finding.warning(
            f"valid_loss is one minibatch at a time, and its scatter cannot be told from {count} "
            f"evaluation{'s' if count > 1 else ''}.",
            Evidence.of(MINIBATCH, "evaluations of one minibatch", count, curve.raw, limit=min_evaluations),
            advice=advice,
        )
    scatter = _scatter(curve)
    evidence = Evidence.of(MINIBATCH, "distance of a value from its neighbours, share", scatter, curve.raw,
                           limit=max_scatter)  # fmt: skip
    base = (
        f"valid_loss is one minibatch at a time: a value lies {percent(scatter)} off its neighbours "
        f"(median of {count:,} evaluations)."
    )
    if scatter <= max_scatter:
        return Finding.ok(base, evidence)
    judged = (
        f"The batches come back every {curve.rotation:,} evaluations, so it is judged by "
        f"{len(curve.series):,} mean{'s' if len(curve.series) > 1 else ''} over whole rotations."
        if curve.rotation is not None
        else "No rotation shows, so single values are all there is."
    )
    return Finding.warning(f"{base} {judged}", evidence, advice=advice)


def _scatter(curve: ValidationCurve) -> float:
    values = curve.raw.value
    middle = running_median(values, max(3, curve.rotation or 5))
    level = np.maximum(np.abs(middle), np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        off = np.minimum(np.abs(values - middle) / level, 1e6)
    return median(off)
