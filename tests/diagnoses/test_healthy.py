from __future__ import annotations

from curvewise import analyze
from curvewise.testing import make_run

LOSS = [2.0, 1.6, 1.4, 1.3, 1.25, 1.22, 1.21, 1.205]


def test_a_run_that_learned_is_healthy_and_its_last_checkpoint_the_best() -> None:
    run = make_run(train_loss=LOSS, full_valid_loss=[value + 0.05 for value in LOSS], planned_steps=8)
    diagnosis = analyze(run).diagnosis
    assert diagnosis.name == "healthy"
    assert diagnosis.severity == "ok"
    assert diagnosis.summary.startswith("Healthy: validation loss went from 2.05 to 1.26")


def test_a_warning_that_nothing_explains_is_no_health() -> None:
    spiked = [*LOSS[:4], 40.0, *LOSS[5:]]
    assert analyze(make_run(train_loss=spiked * 4, full_valid_loss=LOSS)).diagnosis.severity != "ok"
