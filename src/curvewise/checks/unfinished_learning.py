"""The check `unfinished_learning`."""

from __future__ import annotations

from curvewise.derived.cause import diverges, training_since
from curvewise.derived.forecasting import validation_forecast
from curvewise.derived.rise import validation_rises
from curvewise.derived.validation import VALIDATION, validation_curve
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check


@check(
    needs=(VALIDATION,),
    uses=("learning_rate", "train_loss"),
    kinds=("sft", "dpo"),
    turns={"training_length": "up"},
)
def unfinished_learning(run: Run, *, certainty: float = 0.8) -> Finding:
    """Validation loss was still falling at the end: more training would help.

    The run stopped while the model was still getting better on new examples. More epochs, or a new
    run with a longer schedule, would give a better checkpoint at no other cost than time.

    Judged is a forecast of the best validation loss (see `curvewise forecast`) for half as many steps
    again as were trained. A run that has steps of its plan left is not warned about: the forecast
    says what they will bring. Nor is one whose learning rate has come down to nothing: it is finished,
    and what falls at its end is what the decay brings.

    Parameters
    ----------
    certainty
        Probability of a gain of 1 % or more from which the run is called unfinished: four in five,
        because another run costs money and a checkpoint 1 % better is a small gain.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[2.0, 1.7, 1.5, 1.4, 1.33, 1.28], every=100)
    >>> print(unfinished_learning(run).summary)
    Validation loss was still falling: 300 more steps would lower the best value, 1.28,
    by 8.4 % (90 % interval 1.5 % to 29 %; 6 full-pass evaluations).
    """
    found = validation_forecast(run)
    curve = validation_curve(run)
    if found.verdict == "no" and found.probability is None:
        return Finding.ok(found.reason)
    gain, ends, chance = found.gain, found.gain_interval, found.probability
    if curve is None or chance is None or gain is None or ends is None or found.horizon is None:
        return Finding.unknown(found.reason)
    said = (
        f"{found.horizon:,} more steps would lower the best value, {found.best:.4g}, by {percent(gain)} "
        f"(90 % interval {percent(ends[0])} to {percent(ends[1])}; {curve.words()})"
    )
    evidence = (
        Evidence.of(curve.metric, "expected relative gain", gain, curve.series, interval=ends),
        Evidence.of(
            curve.metric, "probability of a gain of 1 % or more", chance, curve.series, limit=certainty
        ),
    )
    if any(rise.rising or diverges(rise, training_since(run, rise)) for rise in validation_rises(run)):
        return Finding.unknown(
            "Validation loss ends above its best, so no more training is forecast.",
            *evidence,
            summary=f"Not done: {said}.",
        )
    if found.planned:
        return Finding.ok(f"The run is not at its planned end: {said}.", *evidence)
    if chance >= certainty:
        return Finding.warning(
            f"Validation loss was still falling: {said}.",
            *evidence,
            advice="Train for more epochs, with a learning rate schedule that is as long as the training.",
            confidence=chance,
        )
    if chance > 1 - certainty:
        reason = "The end of the curve does not tell whether the loss still falls; more evaluations would."
        return Finding.unknown(reason, *evidence, summary=f"Perhaps not done: {said}.")
    return Finding.ok(f"Validation loss had stopped falling: {said}.", *evidence, confidence=1 - chance)
