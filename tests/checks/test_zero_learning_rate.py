from __future__ import annotations

import msgspec
import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run, Series, analyze
from curvewise.checks.zero_learning_rate import zero_learning_rate
from curvewise.testing import make_run

STANDS = [2.0, 2.02, 1.99, 2.01] * 5
FALLS = [2.0 * 0.95**n for n in range(20)]
LINEAR = [1e-4 * (1 - n / 20) for n in range(20)]


@pytest.mark.parametrize(
    ("rates", "losses", "status", "summary"),
    [
        (
            [0.0] * 20,
            STANDS,
            "problem",
            "The learning rate is logged as 0 at all 20 steps, and training loss",
        ),
        (
            [0.0] * 20,
            FALLS,
            "ok",
            "The learning rate is logged as 0 at all 20 steps, and training loss moves",
        ),
        (
            [0.0] * 20,
            FALLS[::-1],
            "ok",
            "The learning rate is logged as 0 at all 20 steps, and training loss",
        ),
        ([0.0] * 20, [], "unknown", "The learning rate is logged as 0 at all 20 steps."),
        ([0.0] * 9, STANDS, "unknown", ""),
        (LINEAR, STANDS, "ok", "The learning rate is above 0"),
        ([0.0, 5e-5, *LINEAR[2:]], STANDS, "ok", "The learning rate is above 0"),  # a warm-up begins at 0
        ([*LINEAR[:17], 0.0, 0.0, 0.0], STANDS, "ok", "The learning rate is above 0"),
        ([1e-4] * 8 + [0.0] * 12, STANDS, "warning", "The learning rate is 0 from step 9 on, for 60 %"),
        ([1.07e-4 * 0.8**n for n in range(12)] + [0.0] * 8, STANDS, "warning", "The learning rate is 0 from"),
        ([*LINEAR[::2], *[0.0] * 10], STANDS, "warning", "The learning rate is 0 from step 11 on"),
        ([0.003, 0.002, 0.002, 0.001, 0.001] + [0.0] * 15, STANDS, "ok", "The log rounds its learning rates"),
    ],
)
def test_zeros_are_told_from_rounded_rates(
    rates: list[float], losses: list[float], status: str, summary: str
) -> None:
    finding = zero_learning_rate(make_run(learning_rate=rates, train_loss=losses))
    assert finding.status == status
    assert finding.summary.startswith(summary)


@pytest.mark.parametrize(
    ("rates", "losses", "diagnosis", "summary"),
    [
        ([0.0] * 20, STANDS, "not_learning", "Not learning: the learning rate is logged as 0 at all 20"),
        ([1e-4] * 8 + [0.0] * 12, [*FALLS[:8], *[1.4] * 12], "unfinished",
         "Unfinished: the learning rate is 0 from step 9 on, for 60 % of the run"),
    ],
)  # fmt: skip
def test_what_a_colleague_would_say(
    rates: list[float], losses: list[float], diagnosis: str, summary: str
) -> None:
    told = analyze(make_run(learning_rate=rates, train_loss=losses, full_valid_loss=losses[::2])).diagnosis
    assert told.name == diagnosis
    assert told.summary.startswith(summary)


@exhibit("problem", group="optimisation")
def skipped_steps() -> Run:
    """Half precision overflowed from the first step on, so that the optimizer skipped every step."""
    run = trainer_sft("skipped-steps", lambda e: 2.0 + 0 * e, lambda e: 2.05 + 0 * e, seed=83)
    rate = run["learning_rate"]
    return msgspec.structs.replace(
        run, metrics={**run.metrics, "learning_rate": Series(rate.step, np.zeros(len(rate)))}
    )


@exhibit("warning", group="optimisation")
def short_schedule() -> Run:
    """The schedule counted the steps of one of four processes, and came to 0 after a quarter of the run."""
    run = trainer_sft(
        "short-schedule",
        lambda e: fall(np.minimum(e, 0.6), 2.0, 0.8, 0.7),
        lambda e: fall(np.minimum(e, 0.6), 2.0, 0.95, 0.6),
        seed=89,
    )
    rate = run["learning_rate"]
    ended = np.maximum(1 - 4 * rate.step / rate.last_step, 0) * rate.value.max()
    return msgspec.structs.replace(run, metrics={**run.metrics, "learning_rate": Series(rate.step, ended)})
