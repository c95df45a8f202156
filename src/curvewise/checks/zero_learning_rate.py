"""The check `zero_learning_rate`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.training import training_course
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray
from curvewise.numbers import percent
from curvewise.plugin import check

RATE = "learning_rate"
MOVES = 0.05
"""Smallest relative change of the training loss that shows that the rate was not zero, but rounded."""
COARSE = 100
"""Most times that the highest rate is the smallest one above 0 in a log that rounds its rates."""


@check(
    needs=(RATE,),
    uses=("train_loss",),
    kinds=("sft", "dpo"),
    when_missing="not_applicable",
    turns={"learning_rate": "up"},
)
def zero_learning_rate(run: Run, *, min_values: int = 10, watch: float = 0.2) -> Finding:
    """The learning rate is 0 for all of the run, or for much of it up to its end: nothing is trained there.

    A step at a rate of 0 changes no weight. The usual causes are a schedule that was made for fewer steps
    than were run, such as those of one process or those before gradient accumulation; a warm-up that is
    longer than the run; and an optimizer whose steps are all skipped, because half precision overflows.

    Judged is the stretch of zeros at the end of the log. A log that rounds its rates, to three digits behind
    the point, shows zeros of its own: where all rates are whole multiples of the smallest one and some are
    repeated, which a schedule that falls along a line has not, or where the training loss moves at a rate
    that is 0 throughout, they are taken for rounded.

    Parameters
    ----------
    min_values
        Rates needed: in a shorter log zeros at the end may be the planned end alone.
    watch
        Share of the run at a rate of 0 that is worth a warning; schedules end there for a few steps.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> rates = [1e-4, 8e-5, 5.1e-5, 2e-5, *[0.0] * 8]
    >>> print(zero_learning_rate(make_run(learning_rate=rates, train_loss=[2.0] * 12)).summary)
    The learning rate is 0 from step 5 on, for 67 % of the run: nothing is trained there.
    """
    rate = finite_series(run, RATE)
    count, value = len(rate), rate.value
    if count < min_values:
        return Finding.unknown(f"{count} learning rates are logged; {min_values} are needed.")
    above = value.nonzero()[0]
    if not len(above):
        return _throughout(run, min_values)
    last = int(above[-1])
    share = (count - 1 - last) / count
    evidence = Evidence.of(RATE, "share of the run at a rate of 0, at its end", share, rate, limit=watch)
    if share < watch:
        return Finding.ok("The learning rate is above 0 up to the end of the run, or close to it.", evidence)
    if _is_rounded(value[above]):
        return Finding.ok("The log rounds its learning rates, so a small one stands as 0.", evidence)
    since = run.where(int(rate.step[last + 1]))
    return Finding.warning(
        f"The learning rate is 0 from {since} on, for {percent(share)} of the run: nothing is trained there.",
        evidence,
        advice="Give the schedule as many steps as the run has, or end the run where the rate comes to 0.",
    )


def _throughout(run: Run, min_values: int) -> Finding:
    """Judge a rate that is 0 at every logged step, by whether the training loss falls all the same."""
    rate, course = finite_series(run, RATE), training_course(run)
    text = f"The learning rate is logged as 0 at all {len(rate):,} steps"
    evidence = Evidence.of(RATE, "share of the run at a rate of 0, at its end", 1.0, rate)
    if course is None or len(course.series) < min_values:
        reason = "Without a training loss zeros cannot be told from rates that are rounded."
        return Finding.unknown(reason, evidence, summary=f"{text}.")
    if course.low < (1 - MOVES) * course.start or course.risen(MOVES):
        return Finding.ok(f"{text}, and training loss moves: the log rounds it.", evidence)
    return Finding.problem(
        f"{text}, and training loss stands at {course.final:.4g}: nothing is trained.",
        evidence,
        advice="Look for a warm-up that is longer than the run, a schedule without steps, or optimizer steps "
        "that are skipped because numbers overflow; then train again.",
    )


def _is_rounded(rates: FloatArray) -> bool:
    """Whether rates above 0 differ, repeat each other, and are a few whole multiples of the smallest."""
    times = rates / rates.min()
    repeats = bool((rates[1:] == rates[:-1]).any())
    return repeats and 1 < times.max() <= COARSE and bool((np.abs(times - times.round()) < 1e-6).all())
