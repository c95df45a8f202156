from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.oscillating_validation_loss import oscillating_validation_loss
from curvewise.testing import make_run


def test_full_passes_that_jump_to_and_fro() -> None:
    finding = oscillating_validation_loss(make_run(full_valid_loss=[1.0, 1.4, 0.9, 1.5, 1.0, 1.6, 0.8]))
    assert finding.status == "warning"
    assert "batch" in finding.advice
    assert finding.evidence[1].value == 1.0  # all of the turns that are possible


def test_a_smooth_course_does_not_oscillate() -> None:
    assert oscillating_validation_loss(make_run(full_valid_loss=np.linspace(3.0, 1.0, 10))).status == "ok"


def test_a_steep_fall_a_jump_and_one_wild_value_are_no_oscillation() -> None:
    for values in (
        [9.0, 4.0, 2.0, 1.2, 1.0, 0.95, 0.94],
        [2.0] * 4 + [1.0] * 4,
        [1.0] * 4 + [3.0] + [1.0] * 4,
    ):
        assert oscillating_validation_loss(make_run(full_valid_loss=values)).status == "ok"


def test_single_minibatches_differ_anyway() -> None:
    rng = np.random.default_rng(0)
    moderate = oscillating_validation_loss(make_run(valid_loss=1 + 0.3 * rng.uniform(-1, 1, 30)))
    assert moderate.status == "unknown"
    wild = oscillating_validation_loss(make_run(valid_loss=rng.lognormal(0.0, 1.5, 30)))
    assert wild.status == "warning"


def test_five_evaluations_are_too_few() -> None:
    assert oscillating_validation_loss(make_run(full_valid_loss=[1.0, 2.0] * 2)).status == "unknown"


@pytest.mark.parametrize(
    ("values", "status"),
    [([1, 2, 3, 2, 1, 2, 3, 2, 1], "ok"), ([1, 3, 5, 3, 1, 3, 5, 3, 1, 3], "warning")],  # 3 of 7, 4 of 8
)
def test_half_of_the_possible_turns_make_an_oscillation(values: list[float], status: str) -> None:
    assert oscillating_validation_loss(make_run(full_valid_loss=values)).status == status


@pytest.mark.parametrize("scale", [0.002, 1.0, 300.0])
@pytest.mark.parametrize(
    ("n", "period"), [(n, period) for n in (18, 24, 36, 60, 100) for period in range(3, n // 3 + 1)]
)
def test_swings_are_seen_however_many_evaluations_they_take(n: int, period: int, scale: float) -> None:
    for phase in np.linspace(0.3, 5.3, 4):
        wave = 0.35 * np.sin(2 * np.pi * np.arange(n) / period + phase)
        assert oscillating_validation_loss(make_run(full_valid_loss=scale * (1 + wave))).status == "warning"


@pytest.mark.parametrize("memory", [0.0, 0.8])
@pytest.mark.parametrize("n", [6, 12, 40, 100])
def test_noise_of_the_usual_size_is_no_swing_at_any_distance(n: int, memory: float) -> None:
    def called(seed: int) -> bool:
        random = np.random.default_rng(seed)
        noise = random.standard_normal(n)
        for at in range(1, n):
            noise[at] = memory * noise[at - 1] + (1 - memory**2) ** 0.5 * noise[at]
        course = (1 + np.exp(-3 * np.arange(n) / n)) * (1 + 0.05 * noise)
        return oscillating_validation_loss(make_run(full_valid_loss=course)).status == "warning"

    assert np.mean([called(seed) for seed in range(60)]) <= 0.02


@pytest.mark.parametrize("n", [8, 16, 40])
def test_a_smooth_fall_and_rise_is_no_swing(n: int) -> None:
    course = np.abs(np.linspace(-1, 1, n)) + 1
    assert oscillating_validation_loss(make_run(full_valid_loss=course)).status == "ok"


@exhibit("warning", group="generalisation")
def mixed_annotators() -> Run:
    """Batches of one and a high learning rate: every evaluation undoes the one before."""
    return trainer_sft(
        "mixed-annotators",
        lambda e: fall(e, 1.9, 0.9, 0.9),
        lambda e: fall(e, 1.9, 1.05, 0.6) * (1 + 0.16 * np.cos(np.pi * 4 * e)),
        seed=19,
        noise=0.15,
        pass_noise=0.03,
    )


@pytest.mark.parametrize(
    ("wer", "status"), [([20.0 - n for n in range(10)], "ok"), ([9.0, 19.0] * 5, "warning")]
)
def test_a_steady_metric_of_the_task_answers_for_its_loss(wer: list[float], status: str) -> None:
    run = make_run(metrics={"full_valid_loss": [1.0, 1.5] * 5, "eval_wer": wer})
    assert oscillating_validation_loss(run).status == status
