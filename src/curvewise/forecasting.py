"""The verb `forecast`: whether more training would help."""

from __future__ import annotations

from curvewise.comparable.forecasting import validation_forecast
from curvewise.errors import UsageError
from curvewise.model.forecast import Forecast
from curvewise.model.run import Run


def forecast(run: Run, *, steps: int | None = None) -> Forecast:
    """Forecast how far the best validation loss would still fall with more training.

    Judged is the tail of the validation curve: how far its best value fell over the last quarter and
    three quarters, how its median level moves, how much it steps about, and how far ahead is asked.
    A logistic model over these was fitted on runs that were cut at half (AlgoPerf, eight workloads
    from speech to graphs, most with a learning rate that decays to the planned end). On workloads
    that it had not seen, its macro-F1 for "falls by 1 % or more in the other half" is 0.90, and 95 %
    of its yes and no are right.

    It takes for granted that training goes on as planned, schedule and all. For a run that is at its
    planned end it forecasts half as many steps again, as if they had been planned from the start;
    going on with a learning rate that has decayed to zero would gain less.

    Parameters
    ----------
    run
        The run.
    steps
        Steps of further training to forecast. When None: what is left of the plan; without a plan,
        or near its end, half as many steps again as were trained.

    Returns
    -------
    Forecast

    Raises
    ------
    UsageError
        If `steps` is less than 1.

    Examples
    --------
    >>> import curvewise as cw
    >>> steps = [100, 200, 300, 400, 500, 600]
    >>> run = cw.Run.from_series({"full_valid_loss": (steps, [2.0, 1.4, 1.2, 1.19, 1.21, 1.23])})
    >>> cw.forecast(run).verdict
    'no'
    """
    if steps is not None and steps < 1:
        raise UsageError(f"cannot forecast {steps} steps", hint="ask for at least 1 step", field="steps")
    return validation_forecast(run, steps)
