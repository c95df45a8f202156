"""The check `generalization_gap`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.gap import Gap, final_gap
from curvewise.derived.ratio import LossRatio, band, loss_ratio
from curvewise.derived.rise import SMALLEST, validation_rises
from curvewise.derived.task_metric import task_metric
from curvewise.derived.validation import VALIDATION, validation_curves
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import quotient
from curvewise.plugin import check

HELD = 0.5
"""Probability of a rise below which validation loss counts as being at its best."""
SEVERAL, FOLLOWED = 5, 0.25
"""Evaluations that show whether validation loss follows training loss, and the least share of its fall."""
QUIET = 0.05
"""Relative scatter of evaluations up to which a wide gap is seldom one by chance: of simulated healthy runs
whose evaluations scatter by 4 % it is in 0.5 %, at 10 % in 12 to 15 % of those with 2 to 4 evaluations."""
SHOWN = 12
"""Ratios listed as evidence; of more evaluations, as many evenly spread ones."""


@check(
    needs=("train_loss", VALIDATION), kinds=("sft", "dpo"), turns={"training_length": "down", "data": "up"}
)
def generalization_gap(run: Run, *, max_ratio: float = 1.5, severe_ratio: float = 2.0) -> Finding:
    """Validation loss is far above training loss: the guide's overfitting ratio is 1.5 or more.

    The model does better on what it trained on than on new examples. The guide reads validation over
    training loss in four bands: below 1.2 healthy, from 1.2 mild (acceptable for a small data set), from
    1.5 to 2.0 moderate (consider fewer epochs), above 2.0 severe (deploy an earlier checkpoint).

    The ratio is computed at every evaluation, twice: as logged, and as a comparable figure that divides by
    the mean of the training values before the evaluation (a twentieth of all, at least 5, at most a
    tenth), since a single training minibatch is noise. Judged is the comparable ratio at the end; of single
    validation minibatches, the mean of the last fifth of them. Single minibatches, or means over them,
    and a training loss below 0.01 allow no more than a warning: the quotient of such numbers is no
    reliable size. When both losses are near zero the ratio says nothing. A wide gap is no fault where
    validation loss fell and is at its best: every model does better on what it trained on, the more so the
    better it fits, and the last checkpoint is the best one. The band is shown then, and nothing is warned
    of, unless the gap was wide at the first evaluation too, and validation fell by less than a quarter of
    what training did since. Where its scatter leaves open whether it rose, that is a warning at most. A gap
    that is wide from the start, since the data sets differ, is the matter of `initial_gap`.

    Parameters
    ----------
    max_ratio
        Ratio from which the gap is worth a warning: the guide's lower limit of "moderate".
    severe_ratio
        Ratio above which it is a problem: the guide's limit of "severe".

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[1.0, 0.8, 0.5], full_valid_loss={3: 1.0})
    >>> print(generalization_gap(run).summary)
    Validation loss ends at 2.00 times the training loss (moderate): 1 over 0.5 at step 3. As logged 2.00.
    """
    judged: list[tuple[Gap, LossRatio]] = []
    for curve in validation_curves(run).values():
        ratio = loss_ratio(run, curve)
        gap = None if ratio is None else final_gap(ratio)
        if ratio is not None and gap is not None:
            judged.append((gap, ratio))
    if not judged:
        return Finding.unknown(
            "No evaluation has a training loss at or before it with which it makes a ratio (both 0 or more)."
        )
    gap, ratio = max(judged, key=lambda pair: (not pair[0].trivial, pair[0].ratio))
    text, evidence = _describe(gap, ratio, len(judged)), _evidence(ratio, gap, max_ratio)
    if gap.trivial:
        reason = (
            f"Both losses are near zero ({gap.valid:.3g} and {gap.train:.3g}), so their ratio says nothing."
        )
        return Finding.unknown(reason, *evidence, summary=text)
    if gap.ratio < max_ratio or (_at_its_best(run, ratio.curve.metric) and not _stands(ratio, max_ratio)):
        held = " Validation loss fell and is at its best, so a wide gap is no fault."
        return Finding.ok(f"{text}{held * (gap.ratio >= max_ratio)}", *evidence)
    if ratio.curve.basis == "one minibatch" and gap.points < 5:
        reason = f"{ratio.curve.words()}: too few to average. Full passes over the validation set would tell."
        return Finding.unknown(reason, *evidence, summary=text)
    advice = (
        "Train for fewer epochs, add training examples, or raise regularisation."
        if gap.ratio <= severe_ratio
        else "See whether an earlier checkpoint has a lower validation loss, and deploy that one; train for "
        "fewer epochs or on more varied data."
    )
    caution = _caution(run, gap, ratio)
    if not caution and gap.ratio > severe_ratio and not _task_gained(run):
        return Finding.problem(text, *evidence, advice=advice)
    return Finding.warning(f"{text}{caution}", *evidence, advice=advice)


def _caution(run: Run, gap: Gap, ratio: LossRatio) -> str:
    """Say why a wide gap is a warning at most; nothing where it may be a problem."""
    if gap.near_zero:
        return (
            f" A training loss of {gap.train:.3g} makes the ratio grow without limit; its size is no measure."
        )
    if ratio.curve.weak:
        return " These are no full passes over the validation set, so take it as a hint."
    rises = [rise for rise in validation_rises(run) if rise.curve.metric == ratio.curve.metric]
    if any(rise.certainty == "within noise" and (rise.noise or 1.0) > QUIET for rise in rises):
        return " Whether validation loss rose from its best, its scatter does not tell."
    return ""


def _task_gained(run: Run) -> bool:
    """Whether a metric of the task gained after the lowest validation loss, or ends at its best."""
    rises, task = validation_rises(run), task_metric(run)
    if not rises or task is None:
        return False
    ends_best = len(task.series) > 1 and int(np.argmin(task.merit)) == len(task.series) - 1
    return ends_best or task.gained_after(rises[0].best_step)


def _at_its_best(run: Run, metric: str) -> bool:
    """Whether several evaluations say that a validation loss fell and does not end above its lowest value."""
    return any(
        (rise.certainty == "no rise" or rise.probability < HELD)
        and rise.best * (1 + SMALLEST) < float(rise.curve.series.value[0])
        for rise in validation_rises(run)
        if rise.curve.metric == metric
    )


def _stands(ratio: LossRatio, max_ratio: float) -> bool:
    """Whether several full passes fell by little of what training fell, with a wide gap from the first on."""
    known = np.isfinite(ratio.comparable)
    train, valid = ratio.train[known], ratio.valid[known]
    if len(train) < SEVERAL or ratio.curve.weak or ratio.comparable[known][0] < max_ratio:
        return False
    return float(valid[0] - valid.min()) < FOLLOWED * float(train[0] - train[-1])


def _describe(gap: Gap, ratio: LossRatio, sets: int) -> str:
    name = ratio.curve.metric.partition("/")[2]
    among = f", the worst of {sets}," if sets > 1 else ""
    where = f" on the set {name!r}{among}" if name else ""
    known = ratio.comparable[ratio.known]
    place = f"at step {gap.last_step:,}" if gap.points == 1 else f"over the last {gap.points:,} evaluations"
    text = (
        f"Validation loss{where} ends at {quotient(gap.ratio)} times the training loss ({gap.band}): "
        f"{gap.valid:.4g} over {gap.train:.4g} {place}."
    )
    if ratio.logged is not None:
        text += f" As logged {quotient(ratio.logged[1])}."
    if len(known) > 1:
        lowest, highest = quotient(float(known.min())), quotient(float(known.max()))
        text += f" Over {ratio.curve.words()} it is {lowest} to {highest}."
    return text


def _evidence(ratio: LossRatio, gap: Gap, limit: float) -> list[Evidence]:
    metric = ratio.curve.metric
    found = [
        Evidence(
            label=f"validation / training loss at the end, comparable: {gap.band}",
            value=gap.ratio,
            metric=metric,
            limit=limit,
            first_step=gap.first_step,
            last_step=gap.last_step,
            points=gap.points,
        )
    ]
    if ratio.logged is not None:
        step, value = ratio.logged
        label = f"validation / training loss at the end, as logged: {band(value)}"
        found.append(Evidence.at(metric, label, value, step))
    known = ratio.known
    if len(known) > SHOWN:
        known = known[(np.arange(SHOWN) * (len(known) - 1) / (SHOWN - 1)).round().astype(int)]
    for step, value in zip(ratio.step[known].tolist(), ratio.comparable[known].tolist(), strict=True):
        found.append(Evidence.at(metric, f"comparable ratio: {band(value)}", value, step))
    return found
