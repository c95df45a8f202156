"""The check `rising_validation_loss`."""

from __future__ import annotations

from curvewise.derived.rise import ends_broken, validation_rises
from curvewise.derived.validation import VALIDATION
from curvewise.derived.words import compare, deploy_by_loss, epochs_done
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import change
from curvewise.plugin import check


@check(needs=(VALIDATION,), kinds=("sft", "dpo"), turns={"training_length": "down"})
def rising_validation_loss(run: Run, *, smallest_rise: float = 0.03) -> Finding:
    """Validation loss rises after epoch k.

    The epochs after the turn make the model worse on new examples. This check names the turn: the epoch
    of the lowest validation loss when epochs are known, else its step. Whether the rise is overfitting,
    and how bad, is what `overfitting` judges; a rise counts here by the same rules, so noise does not.
    It is a warning at most.

    Parameters
    ----------
    smallest_rise
        Smallest relative rise that counts.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> losses = {100: 1.0, 200: 0.8, 300: 0.9, 400: 1.1}
    >>> print(rising_validation_loss(make_run(full_valid_loss=losses, steps_per_epoch=100)).summary)
    Validation loss rises after epoch 2 (step 200): from 0.8 to 1.1 (+38 %), on 2 of 4 full-pass evaluations.
    """
    rises = validation_rises(run, smallest_rise)
    if not rises:
        return Finding.unknown("It takes two evaluations with a loss of 0 or more to see a rise.")
    rise = rises[0]
    if ends_broken(run, rise.curve.metric):
        return Finding.unknown("Validation loss ends in NaN or infinity: the run is broken there.")
    metric, series = rise.curve.metric, rise.curve.series
    name = metric.partition("/")[2]
    where = f" on the set {name!r}" if name else ""
    after = series.between(rise.best_step)
    evidence = (
        Evidence.of(metric, "final / lowest validation loss", rise.ratio, after),
        Evidence.at(metric, "lowest validation loss", rise.best, rise.best_step),
    )
    turn = f"step {rise.best_step:,}"
    if epochs := epochs_done(run, rise.best_step):
        turn = f"epoch {epochs} ({turn})"
    if rise.certainty == "no rise":
        return Finding.ok(
            f"Validation loss{where} does not rise after its lowest value: {rise.curve.words()}.", *evidence
        )
    higher = f"on {len(after) - 1:,} of {rise.curve.words()}"
    numbers = f"from {rise.best:.4g} to {rise.final:.4g} ({change(rise.ratio)}), {higher}"
    if not rise.rising:
        reason = f"{rise.curve.words()} do not tell this rise from noise."
        return Finding.unknown(
            reason, *evidence, summary=f"Validation loss{where} is higher after {turn}: {numbers}."
        )
    return Finding.warning(
        f"Validation loss{where} rises after {turn}: {numbers}.",
        *evidence,
        advice=compare(run, rise.best_step) if rise.curve.weak else deploy_by_loss(run, rise.best_step),
    )
