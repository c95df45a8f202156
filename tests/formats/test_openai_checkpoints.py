from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curvewise.errors import MalformedError, MixedRunsError
from curvewise.formats.openai_checkpoints import openai_checkpoints
from curvewise.model.merge import merge
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.testing import assert_format_contract

MODEL = "gpt-4.1-mini.ft-0e20"


def checkpoint(step: int, *, final: bool = False, job: str = "ftjob-1", **metrics: Any) -> dict[str, Any]:
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": f"ftckpt_{job}_{step}",
        "created_at": 1000 + step,
        "fine_tuned_model_checkpoint": MODEL if final else f"{MODEL}:ckpt-step-{step}",
        "fine_tuning_job_id": job,
        "metrics": {"step": float(step), **metrics},
        "step_number": step,
    }


ASCENDING = [
    checkpoint(80, train_loss=0.5, valid_loss=None, full_valid_loss=1.6),
    checkpoint(90, train_loss=0.0, full_valid_loss=1.7),
    checkpoint(100, final=True),
]


def page(items: list[dict[str, Any]], has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": items, "has_more": has_more, "first_id": "a", "last_id": "b"}


def read(content: Any, name: str = "checkpoints.json") -> Run:
    document = Document(name, content if isinstance(content, bytes) else json.dumps(content).encode())
    assert openai_checkpoints.recognise(document)
    return openai_checkpoints(document)


def test_it_keeps_the_contract_of_formats() -> None:
    others = [page([{"object": "fine_tuning.job.event", "message": ""}]), page([]), {"log_history": []}]
    assert_format_contract(
        openai_checkpoints,
        [json.dumps(content).encode() for content in (page(ASCENDING), ASCENDING, ASCENDING[0])],
        [json.dumps(other).encode() for other in others],
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(page(ASCENDING), id="ascending"),
        pytest.param(page(ASCENDING[::-1]), id="newest first"),
        pytest.param([page(ASCENDING[:0:-1], True), page(ASCENDING[1::-1])], id="pages that overlap"),
        pytest.param(ASCENDING, id="a bare array"),
        pytest.param("\n".join(map(json.dumps, ASCENDING)).encode(), id="JSON Lines"),
    ],
)
def test_every_envelope_gives_the_same_run(content: Any) -> None:
    run = read(content)
    assert run.id == "ftjob-1"
    assert run.final_model == MODEL
    assert run.checkpoints is not None
    assert [saved.step for saved in run.checkpoints] == [80, 90, 100]
    assert [saved.model for saved in run.checkpoints] == [
        f"{MODEL}:ckpt-step-80",
        f"{MODEL}:ckpt-step-90",
        MODEL,
    ]
    assert [dict(saved.metrics) for saved in run.checkpoints] == [
        {"train_loss": 0.5, "full_valid_loss": 1.6},
        {"train_loss": 0.0, "full_valid_loss": 1.7},
        {},
    ]
    assert run["full_valid_loss"] == Series.from_points([80, 90], [1.6, 1.7])
    assert run.notes == ()


def test_a_page_with_more_to_come_is_noted() -> None:
    note = read(page(ASCENDING, has_more=True)).note("incomplete_page")
    assert note is not None
    assert "3 checkpoints" in note.text


@pytest.mark.parametrize("content", [page([]), [], [page([])]])
def test_an_empty_list_says_that_no_checkpoint_exists(content: Any) -> None:
    assert read(content, "job/checkpoints.json").checkpoints == ()


def test_rft_metrics_get_canonical_names() -> None:
    extra: dict[str, Any] = {"train_mean_reward": 0.6, "usages/samples/train_reasoning_tokens_mean": 300.0}
    nested: dict[str, Any] = {
        "scores": {"graders": [{"type": "python", "name": "f", "valid_reward_mean": 0.7}]}
    }
    run = read([checkpoint(5, **extra, **nested)])
    assert run.kind == "rft"
    assert run["reasoning_tokens_mean"].at(5) == 300.0
    assert run["valid_grader_reward/python/f"].at(5) == 0.7


def test_metrics_may_be_null_and_the_step_may_stand_there_alone() -> None:
    nothing = {**checkpoint(3), "metrics": None}
    elsewhere = {**checkpoint(7), "step_number": None}
    run = read([nothing, elsewhere])
    assert [saved.step for saved in run.checkpoints or ()] == [3, 7]


@pytest.mark.parametrize("step", [None, 1.5, "7", True])
def test_a_checkpoint_needs_a_step(step: Any) -> None:
    with pytest.raises(MalformedError, match="expected a whole number") as error:
        read([{**checkpoint(7), "step_number": step, "metrics": {}}])
    assert error.value.field == "step_number"
    assert "ftckpt_ftjob-1_7" in error.value.problem


def test_of_two_at_one_step_the_newer_counts() -> None:
    older = {
        **checkpoint(80),
        "id": "old",
        "created_at": 1,
        "fine_tuned_model_checkpoint": "old:ckpt-step-80",
    }
    run = read([checkpoint(80), older])
    assert [saved.model for saved in run.checkpoints or ()] == [f"{MODEL}:ckpt-step-80"]
    assert run.note("repeated_checkpoints") is not None


def test_two_jobs_in_one_file_are_refused() -> None:
    with pytest.raises(MixedRunsError, match="ftjob-1 and ftjob-2"):
        read([checkpoint(1), checkpoint(2, job="ftjob-2")])


def test_the_real_file(corpus: Path) -> None:
    path = corpus / "openai_checkpoints_json" / "MicrosoftDocs__tutorial_fine-tune_checkpoints.json"
    run = merge([read(path.read_bytes())])
    assert run.id == "ftjob-372c72db22c34e6f9ccb62c26ee0fbd9"
    assert run.checkpoints is not None
    assert [(saved.step, saved.metrics["full_valid_loss"]) for saved in run.checkpoints] == [
        (80, 1.6909511662736725),
        (90, 1.7958603267428241),
        (100, 1.8258173013035255),
    ]
    assert (
        run.checkpoints[-1].model
        == run.final_model
        == "gpt-4o-mini-2024-07-18.ft-0e208cf33a6a466994aff31a08aba678"
    )


def test_a_value_that_is_no_number_stays_visible_as_a_word_too() -> None:
    run = read([checkpoint(10, full_valid_loss="NaN"), checkpoint(20, full_valid_loss="-Infinity")])
    assert str(run["full_valid_loss"].value.tolist()) == "[nan, -inf]"
