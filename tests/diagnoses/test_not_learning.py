from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("high_losses")
    assert report.diagnosis.name == "not_learning"
    assert report.diagnosis.summary.startswith("Not learning: training loss goes from")
    assert "high_losses" in report.diagnosis.findings
    assert report.diagnosis.use is not None


@pytest.mark.parametrize("end", [2.55, 2.8])
def test_a_small_fall_makes_it_no_less_certain(end: float) -> None:
    losses = end + (2.8 - end) * np.exp(-np.arange(60) / 6)
    passes = {step: float(losses[step - 1]) for step in (15, 30, 45, 60)}
    diagnosis = analyze(make_run(train_loss=losses, full_valid_loss=passes)).diagnosis
    assert (diagnosis.name, diagnosis.certainty) == ("not_learning", "moderate"), diagnosis.summary
