from __future__ import annotations

from curvewise import analyze
from curvewise.testing import make_run


def test_a_training_loss_at_zero_without_validation_is_memorized() -> None:
    report = analyze(make_run(train_loss=[2.0 * 0.5**n for n in range(10)] + [0.0004, 0.0005] * 20))
    assert report.diagnosis.name == "memorized"
    assert report.diagnosis.summary.startswith("Memorized: training loss is 0.000")
    assert report.diagnosis.use is None
