"""The forecast of the validation loss of a run."""

from __future__ import annotations

from curvewise.derived.judged_loss import spacing
from curvewise.derived.memo import once_per_run
from curvewise.derived.progress import schedule_ended
from curvewise.derived.rise import ends_broken, validation_rises
from curvewise.derived.validation import ValidationCurve, validation_curve
from curvewise.model.forecast import Forecast, ForecastVerdict
from curvewise.model.run import Run
from curvewise.numbers import certainty, fixed, percent, significant
from curvewise.stats.forecasting import FEWEST, WORTH, forecast_gain, tail

SURE = 0.7
"""Chance of a gain that is called yes, and of none that is called no."""
FARTHEST = 4.0
"""Longest horizon in units of the training so far; the model was tested on no longer one."""
NEARLY_DONE = 0.1
"""Share of the training so far below which what is left of a plan is no stretch to forecast."""


@once_per_run
def validation_forecast(run: Run, steps: int | None = None) -> Forecast:
    """Forecast the best validation loss from the tail of its curve.

    A run whose validation loss rises gains nothing by more training, nor does one whose learning rate has
    come down to nothing.

    Parameters
    ----------
    run
        The run.
    steps
        Steps of further training, from 1. When None: what is left of the plan; without a plan, or near
        its end, half as many steps again as were trained.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> found = validation_forecast(make_run(full_valid_loss=[2.0, 1.7, 1.5, 1.4, 1.33, 1.28], every=100))
    >>> found.verdict, found.end_step, found.planned
    ('yes', 900, False)
    """
    if run.kind == "rft":
        return _cannot("Forecasts are made of validation losses, for sft and dpo runs; this one is rft.")
    curve = validation_curve(run)
    if curve is None:
        return _cannot("The run has no validation loss. With evaluations, a forecast could be made.")
    if ends_broken(run, curve.metric) or ends_broken(run, "train_loss"):
        return _cannot("The loss ends in NaN or infinity: the run is broken there.", curve)
    step, value = curve.series.step, curve.series.value
    risen, ended = _risen(run, curve), _finished(run) if schedule_ended(run) else ""
    if risen and (ended or curve.basis == "one minibatch" or len(step) < FEWEST):
        return _cannot(f"More training will not help: {risen} ({curve.words()}).", curve, "no")
    if curve.basis == "one minibatch":
        return _cannot("Each validation loss is of another minibatch; full passes are needed.", curve)
    if len(step) < FEWEST:
        return _cannot(f"{curve.words()}; {FEWEST} are needed to see whether the loss still falls.", curve)
    if value.min() <= 0:
        return _cannot("Validation loss is not positive, so a relative gain has no meaning.", curve)
    last, trained = int(step[-1]), int(step[-1] - max(0, step[0] - spacing(curve.series)))
    ahead, planned = _horizon(run, last, trained, steps)
    if ended:
        return _cannot(f"The run is done. {ended}", curve, "no")
    if ahead > FARTHEST * trained:
        longest = f"the longest that was tested is {FARTHEST:g} times the training so far"
        return _cannot(f"{ahead:,} further steps are too far ahead: {longest}.", curve)
    found = forecast_gain(tail(step, value, ahead))
    gain, (low, high) = found.quantile(0.5), found.interval
    best_step, best = curve.series.lowest()
    verdict: ForecastVerdict = (
        "yes" if found.worth >= SURE else "no" if found.worth <= 1 - SURE else "unknown"
    )
    return Forecast(
        verdict=verdict,
        reason=_reason(verdict, found.worth, curve, ahead, risen),
        probability=found.worth,
        metric=curve.metric,
        basis=curve.basis,
        points=len(step),
        step=last,
        end_step=last + ahead,
        planned=planned,
        best_step=best_step,
        best=best,
        expected=best * (1 - gain),
        interval=(best * (1 - high), best * (1 - low)),
        gain=gain,
        gain_interval=(low, high),
    )


def _horizon(run: Run, last: int, trained: int, steps: int | None) -> tuple[int, bool]:
    if steps is not None:
        return steps, True
    left = (run.planned_steps or 0) - last
    return (left, True) if left >= NEARLY_DONE * trained else (max(1, trained // 2), False)


def _reason(verdict: ForecastVerdict, worth: float, curve: ValidationCurve, ahead: int, risen: str) -> str:
    said = {"yes": "More training would help", "no": "More training would hardly help"}
    said["unknown"] = "Cannot say whether more training would help"
    chance = (
        f"a gain of {percent(WORTH)} or more within {ahead:,} steps has a probability of {certainty(worth)}"
    )
    if verdict == "no" and risen:
        return f"More training will not help: {risen}, and {chance} ({curve.words()})."
    return f"{said[verdict]}: {chance} ({curve.words()}, best so far {fixed(curve.series.lowest()[1])})."


def _risen(run: Run, curve: ValidationCurve) -> str:
    """Say from where to where the loss rose; empty where it did not beyond noise."""
    own = (rise for rise in validation_rises(run) if rise.curve.metric == curve.metric)
    rise = next((rise for rise in own if rise.rising), None)
    if rise is None:
        return ""
    best = f"{significant(rise.best, 3)} at step {rise.best_step:,}"
    return (
        f"validation loss rose from {best} to {significant(rise.final, 3)} at step {curve.series.last_step:,}"
    )


def _finished(run: Run) -> str:
    value = run["learning_rate"].finite().value
    return (
        f"The learning rate has come down from {value.max():.3g} to {value[-1]:.3g}, and at that rate more "
        "steps change little. Whether a run with a longer schedule does better, one curve cannot tell."
    )


def _cannot(
    reason: str, curve: ValidationCurve | None = None, verdict: ForecastVerdict = "unknown"
) -> Forecast:
    if curve is None:
        return Forecast(verdict=verdict, reason=reason)
    best_step, best = curve.series.lowest()
    return Forecast(
        verdict=verdict,
        reason=reason,
        metric=curve.metric,
        basis=curve.basis,
        points=len(curve.series),
        step=curve.series.last_step,
        best_step=best_step,
        best=best,
    )
