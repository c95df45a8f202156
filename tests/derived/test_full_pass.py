"""The service of Unsloth Studio, whose valid_loss is the loss of the whole evaluation set."""

from __future__ import annotations

import json

import pytest

from curvewise.loading import load
from tests.sources.loopback import Answer, Asked, serving

JOB = "ftjob_0123abcd"
POINTS = [(step, 2 / step, 1.5 + step / 100) for step in (10, 20, 30)]


def answered(asked: Asked) -> Answer:
    path = asked.path.partition("?")[0].removeprefix("/v1/fine_tuning/jobs/")
    events = [
        {
            "object": "fine_tuning.job.event", "id": f"ftevent_{step}", "created_at": step, "level": "info",
            "message": f"Step {step}/30", "type": "metrics",
            "data": {"step": step, "train_loss": loss, "valid_loss": valid},
        }
        for step, loss, valid in POINTS
    ]  # fmt: skip
    checkpoints = [
        {
            "object": "fine_tuning.job.checkpoint", "id": f"ftckpt_{step}", "created_at": step,
            "fine_tuned_model_checkpoint": f"run/checkpoint-{step}", "fine_tuning_job_id": JOB,
            "step_number": step, "metrics": {"train_loss": loss, "valid_loss": valid},
        }
        for step, loss, valid in POINTS
    ]  # fmt: skip
    job = {"object": "fine_tuning.job", "id": JOB, "status": "succeeded", "model": "unsloth/Qwen3-4B"}
    known = {
        JOB: job,
        f"{JOB}/events": {"object": "list", "data": events, "has_more": False},
        f"{JOB}/checkpoints": {"object": "list", "data": checkpoints, "has_more": False},
    }
    return Answer(json.dumps(known[path]).encode(), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("address", [JOB, f"openai://{JOB}"])
def test_a_job_of_the_studio_is_judged_on_full_passes(environment: pytest.MonkeyPatch, address: str) -> None:
    pytest.importorskip("openai")
    with serving(answered) as server:
        environment.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        environment.setenv("OPENAI_API_KEY", "canary-0123456789")
        run = load(address)
    assert run["full_valid_loss"].value.tolist() == [1.6, 1.7, 1.8]
    assert "valid_loss" not in run
    assert [each.metrics["full_valid_loss"] for each in run.checkpoints or ()] == [1.6, 1.7, 1.8]
