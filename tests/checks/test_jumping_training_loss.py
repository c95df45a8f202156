from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft, with_values

from curvewise import Run
from curvewise.checks.jumping_training_loss import jumping_training_loss
from curvewise.testing import make_run


def test_a_preference_loss_from_zero_to_four_and_back_jumps() -> None:
    run = make_run(kind="dpo", train_loss=[1.2, 2.1, 0.01, 4.0, 0.0, 2.5, 0.0, 0.5])
    finding = jumping_training_loss(run)
    assert finding.status == "problem"
    assert "batch size" in finding.advice


@pytest.mark.parametrize(
    "values",
    [
        np.exp(0.4 * np.random.default_rng(0).standard_normal(200)),  # small batches
        np.concatenate([[2.0], np.random.default_rng(1).lognormal(-6.0, 3.0, 50)]),  # known by heart
        np.linspace(3.0, 0.5, 20),
        np.full(10, 1e300),
    ],
    ids=["minibatches", "memorized", "fall", "huge"],
)
def test_what_does_not_jump(values: np.ndarray) -> None:
    assert jumping_training_loss(make_run(train_loss=values)).status == "ok"


def test_few_values_tell_nothing() -> None:
    assert jumping_training_loss(make_run(train_loss=[1.0] * 5)).status == "unknown"


@exhibit("problem", group="optimisation")
def two_examples_a_batch() -> Run:
    """Batches of two examples at a learning rate of 1e-4: each step throws the next batch far off."""
    run = trainer_sft(
        "two-examples-a-batch",
        lambda e: fall(e, 2.0, 1.2, 0.5),
        lambda e: fall(e, 2.0, 1.3, 0.45),
        seed=41,
        epochs=2,
    )
    loss = run["train_loss"].value
    thrown = np.random.default_rng(41).uniform(0.0, 1.0, len(loss)) < 0.5
    return with_values(run, train_loss=np.where(thrown, 0.02 * loss, 4.0 * loss))
