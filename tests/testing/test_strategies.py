from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import find as find_run

from curvewise.model.metrics import find
from curvewise.model.run import Run
from curvewise.testing import runs

SEARCH = settings(
    max_examples=2000, phases=[Phase.generate], derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@given(runs())
def test_runs_are_what_readers_may_make(run: Run) -> None:
    for name, series in run.metrics.items():
        assert find(name) is not None
        assert (np.diff(series.step) > 0).all()
    saved = [checkpoint.step for checkpoint in run.checkpoints or ()]
    assert saved == sorted(set(saved))


@given(runs(["full_valid_mean_reward", "valid_grader_reward/*"], kinds=["rft"]))
def test_metrics_and_kinds_can_be_chosen(run: Run) -> None:
    assert run.kind == "rft"
    assert {name.partition("/")[0] for name in run.metrics} <= {
        "full_valid_mean_reward", "valid_grader_reward", "epoch",
    }  # fmt: skip


def _values(run: Run) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.concatenate([np.empty(0), *(series.value for series in run.metrics.values())])


@pytest.mark.parametrize(
    "nasty",
    [
        lambda run: any(len(series) == 0 for series in run.metrics.values()),
        lambda run: any(len(series) == 1 for series in run.metrics.values()),
        lambda run: any(len(series) > 50 for series in run.metrics.values()),
        lambda run: bool(np.isnan(_values(run)).any()),
        lambda run: bool(np.isinf(_values(run)).any()),
        lambda run: bool((_values(run) < 0).any()),
        lambda run: bool((np.abs(_values(run)) > 1e300).any()),
        lambda run: (run.last_step or 0) >= 10**12,
        lambda run: any(len(series) and series.first_step == 0 for series in run.metrics.values()),
        lambda run: run.checkpoints is None,
        lambda run: run.checkpoints == (),
        lambda run: any(saved.model is None for saved in run.checkpoints or ()),
        lambda run: run.declared_kind is None,
        lambda run: len(run.notes) > 0,
        lambda run: any(series.standard_error is not None for series in run.metrics.values()),
    ],
)
def test_every_nastiness_occurs(nasty: Callable[[Run], bool]) -> None:
    find_run(runs(), nasty, settings=SEARCH)


@pytest.mark.parametrize("metric", ["total_duration", "valid_tool_calls", "full_valid_reward_margin"])
def test_rare_metrics_of_the_catalogue_occur(metric: str) -> None:
    find_run(runs(), lambda run: metric in run, settings=SEARCH)
