from __future__ import annotations

import json
from typing import Any

import pytest

from curvewise.errors import MixedRunsError
from curvewise.formats.openai_job import openai_job
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.testing import assert_format_contract

SUPERVISED = {
    "object": "fine_tuning.job",
    "id": "ftjob-1",
    "created_at": 1,
    "model": "gpt-4.1-mini-2025-04-14",
    "fine_tuned_model": "ft:gpt-4.1-mini:org:suffix:A",
    "status": "succeeded",
    "error": {"code": None, "message": None, "param": None},
    "hyperparameters": {"n_epochs": 3, "batch_size": 8, "learning_rate_multiplier": 1.8},
    "method": {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": "auto"}},
    },
    "integrations": [{"type": "wandb", "wandb": {"project": "p"}}],
    "user_provided_suffix": "suffix",
    "trained_tokens": 12345,
}
REINFORCEMENT = {
    "id": "ftjob-2",
    "model": "o4-mini-2025-04-16",
    "fine_tuned_model": None,
    "status": "paused",
    "error": {},
    "hyperparameters": None,
    "method": {
        "type": "reinforcement",
        "reinforcement": {"hyperparameters": {"eval_interval": 5, "n_epochs": -1}},
    },
    "result_files": None,
}


def read(job: Any) -> Run:
    document = Document("job.json", json.dumps(job).encode())
    assert openai_job.recognise(document)
    return openai_job(document)


def test_it_keeps_the_contract_of_formats() -> None:
    others = [
        {"object": "fine_tuning.job.checkpoint", "step_number": 1},
        {"id": "x", "model": "m", "status": "s"},
    ]
    assert_format_contract(
        openai_job,
        [json.dumps(job).encode() for job in (SUPERVISED, REINFORCEMENT)],
        [json.dumps(other).encode() for other in others],
    )


def test_what_a_job_says_of_itself() -> None:
    run = read(SUPERVISED)
    assert (run.id, run.name, run.kind, run.status) == ("ftjob-1", "suffix", "sft", "succeeded")
    assert (run.base_model, run.final_model) == ("gpt-4.1-mini-2025-04-14", "ft:gpt-4.1-mini:org:suffix:A")
    assert run.error is None
    assert run.checkpoints is None


def test_hyperparameters_that_are_left_to_the_service_say_nothing() -> None:
    assert read(SUPERVISED).hyperparameters == {
        "n_epochs": 3,
        "batch_size": 8,
        "learning_rate_multiplier": 1.8,
    }
    assert read(REINFORCEMENT).hyperparameters == {"eval_interval": 5}


@pytest.mark.parametrize(
    ("method", "kind"), [("supervised", "sft"), ("dpo", "dpo"), ("reinforcement", "rft"), ("new", None)]
)
def test_the_method_is_the_kind(method: str, kind: str | None) -> None:
    assert read({**SUPERVISED, "method": {"type": method}}).declared_kind == kind


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, None),
        ({}, None),
        ({"code": None, "message": None}, None),
        ({"code": "invalid", "message": "No examples.", "param": "training_file"}, "No examples. (invalid)"),
        ({"code": None, "message": "No examples."}, "No examples."),
    ],
)
def test_an_empty_error_is_no_error(error: Any, expected: str | None) -> None:
    assert read({**SUPERVISED, "error": error}).error == expected


def test_a_list_of_one_job_is_that_job() -> None:
    assert read({"object": "list", "data": [SUPERVISED]}).id == "ftjob-1"


def test_a_list_of_several_jobs_is_refused() -> None:
    with pytest.raises(MixedRunsError, match="ftjob-1 and ftjob-2"):
        read({"object": "list", "data": [SUPERVISED, REINFORCEMENT]})
