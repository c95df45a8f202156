"""The check `overfitting`."""

from __future__ import annotations

from curvewise.derived.cause import TrainingSince, diverges, training_since
from curvewise.derived.rise import FEW, Rise, ends_broken, validation_rises
from curvewise.derived.task_metric import task_metric
from curvewise.derived.validation import VALIDATION
from curvewise.derived.words import compare, deploy_by_loss
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import change, percent
from curvewise.plugin import check


@check(needs=(VALIDATION,), uses=("train_loss",), kinds=("sft", "dpo"), turns={"training_length": "down"})
def overfitting(run: Run, *, max_rise: float = 1.2, smallest_rise: float = 0.03) -> Finding:
    """Validation loss ends above its best value while training loss keeps falling.

    From its best value on, the model learns its training examples by heart and does worse on new
    ones. Every step after that costs money and quality, and an earlier checkpoint is the better model.

    The guide's figure, final over best validation loss with its limit of 1.2, is always shown. Judged is
    whether the rise is more than the noise of the evaluations: they are compared with courses that fall
    and courses that come to rise, under noise that is independent or lasts from value to value; single
    outliers count little. Fewer than 5 evaluations cannot measure their noise, and a rise has to be more
    than a noise of 10 % makes, unless training loss has fallen steeply since the best. A believed rise
    below the limit is a warning, above it a problem; with 2 to 5 evaluations noise is not excluded, and
    the finding says so. Single minibatches of the validation set, or means over them, allow no more than a
    warning. Of several evaluation sets the one that rises most is judged. When training loss ends above
    its level at the best evaluation, this is `divergence` and not overfitting. A gap between the losses
    that is wide but constant is no overfitting. A metric of the task that gained meanwhile allows no more
    than a warning. The confidence is the probability that the course itself, noise taken off, rises or
    does not.

    Measured on simulated curves with 3 to 16 evaluations and a noise of 1 to 4 %: false alarms in 0.6 %
    (3.5 % in the worst case, a noise of 4 %); a rise of 10 % is seen in 90.2 % of cases with 16 evaluations,
    in 82.1 % with 8 and in 31.9 % with 5, hardly ever with 3; one of 40 % in 99.0 % with 3 evaluations and in
    100.0 % with more. Of verdicts that claim a confidence of 90 % or more, 98.9 % were right.
    `scripts/calibration/rises.py` measures other noise. On 1,664 AlgoPerf training runs, none of which
    anything was fitted on, the macro-F1 of fine, overfitting and divergence is 0.968 where a rise of 5 %
    counts and 0.903 where one of 2 % does.

    Parameters
    ----------
    max_rise
        The guide's limit for final over best validation loss.
    smallest_rise
        Smallest relative rise that is worth a word. Below it the checkpoints are of equal use.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> losses = {100: 0.170, 200: 0.164, 300: 0.205}
    >>> run = make_run(full_valid_loss=losses, train_loss=[0.8] * 100 + [0.4] * 100 + [0.2] * 100)
    >>> finding = overfitting(run)
    >>> print(finding.status, finding.summary)
    problem Validation loss ends 25 % above its best: 0.205 at step 300, 0.164 at step 200. This rests on
    3 full-pass evaluations, too few to measure their noise.
    """
    rises = validation_rises(run, smallest_rise)
    if not rises:
        return Finding.unknown("It takes two evaluations with a loss of 0 or more to see a rise.")
    rise = rises[0]
    if ends_broken(run, rise.curve.metric):
        return Finding.unknown("Validation loss ends in NaN or infinity: the run is broken there.")
    since = training_since(run, rise)
    evidence = _evidence(rise, since, max_rise)
    text = _describe(rise, rises)
    chance = rise.probability
    if diverges(rise, since):
        return Finding.ok(
            f"{text} Training loss rises as well: this is divergence and not overfitting.", *evidence
        )
    if not rise.rising:
        return _not_rising(rise, text, evidence, max_rise)
    if rise.curve.weak:
        text += " Its values are no full passes, so this is no more than a hint."
    elif rise.certainty == "few points":
        text += f" This rests on {rise.curve.words()}, too few to measure their noise."
    advice = compare(run, rise.best_step) if rise.curve.weak else deploy_by_loss(run, rise.best_step)
    task = task_metric(run)
    gained = task is not None and task.gained_after(rise.best_step)
    if task is not None and gained:
        text += f" Meanwhile {task.called(run)} gained, so the loss alone is no verdict."
        advice = f"Choose by {task.called(run)}, if it measures what you want."
    if rise.ratio > max_rise and not rise.curve.weak and not gained:
        return Finding.problem(text, *evidence, advice=advice, confidence=chance)
    return Finding.warning(text, *evidence, advice=advice, confidence=chance)


def _not_rising(rise: Rise, text: str, evidence: list[Evidence], max_rise: float) -> Finding:
    few = len(rise.curve.series) < FEW
    minibatches = few and rise.curve.basis == "one minibatch"
    sure = 1 - rise.probability
    if rise.certainty == "no rise" and rise.ratio <= max_rise and not minibatches:
        return Finding.ok(text, *evidence, confidence=sure)
    if not few and rise.ratio <= max_rise and sure >= 0.5:
        text += f" That is within their scatter of {percent(rise.noise or 0)}."
        return Finding.ok(text, *evidence, confidence=sure)
    if few:
        reason = f"{rise.curve.words()} cannot tell a rise from noise; 6 or more could."
    else:
        more = "A larger validation set" if rise.curve.basis == "full pass" else "Full passes over that set"
        reason = (
            f"The values scatter by {percent(rise.noise or 0)} from one evaluation to the next, so "
            f"final over best says little. {more} would tell, or more evaluations."
        )
    return Finding.unknown(reason, *evidence, summary=text)


def _describe(rise: Rise, rises: tuple[Rise, ...]) -> str:
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


def _evidence(rise: Rise, since: TrainingSince | None, max_rise: float) -> list[Evidence]:
    metric, last = rise.curve.metric, rise.curve.series.last_step
    found = [
        *rise.evidence(max_rise),
        Evidence.at(metric, "best validation loss", rise.best, rise.best_step),
        Evidence.at(metric, "final validation loss", rise.final, last),
    ]
    if since is not None and rise.best_step < last:
        after = since.series.between(rise.best_step, last)
        label = "training loss at the last evaluation / at the best ones"
        found.append(Evidence.of("train_loss", label, since.ratio, after))
    return found
