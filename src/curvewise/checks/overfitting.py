"""The check `overfitting`."""

from __future__ import annotations

from curvewise.comparable.rise import Rise, validation_rise
from curvewise.comparable.training import TrainingCourse, training_course
from curvewise.comparable.validation import VALIDATION, validation_curves
from curvewise.comparable.words import change, compare, deploy, percent
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(needs=(VALIDATION,), uses=("train_loss",), kinds=("sft", "dpo"))
def overfitting(
    run: Run, *, max_rise: float = 1.2, smallest_rise: float = 0.04, training_rise: float = 0.1
) -> Finding:
    """Validation loss ends above its best value while training loss keeps falling.

    From its best value on, the model learns its training examples by heart and does worse on new
    ones. Every step after that costs money and quality, and an earlier checkpoint is the better model.

    The guide's figure, final over best validation loss with its limit of 1.2, is always shown. Judged
    is whether the rise is more than the noise of the evaluations: with 6 or more of them their scatter
    tells; with 2 to 5 it cannot be measured, a relative noise of 4 % is assumed, and the finding says
    that noise is not excluded. A clear rise below the limit is a warning, above it a problem. Single
    minibatches of the validation set, or means over them, allow no more than a warning. Of several
    evaluation sets the one that rises most is judged. When training loss rises as well, this is
    divergence and not overfitting. A gap between the losses that is wide but constant is no overfitting.

    Parameters
    ----------
    max_rise
        The guide's limit for final over best validation loss.
    smallest_rise
        Smallest relative rise that is worth a word. Below it the checkpoints are of equal use.
    training_rise
        Relative rise of the training loss above its lowest level that means divergence.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss={100: 0.170, 200: 0.164, 300: 0.188}, train_loss=[0.4, 0.3, 0.2] * 3)
    >>> finding = overfitting(run)
    >>> print(finding.status, finding.summary)
    warning Validation loss ends 15 % above its best: 0.188 at step 300, 0.164 at step 200. This rests on
    3 full-pass evaluations, which cannot exclude noise.
    """
    curves = validation_curves(run)
    rises = [rise for curve in curves.values() if (rise := validation_rise(curve, smallest=smallest_rise))]
    if not rises:
        return Finding.unknown("It takes two evaluations with a loss of 0 or more to see a rise.")
    rise = max(rises, key=lambda rise: (rise.rising, rise.certainty == "within noise", rise.level))
    course = training_course(run)
    evidence = _evidence(rise, course, max_rise)
    text = _describe(rise, rises)
    if rise.rising and _training_rises(rise, course, training_rise):
        return Finding.ok(
            f"{text} Training loss rises as well: this is divergence and not overfitting.", *evidence
        )
    if not rise.rising:
        return _not_rising(rise, text, evidence, max_rise)
    if rise.curve.weak:
        text += " Its values are no full passes, so this is no more than a hint."
    elif rise.certainty == "few points":
        text += f" This rests on {rise.curve.words()}, which cannot exclude noise."
    advice = compare(run, rise.best_step) if rise.curve.weak else deploy(run, rise.best_step)
    if rise.ratio > max_rise and not rise.curve.weak:
        return Finding.problem(text, *evidence, advice=advice)
    return Finding.warning(text, *evidence, advice=advice)


def _not_rising(rise: Rise, text: str, evidence: list[Evidence], max_rise: float) -> Finding:
    few = rise.noise is None
    if (
        rise.certainty == "no rise"
        and rise.ratio <= max_rise
        and not (few and rise.curve.basis == "one minibatch")
    ):
        return Finding.ok(text, *evidence)
    if rise.certainty == "within noise" and not few and rise.ratio <= max_rise:
        return Finding.ok(f"{text} That is within their scatter of {percent(rise.noise or 0)}.", *evidence)
    if few:
        reason = f"{rise.curve.words()} cannot tell a rise from noise; 6 or more could."
    else:
        reason = (
            f"The values scatter by {percent(rise.noise or 0)} from one evaluation to the next, so "
            f"final over best says little. Full passes over the validation set would tell."
        )
    return Finding.unknown(reason, *evidence, summary=text)


def _describe(rise: Rise, rises: list[Rise]) -> str:
    name = rise.curve.metric.partition("/")[2]
    where = f" on the set {name!r}" if name else ""
    steps = rise.curve.series.step
    if rise.best_step == int(steps[-1]):
        text = f"Validation loss{where} ends at its best, {rise.best:.4g} at step {rise.best_step:,}"
    elif rise.final == rise.best:
        text = f"Validation loss{where} ends as low as its best, {rise.best:.4g} at step {rise.best_step:,}"
    else:
        amount = change(rise.ratio).lstrip("+")
        above = f"{amount} above its best" if amount.endswith("%") else f"far above its best ({amount})"
        text = (
            f"Validation loss{where} ends {above}: {rise.final:.4g} at step {int(steps[-1]):,}, "
            f"{rise.best:.4g} at step {rise.best_step:,}"
        )
    few = rise.certainty == "few points" and not rise.curve.weak  # said at the end of the summary
    basis = "" if few else f" ({rise.curve.words()})"
    if len(rises) > 1:
        basis += f"; {sum(other.rising for other in rises)} of {len(rises)} evaluation sets rise"
    return f"{text}{basis}."


def _evidence(rise: Rise, course: TrainingCourse | None, max_rise: float) -> list[Evidence]:
    metric, series = rise.curve.metric, rise.curve.series
    last = series.last_step
    found = [
        Evidence.of(metric, "final / best validation loss", rise.ratio, series, limit=max_rise),
        Evidence.at(metric, "best validation loss", rise.best, rise.best_step),
        Evidence.at(metric, "final validation loss", rise.final, last),
    ]
    if rise.width > 1:
        label = f"the same between means over {rise.width} evaluations"
        found.insert(1, Evidence.of(metric, label, rise.level, series))
    if course is not None and course.level_at(rise.best_step) > 0 and rise.best_step < last:
        ratio = course.level_at(last) / course.level_at(rise.best_step)
        since = course.series.between(rise.best_step, last)
        found.append(Evidence.of("train_loss", "training loss at the end / at the best step", ratio, since))
    return found


def _training_rises(rise: Rise, course: TrainingCourse | None, smallest: float) -> bool:
    if course is None or not course.risen(smallest):
        return False
    return course.final > course.level_at(rise.best_step)
