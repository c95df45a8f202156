from __future__ import annotations

from typing import Any

import pytest

from curvewise.deployment import deployable, plan_deployment
from curvewise.deployment.resource import Resource
from curvewise.errors import InputError, UsageError
from curvewise.model.run import Checkpoint, Run

MODEL = "gpt-4.1-mini-2025-04-14.ft-0123456789abcdef0123456789abcdef-desk"
RESOURCE = Resource("00000000-0000-4000-8000-000000000001", "lab", "mine")


def run(model: str = MODEL, **more: Any) -> Run:
    """Three checkpoints of which the second is the best, and the first is gone."""
    checkpoints = (
        Checkpoint(step=10, model=None),
        Checkpoint(step=20, model=f"{model}:ckpt-step-20"),
        Checkpoint(step=30, model=model),
    )
    made = Run.from_series({"full_valid_loss": ([10, 20, 30], [0.8, 0.2, 0.9])}, checkpoints=checkpoints)
    facts = {"id": "ftjob-1", "status": "succeeded", "final_model": model, **more}
    import msgspec

    return msgspec.structs.replace(made, **facts)


def test_a_step_the_best_and_the_final_checkpoint_are_found() -> None:
    found = deployable(run(), "20")
    assert (found.model, found.step, found.provider) == (f"{MODEL}:ckpt-step-20", 20, "azure")
    assert deployable(run(), "best").step == 20
    assert (deployable(run(), "final").model, deployable(run(), "final").step) == (MODEL, 30)


@pytest.mark.parametrize(
    ("model", "source", "provider"),
    [
        ("ft:gpt-4.1-mini:acme::abc", "job/", "openai"),
        ("ft:gpt-4.1-mini:acme::abc", "openai://ftjob-1", "openai"),
        (MODEL, "job/", "azure"),
        ("any-name", "azure://ftjob-1", "azure"),
    ],
)
def test_the_service_is_told_by_the_address_or_the_name(model: str, source: str, provider: str) -> None:
    assert deployable(run(model, source=source), "final").provider == provider


def test_a_folder_of_a_trainer_is_no_model_of_a_service() -> None:
    with pytest.raises(InputError, match="neither a fine-tuned model of Azure nor one of OpenAI"):
        deployable(run("outputs/checkpoint-30"), "final")


@pytest.mark.parametrize(
    ("checkpoint", "problem", "hint"),
    [
        ("10", "step 10 no longer exists", "those that exist: 20, 30"),
        ("25", "there is no checkpoint at step 25", "those that exist: 20, 30"),
        ("-20", "'-20' is no checkpoint", "a training step, best or final"),
        ("last", "'last' is no checkpoint", "a training step, best or final"),
        ("9" * 30, "is no checkpoint", "a training step, best or final"),
    ],
)
def test_a_checkpoint_that_does_not_exist_is_refused(checkpoint: str, problem: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        deployable(run(), checkpoint)
    assert problem in raised.value.problem and hint in raised.value.hint


@pytest.mark.parametrize("checkpoint", ["20", "best", "final"])
def test_without_a_list_of_checkpoints_nothing_is_taken_to_exist(checkpoint: str) -> None:
    unlisted = run(checkpoints=None, final_model=None, status=None)
    with pytest.raises(InputError, match="no list of checkpoints says whether it exists"):
        deployable(unlisted, checkpoint)


def test_the_job_names_its_final_model_without_a_list() -> None:
    assert deployable(run(checkpoints=None), "final").model == MODEL


def test_a_list_alone_has_a_last_checkpoint() -> None:
    assert deployable(run(final_model=None, status=None), "final").step == 30


def test_a_job_that_runs_has_no_final_model() -> None:
    with pytest.raises(UsageError, match="the job is running, and has no final model"):
        deployable(run(final_model=None, status="running"), "final")


def test_a_run_without_evidence_has_no_best_checkpoint() -> None:
    with pytest.raises(UsageError, match="there is no checkpoint to deploy"):
        deployable(run(metrics={}), "best")


def test_the_plan_says_where_the_model_comes_from() -> None:
    plan = plan_deployment(deployable(run(), "20"), RESOURCE, sku="DeveloperTier", capacity=3)
    assert plan.name == "gpt-4.1-mini-2025-04-14-step-20"
    assert plan.body["tags"] == {
        "created-by": "curvewise",
        "curvewise-run": "ftjob-1",
        "curvewise-step": "20",
    }
    assert plan.body["sku"] == {"name": "DeveloperTier", "capacity": 3}
    assert plan_deployment(deployable(run(), "20"), RESOURCE, name="mine").name == "mine"
