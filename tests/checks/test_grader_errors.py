from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb
from gallery.jobs import rate, rollout_job

from curvewise.checks.grader_errors import grader_errors
from curvewise.model.run import Run
from curvewise.testing import make_run


def errors(kind: str, *rates: float) -> Run:
    return make_run(kind="rft", metrics={f"train_{kind}_rate/judge": list(rates)})


@pytest.mark.parametrize(
    ("kind", "rate", "status"),
    [
        ("other_error", 0.0, "ok"),
        ("other_error", 0.0005, "warning"),
        ("other_error", 0.01, "problem"),
        ("invalid_variable_error", 0.01, "problem"),
        ("python_grader_runtime_error", 0.01, "problem"),
        ("python_grader_server_error", 0.01, "warning"),
        ("model_grader_server_error", 0.1, "problem"),
    ],
)
def test_bugs_are_graver_than_outages(kind: str, rate: float, status: str) -> None:
    assert grader_errors(errors(kind, rate, rate)).status == status


def test_the_finding_names_error_grader_share_and_steps() -> None:
    finding = grader_errors(errors("other_error", 0.0, 0.02, 0.04, 0.0))
    assert (
        finding.summary
        == "other_error of grader judge: 1.5 % of training rollouts on average over 4 steps, at 2 of them."
    )


def test_validation_counts_as_well() -> None:
    run = make_run(kind="rft", metrics={"valid_other_error_rate/judge": {5: 0.2}})
    assert "validation rollouts" in grader_errors(run).summary


def test_parse_errors_are_not_grader_errors() -> None:
    assert grader_errors(errors("sample_parse_error", 0.9)).status == "not_applicable"


def test_counts_of_observations_in_a_real_file_are_no_errors(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    assert grader_errors(run).status == "ok"


@exhibit("problem", group="rollouts")
def citations() -> Run:
    """A grader that divides by the number of citations fails on every answer without one."""
    return rollout_job(
        "citations",
        seed=97,
        metrics={
            "train_python_grader_runtime_error_rate/answer": rate(lambda t: climb(t, 0.09, 0.03, 60, 20), 98)
        },
    )


@exhibit("warning", group="rollouts")
def busy_judge() -> Run:
    """The model that grades was overloaded for some steps: a few rollouts in a hundred got no answer."""
    return rollout_job(
        "busy-judge",
        seed=99,
        metrics={
            "train_model_grader_server_error_rate/answer": rate(
                lambda t: 0.16 * np.exp(-(((t - 70) / 6) ** 2)), 100
            )
        },
    )
