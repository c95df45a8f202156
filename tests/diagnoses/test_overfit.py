from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("overfitting")
    assert report.diagnosis.name == "overfit"
    assert report.diagnosis.summary.startswith(
        "Overfit after epoch 2: validation loss rose from 1.21 to 1.79 (+47 %)"
    )
    assert "overfitting" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_where_the_best_checkpoint_was_not_kept_the_advice_is_to_train_again() -> None:
    losses = [1.0, 0.8, 0.7, 0.72, 0.8, 0.9, 1.0, 1.2]
    for kept, advice in (([3, 8], "Train for 3 steps"), ([7, 8], "Train again for 3 steps and keep")):
        run = make_run(train_loss=[2.0 * 0.8**n for n in range(8)], full_valid_loss=losses, checkpoints=kept)
        diagnosis = analyze(run).diagnosis
        assert diagnosis.name == "overfit"
        assert diagnosis.next[0].startswith(advice)
