from __future__ import annotations

import numpy as np
import pytest

from curvewise import analyze
from curvewise.testing import make_run


def test_a_training_loss_at_zero_without_validation_is_memorized() -> None:
    report = analyze(make_run(train_loss=[2.0 * 0.5**n for n in range(10)] + [0.0004, 0.0005] * 20))
    assert report.diagnosis.name == "memorized"
    assert report.diagnosis.summary.startswith("Memorized: training loss is 0.000")
    assert report.diagnosis.use is None


@pytest.mark.parametrize(("end", "name"), [(0.001, "memorized"), (0.3, "likelihood_displacement")])
def test_pairs_learned_by_heart_are_displaced_too(end: float, name: str) -> None:
    run = make_run(
        kind="dpo",
        train_loss=np.geomspace(0.69, end, 60),
        full_valid_loss=dict.fromkeys(range(10, 61, 10), 0.6),
        full_valid_reward_accuracy=dict.fromkeys(range(10, 61, 10), 0.75),
        train_chosen_reward=np.linspace(0.0, -2.0, 60),
        train_reward_margin=np.linspace(0.0, 2.0, 60),
        validation_examples=200,
    )
    assert analyze(run).diagnosis.name == name


def test_an_early_gap_of_examples_known_by_heart_is_no_other_kind() -> None:
    train = np.concatenate([np.geomspace(2.0, 0.3, 30), np.geomspace(0.3, 0.05, 90)])
    run = make_run(train_loss=train, full_valid_loss={30: 1.1, 60: 1.0, 90: 0.98, 120: 0.97})
    assert analyze(run).diagnosis.name == "memorized"
