from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise import Report


@pytest.mark.parametrize("exhibit", ["stalled_reward", "constant_reward_component"])
def test_it_is_told_of_runs_that_show_it(exhibit: str, diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed(exhibit)
    assert report.diagnosis.name == "reward_flat"
    assert "flat" in report.diagnosis.summary
