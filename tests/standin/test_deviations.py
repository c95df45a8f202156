"""What real services send and their specification does not allow, each alone: the strict SDK refuses it.

The ordinary SDK passes it through, which is why a reader of live jobs has to bear it. What is only against
the specification, and not against the SDK's types, comes at the end.
"""

from __future__ import annotations

from typing import Any

import pytest
from openai import APIResponseValidationError, OpenAI

from tests.standin import ByHand, Deviation, Standin, jobs
from tests.standin.fixtures import SdkFactory, StandinFactory

FIELDS: tuple[tuple[Deviation, str, int, str, Any], ...] = (
    ("null_error", "small-sft", 30, "error", {"code": None, "message": None, "param": None}),
    ("empty_error", "small-sft", 30, "error", {}),
    ("pending", "small-sft", 0, "status", "pending"),
    ("paused", "paused", 100, "status", "paused"),
    ("null_lists", "small-sft", 30, "organization_id", None),
    ("null_lists", "small-sft", 30, "result_files", None),
    ("null_hyperparameters", "rft", 30, "hyperparameters", None),
    ("null_hyperparameters", "dpo", 30, "hyperparameters", None),
)
"""Deviation, job, steps, and the field of the job that then holds what it must not."""


def a_server(standin: StandinFactory, job: str, steps: int, *deviations: Deviation) -> Standin:
    server = standin([jobs.BY_NAME[job]()], clock=ByHand(), deviations=deviations)
    server.advance(job, steps)
    return server


def retrieved(client: OpenAI, server: Standin, job: str) -> dict[str, Any]:
    return client.fine_tuning.jobs.retrieve(server.id(job)).to_dict()


@pytest.mark.parametrize(("deviation", "job", "steps", "field", "value"), FIELDS)
def test_the_strict_sdk_refuses_and_the_ordinary_one_passes_through(
    standin: StandinFactory,
    sdk: SdkFactory,
    deviation: Deviation,
    job: str,
    steps: int,
    field: str,
    value: Any,
) -> None:
    server = a_server(standin, job, steps, deviation)
    assert retrieved(sdk(server), server, job)[field] == value
    with pytest.raises(APIResponseValidationError):
        retrieved(sdk(server, _strict_response_validation=True), server, job)
    clean = a_server(standin, job, steps)
    assert retrieved(sdk(clean, _strict_response_validation=True), clean, job).get(field) != value


def test_moderation_checks_are_a_type_of_event_that_the_specification_does_not_have(
    standin: StandinFactory, sdk: SdkFactory
) -> None:
    server = a_server(standin, "small-sft", 1000, "moderation_checks")
    listed = sdk(server).fine_tuning.jobs.list_events(server.id("small-sft")).data
    assert "moderation_checks" in {str(event.type) for event in listed}
    with pytest.raises(APIResponseValidationError):
        sdk(server, _strict_response_validation=True).fine_tuning.jobs.list_events(server.id("small-sft"))


@pytest.mark.parametrize("number", [None, 0.0, float("nan")])
def test_a_checkpoint_may_say_anything_of_a_metric(
    standin: StandinFactory, sdk: SdkFactory, number: float | None
) -> None:
    server = standin([jobs.small_sft()])
    server.faults.add("**/checkpoints", lambda request, respond: _with_loss(respond(request), number))
    client = sdk(server, _strict_response_validation=True)
    (point,) = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft"), limit=1).data
    assert repr(point.metrics.valid_loss) == repr(number)


def _with_loss(answer: Any, number: float | None) -> Any:
    from tests.standin.messages import json_answer

    listed = answer.json
    listed["data"][0]["metrics"]["valid_loss"] = number
    return json_answer(listed)


def test_azure_deviates_as_real_resources_do(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()], dialect="azure", clock=ByHand())
    job = retrieved(sdk(server, "classic"), server, "small-sft")
    assert {name: job[name] for name in ("status", "error", "organization_id", "result_files", "suffix")} == {
        "status": "pending",
        "error": {},
        "organization_id": None,
        "result_files": None,
        "suffix": "tickets",
    }
    assert "user_provided_suffix" not in job
    assert job["trainingType"] == "globalStandard"


def test_openai_says_what_it_says_of_a_healthy_job(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft(), jobs.failed()])
    assert retrieved(sdk(server), server, "small-sft")["error"] == {
        "code": None,
        "message": None,
        "param": None,
    }
    assert retrieved(sdk(server), server, "failed")["error"]["code"] == "server_error"


def test_minus_one_is_only_against_the_specification(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = a_server(standin, "small-sft", 30, "minus_one")
    job = retrieved(sdk(server, _strict_response_validation=True), server, "small-sft")
    assert job["hyperparameters"] == {"batch_size": -1, "n_epochs": -1, "learning_rate_multiplier": 1.8}
    server.finish("small-sft")
    job = retrieved(sdk(server, _strict_response_validation=True), server, "small-sft")
    assert job["hyperparameters"]["n_epochs"] == 3
