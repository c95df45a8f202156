from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import Curve, rollout_job, series

from curvewise import Run, Series
from curvewise.checks.tool_errors import tool_errors
from curvewise.testing import make_run


@pytest.mark.parametrize(("rate", "status"), [(0.05, "ok"), (0.1, "warning"), (0.3, "problem")])
def test_the_rate_is_judged(rate: float, status: str) -> None:
    run = make_run(kind="rft", metrics={"train_tool_error_rate/search": [rate] * 5})
    assert tool_errors(run).status == status


def test_steps_are_weighted_by_their_calls() -> None:
    run = make_run(
        kind="rft",
        metrics={
            # 14 succeeded of 17, and 169 of 209: 43 failed of 226
            "train_tool_error_rate/order": [3 / 17, 40 / 209],
            "train_tool_calls/order": [14.0, 169.0],
        },
    )
    finding = tool_errors(run)
    assert finding.evidence[0].value == pytest.approx(43 / 226)
    assert "226 calls" in finding.summary


def test_a_step_at_which_all_calls_failed_counts_at_least_one() -> None:
    run = make_run(
        kind="rft",
        metrics={"train_tool_error_rate/order": [1.0, 0.0], "train_tool_calls/order": [0.0, 99.0]},
    )
    assert tool_errors(run).evidence[0].value == pytest.approx(0.01)


def test_the_worst_tool_counts_and_validation_is_looked_at() -> None:
    run = make_run(
        kind="rft",
        metrics={
            "train_tool_error_rate/a": [0.0] * 5,
            "train_tool_error_rate/b": [0.2] * 5,
            "valid_tool_error_rate/a": {5: 0.5},
        },
    )
    finding = tool_errors(run)
    assert finding.status == "problem"
    assert "calls to a failed in validation" in finding.summary
    assert len(finding.evidence) == 3


def test_errors_of_the_untrained_model_pass() -> None:
    run = make_run(kind="rft", metrics={"train_tool_error_rate/a": [0.9] * 10 + [0.02] * 20})
    assert tool_errors(run).status == "ok"


def test_a_run_without_tools_has_no_tool_errors() -> None:
    assert tool_errors(make_run(train_mean_reward=[0.5])).status == "not_applicable"


@exhibit("problem", group="rollouts")
def research_agent() -> Run:
    """The search tool fails in two calls of five: it was given the address of the old index."""
    return rollout_job("research-agent", seed=109, metrics=_tools(lambda t: 0.4 + 0 * t, 110))


@exhibit("warning", group="rollouts")
def library_agent() -> Run:
    """At first the model calls the search tool with wrong arguments; a sixth of the calls still fails."""
    return rollout_job("library-agent", seed=111, metrics=_tools(lambda t: climb(t, 0.45, 0.16, 40, 12), 112))


def _tools(failing: Curve, seed: int) -> dict[str, Series]:
    at = steps(120)
    calls = np.random.default_rng(seed + 50).poisson(300, len(at)).astype(np.float64)
    rate = shares(failing(at.astype(np.float64)), 300, seed)
    return {
        "train_tool_error_rate/search": series(at, rate),
        "train_tool_calls/search": series(at, np.round(calls * (1 - rate))),
        "train_tool_error_rate/calculator": series(at, np.zeros(len(at))),
        "train_tool_calls/calculator": series(at, np.round(calls * 0.4)),
    }
