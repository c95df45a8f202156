"""Mistral, by the shapes of its SDK 2.5, the last one with fine-tuning."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.loading import load
from tests.sources.loopback import serving
from tests.sources.services import KEY, Service, assert_refusals, with_key

JOB = "b18d8d81-fd7b-4764-a31e-475cb1f36591"
ADDRESS = f"mistral://{JOB}"


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return [ADDRESS]


SAID = {
    "id": JOB, "object": "job", "status": "SUCCESS", "model": "open-mistral-7b", "suffix": "desk",
    "fine_tuned_model": "ft:open-mistral-7b:desk", "hyperparameters": {"training_steps": 30, "epochs": 2},
    "checkpoints": [
        {
            "step_number": step, "created_at": 1_764_000_000 + step,
            "metrics": {"train_loss": 2 / step, "valid_loss": 3 / step, "valid_mean_token_accuracy": None},
        }
        for step in (30, 20, 10)
    ],
}  # fmt: skip


answered = with_key(lambda path: SAID if path == f"/v1/fine_tuning/jobs/{JOB}" else None)
SERVICE = Service(ADDRESS, {"MISTRAL_BASE_URL": "{url}", "MISTRAL_API_KEY": KEY}, answered)


def test_a_job_is_read_with_what_it_measured(environment: pytest.MonkeyPatch) -> None:
    with serving(answered) as server:
        environment.setenv("MISTRAL_BASE_URL", server.url)
        environment.setenv("MISTRAL_API_KEY", KEY)
        run = load(ADDRESS)
    assert run["train_loss"].step.tolist() == [10, 20, 30]
    assert "full_valid_loss" in run
    assert "valid_mean_token_accuracy" not in run
    assert (run.name, run.status, run.final_model) == ("desk", "succeeded", "ft:open-mistral-7b:desk")
    assert [(each.step, each.model) for each in run.checkpoints or ()] == [(30, "ft:open-mistral-7b:desk")]


def test_what_it_refuses_is_said_without_the_key(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MISTRAL_API_KEY", KEY)
    assert_refusals(ADDRESS, "MISTRAL_BASE_URL", environment, "MISTRAL_API_KEY")
