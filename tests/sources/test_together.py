"""Together, by the shapes of its SDK 3.1 and its guide to metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.loading import load
from tests.sources.loopback import serving
from tests.sources.services import KEY, Service, assert_refusals, with_key

JOB = "ft-2b8a7c7f-1d3b"
ADDRESS = f"together://{JOB}"


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return [ADDRESS]


def train(step: int, loss: float) -> dict[str, float]:
    return {
        "train/global_step": step, "train/epoch": step / 10, "train/loss": loss,
        "train/learning_rate": 1e-5, "train/grad_norm": 1.0, "timestamp": 1_764_000_000_000_000_000,
    }  # fmt: skip


METRICS = [
    *(train(step, 2 / step) for step in range(1, 11)),
    {"eval/global_step": 10, "eval/loss": 1.5},
    *(train(step, 2 / step) for step in range(11, 21)),
    {"eval/global_step": 20, "eval/loss": 1.8},
]
SAID = {
    "id": JOB, "status": "completed", "model": "meta-llama/Llama-4", "model_output_name": "ana/tuned",
    "training_method": {"method": "sft", "train_on_inputs": "auto"}, "n_epochs": 2, "learning_rate": 1e-5,
    "batch_size": 8, "events": [{"message": "Job finished", "level": "info"}],
}  # fmt: skip
CHECKPOINTS = [
    {
        "step": step,
        "checkpoint_type": f"Step {step}",
        "path": f"s3://t/{step}",
        "object_name": f"ana/tuned-{step}",
    }
    for step in (20, 10)
]


def answered(path: str) -> object:
    known = {"": SAID, "/metrics": {"metrics": METRICS}, "/checkpoints": {"data": CHECKPOINTS}}
    return known.get(path.removeprefix(f"/v1/fine-tunes/{JOB}")) if JOB in path else None


SERVICE = Service(ADDRESS, {"TOGETHER_BASE_URL": "{url}", "TOGETHER_API_KEY": KEY}, with_key(answered))


def test_a_job_is_read_with_its_metrics_and_checkpoints(environment: pytest.MonkeyPatch) -> None:
    with serving(with_key(answered)) as server:
        environment.setenv("TOGETHER_BASE_URL", server.url)
        environment.setenv("TOGETHER_API_KEY", KEY)
        run = load(ADDRESS)
    assert len(run["train_loss"]) == 20
    assert run["full_valid_loss"].step.tolist() == [10, 20]
    assert (run.status, run.base_model, run.final_model) == ("succeeded", "meta-llama/Llama-4", "ana/tuned")
    assert [(each.step, each.model) for each in run.checkpoints or ()] == [
        (10, "ana/tuned-10"),
        (20, "ana/tuned-20"),
    ]
    assert (run.kind, run.source, run.hyperparameters["n_epochs"]) == ("sft", ADDRESS, 2)


def test_what_it_refuses_is_said_without_the_key(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TOGETHER_API_KEY", KEY)
    assert_refusals(ADDRESS, "TOGETHER_BASE_URL", environment, "TOGETHER_API_KEY")
