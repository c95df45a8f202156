from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import service_sft

from curvewise import Run
from curvewise.checks.flat_validation_loss import flat_validation_loss
from curvewise.testing import make_run

TRAIN = list(np.linspace(2.0, 0.5, 400))
FLAT = {50: 1.4, 100: 1.0, 200: 1.001, 300: 0.998, 400: 1.0}


def test_flat_after_the_first_epoch() -> None:
    finding = flat_validation_loss(make_run(train_loss=TRAIN, full_valid_loss=FLAT, steps_per_epoch=100))
    assert finding.status == "warning"
    assert "from step 100 (epoch 1)" in finding.summary
    assert "single epoch" in finding.advice


def test_without_epochs_the_last_two_thirds_count() -> None:
    finding = flat_validation_loss(make_run(train_loss=TRAIN, full_valid_loss=FLAT))
    assert finding.status == "warning"
    assert "from step 200" in finding.summary


def test_a_loss_that_comes_to_lie_flat_in_the_second_epoch_is_flat() -> None:
    passes = {50: 1.4, 100: 1.06, 150: 1.01, 200: 1.0, 250: 0.998, 300: 1.002, 350: 0.999, 400: 1.0}
    finding = flat_validation_loss(make_run(train_loss=TRAIN, full_valid_loss=passes, steps_per_epoch=80))
    assert finding.status == "warning"
    assert "from step 200" in finding.summary


def test_a_loss_that_falls_by_a_third_does_not_rest_however_far_it_fell_before() -> None:
    passes = {step: 0.05 + 0.1 * 0.5 ** (step / 100) for step in range(20, 401, 20)}
    train = 0.05 + 2.0 * 0.5 ** (np.arange(1, 401) / 20)
    assert flat_validation_loss(make_run(train_loss=train, full_valid_loss=passes)).status == "ok"


@pytest.mark.parametrize(("rate", "status"), [(1e-9, "ok"), (1e-6, "warning")])
def test_of_a_small_fall_a_small_part_is_no_rest_where_the_decay_brings_it(rate: float, status: str) -> None:
    passes = {step: 0.66 + 0.034 * 0.5 ** (step / 90) for step in range(20, 401, 20)}
    train = np.linspace(0.694, 0.61, 400)
    decay = {1: 1e-6, 200: (1e-6 + rate) / 2, 400: rate}
    run = make_run(kind="dpo", train_loss=train, full_valid_loss=passes, learning_rate=decay)
    assert flat_validation_loss(run).status == status


def test_a_loss_that_falls_or_bends_is_not_flat() -> None:
    for values in ({100: 1.0, 200: 0.9, 300: 0.8, 400: 0.7}, {100: 1.0, 200: 0.8, 300: 0.85, 400: 1.0}):
        assert flat_validation_loss(make_run(full_valid_loss=values, steps_per_epoch=100)).status == "ok"


def test_a_run_that_never_learned_is_no_quick_learner() -> None:
    run = make_run(train_loss=[2.3] * 400, full_valid_loss=FLAT, steps_per_epoch=100)
    assert flat_validation_loss(run).status == "ok"


def test_two_evaluations_after_the_first_epoch_are_too_few() -> None:
    run = make_run(full_valid_loss={100: 1.0, 200: 1.0}, steps_per_epoch=100)
    assert flat_validation_loss(run).status == "unknown"


def test_scattering_minibatches_cannot_be_called_flat() -> None:
    run = make_run(
        train_loss=[2.0] * 5 + [1.0] * 5, valid_loss=[1.0, 1.2, 0.8, 1.2, 0.8, 1.2, 0.8, 1.2, 0.8, 1.0]
    )
    assert flat_validation_loss(run).status in ("ok", "unknown")


def test_many_noisy_values_that_stay_level_are_flat() -> None:
    noise = 0.01 * np.random.default_rng(2).standard_normal(40)
    run = make_run(every=10, full_valid_loss=1 + noise, metrics={"train_loss": dict(enumerate(TRAIN, 1))})
    finding = flat_validation_loss(run)
    assert finding.status == "warning"


@exhibit("warning", group="generalisation")
def product_names() -> Run:
    """All there was to learn was learned in the first epoch; three more changed nothing that shows."""
    return service_sft(
        "product-names",
        lambda e: fall(e, 1.8, 0.86, 0.3),
        lambda e: fall(e, 1.8, 0.9, 0.16),
        seed=18,
        epochs=4,
        pass_noise=0.002,
    )


@pytest.mark.parametrize(
    ("late", "rate", "status"),
    [
        ([0.80, 0.79, 0.80, 0.785, 0.79, 0.785], None, "warning"),  # 2 % lower, of a fall by half
        ([0.80, 0.79, 0.80, 0.785, 0.79, 0.785], [1e-4, 5e-5, 1e-7], "ok"),  # as the decay brings it
        ([0.80, 0.84, 0.81, 0.86, 0.82, 0.86], None, "warning"),  # rather up than down, whatever the noise
        ([0.82, 0.80, 0.78, 0.76, 0.74, 0.72], None, "ok"),
        ([0.78, 0.80, 0.82, 0.84, 0.86, 0.88], None, "ok"),  # a rise is another matter
    ],
)
def test_a_loss_comes_to_rest_when_its_end_takes_no_part_in_the_fall(
    late: list[float], rate: list[float] | None, status: str
) -> None:
    values = [1.3, 1.1, 0.95, 0.85, *late]
    run = make_run(
        train_loss=np.linspace(1.6, 0.7, 100),
        full_valid_loss=dict(zip(range(10, 101, 10), values, strict=True)),
        steps_per_epoch=20,
        metrics={} if rate is None else {"learning_rate": {1: rate[0], 50: rate[1], 100: rate[2]}},
    )
    assert flat_validation_loss(run).status == status
