from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curvewise.errors import MalformedError, MixedRunsError
from curvewise.formats.openai_events import openai_events
from curvewise.model.merge import ANNOUNCED, ROUNDED, merge
from curvewise.model.run import Checkpoint, Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.testing import assert_format_contract


def event(message: str = "", *, at: int = 0, level: str = "info", **fields: Any) -> dict[str, Any]:
    held = {
        "object": "fine_tuning.job.event",
        "id": f"ftevent-{message}-{at}",
        "created_at": at,
        "level": level,
    }
    return {**held, "message": message, "type": "message", "data": {}, **fields}


def step(number: int, loss: float, **data: Any) -> dict[str, Any]:
    held = {"step": number, "total_steps": 30, "train_loss": loss, **data}
    return event(f"Step {number}/30: training loss={loss:.2f}", at=number, type="metrics", data=held)


STEPS = [step(1, 1.234), step(2, 1.111), step(3, 1.0, valid_loss=None, full_valid_loss=1.2)]
OPENAI = [
    *STEPS,
    event("Checkpoint created at step 1 with Snapshot ID: ft:base:org:suffix:A1:ckpt-step-1", at=4),
    event("Checkpoint created at step 2 with Snapshot ID: ft:base:org:suffix:A2:ckpt-step-2", at=4),
    event("New fine-tuned model created: ft:base:org:suffix:A3", at=5),
    event("The job has successfully completed", at=6),
]
AZURE = [
    {"id": "e2", "created_at": 20, "level": "info", "message": "Step 20: training loss=3.814697265625E-06",
     "object": "fine_tuning.job.event", "type": "metrics", "data": {"step": 20, "train_loss": 3.8e-06}},
    {"id": "e1", "created_at": 10, "level": "info", "message": "Job enqueued.", "type": "message",
     "object": "fine_tuning.job.event"},
]  # fmt: skip
GRADER = {"name": "g", "type": "python"}
RFT = {
    "step": 5,
    "total_steps": 20,
    "train_mean_reward": 0.2,
    "scores": {"train_reward_mean": 0.2, "valid_reward_mean": 0.6,
               "graders": [{**GRADER, "train_reward_mean": 0.5, "valid_reward_mean": 0.6}]},
    "usage": {"samples": {"train_reasoning_tokens_mean": 300.25, "train_reasoning_tokens_count": 2402.0}},
    "errors": {"graders": [{**GRADER, "train_other_error_mean": 0.0, "train_other_error_count": 0}]},
    "timing": {"step": {"sampling": 226.8, "full_iteration": 731.5},
               "graders": [{**GRADER, "train_execution_latency_mean": 2.7}]},
    "model_graders_token_usage": {"gpt-4o": {"train_prompt_tokens": 120741}},
}  # fmt: skip


def page(events: list[dict[str, Any]], has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": events, "has_more": has_more}


def read(content: Any, name: str = "events.json") -> Run:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    document = Document(name, data)
    assert openai_events.recognise(document)
    return openai_events(document)


def json_lines(objects: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, objects)).encode()


def test_it_keeps_the_contract_of_formats() -> None:
    samples = [page(OPENAI), page(AZURE), [page(OPENAI), page(AZURE)], event(type="metrics", data=RFT)]
    others = [{"log_history": []}, {"data": {"step": 1}}, page([{"object": "fine_tuning.job.checkpoint"}])]
    assert_format_contract(
        openai_events,
        [*(json.dumps(sample).encode() for sample in samples), json_lines(OPENAI)],
        [json.dumps(other).encode() for other in others],
    )


newest_first = OPENAI[::-1]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(page(OPENAI), id="a page"),
        pytest.param(page(newest_first), id="newest first"),
        pytest.param([page(newest_first[:3], True), page(newest_first[3:])], id="pages"),
        pytest.param([page(newest_first[:4], True), page(newest_first[2:])], id="pages that overlap"),
        pytest.param(OPENAI, id="a bare array"),
        pytest.param(json_lines(newest_first), id="JSON Lines of events"),
        pytest.param(json_lines([page(OPENAI[:3], True), page(OPENAI[3:])]), id="JSON Lines of pages"),
    ],
)
def test_every_envelope_gives_the_same_run(content: Any) -> None:
    run = read(content)
    assert run["train_loss"] == Series.from_points([1, 2, 3], [1.234, 1.111, 1.0])
    assert run["full_valid_loss"] == Series.from_points([3], [1.2])
    assert "valid_loss" not in run
    assert (run.planned_steps, run.status, run.final_model) == (30, "succeeded", "ft:base:org:suffix:A3")
    assert run.checkpoints == (
        Checkpoint(step=1, model="ft:base:org:suffix:A1:ckpt-step-1"),
        Checkpoint(step=2, model="ft:base:org:suffix:A2:ckpt-step-2"),
        Checkpoint(step=30, model="ft:base:org:suffix:A3"),
    )
    assert [note.code for note in run.notes] == [ANNOUNCED]


def test_a_single_event_is_enough() -> None:
    assert read(STEPS[0])["train_loss"] == Series.from_points([1], [1.234])


def test_azure_has_no_totals_and_no_data_in_messages() -> None:
    run = read(page(AZURE))
    assert run["train_loss"] == Series.from_points([20], [3.8e-06])
    assert (run.planned_steps, run.checkpoints, run.notes) == (None, None, ())


@pytest.mark.parametrize(
    ("message", "expected", "rounded"),
    [
        ("Step 6/9: training loss=0.73, validation loss=1.46",
         {"train_loss": 0.73, "valid_loss": 1.46}, True),
        ("Step 3/9: training loss=0.00, full validation loss=0.33",
         {"train_loss": 0.0, "full_valid_loss": 0.33}, True),
        ("Step 3/9: validation loss=1.46, full validation loss=nan",
         {"valid_loss": 1.46, "full_valid_loss": np.nan}, True),
        ("Step 100: training loss=0.001647822093218565", {"train_loss": 0.001647822093218565}, False),
        ("Step 100: training loss=3.814697265625E-06", {"train_loss": 3.814697265625e-06}, False),
    ],
)  # fmt: skip
def test_a_message_counts_where_there_is_no_data(
    message: str, expected: dict[str, float], rounded: bool
) -> None:
    run = read([event(message, type="metrics")])
    values = {name: series.value[0] for name, series in run.metrics.items()}
    assert values == pytest.approx(expected, nan_ok=True)
    assert (run.note(ROUNDED) is not None) is rounded


def test_a_page_with_more_to_come_is_noted() -> None:
    note = read(page(OPENAI, has_more=True)).note("incomplete_page")
    assert note is not None
    assert "7 events" in note.text


def test_nested_rft_data_has_the_names_of_the_result_file() -> None:
    run = read(event(type="metrics", data=RFT))
    assert run.kind == "rft"
    assert run["full_valid_mean_reward"].at(5) == 0.6
    assert run["train_grader_reward/python/g"].at(5) == 0.5
    assert run["train_other_error_rate/python/g"].at(5) == 0.0
    assert run["reasoning_tokens_mean"].at(5) == 300.25
    assert run["train_grader_latency/python/g"].at(5) == 2.7
    assert (run["sampling_duration"].at(5), run["total_duration"].at(5)) == (226.8, 731.5)
    assert run["model_graders_token_usage/gpt-4o/train_prompt_tokens"].at(5) == 120741
    assert run["train_graded_rollouts/python/g"].at(5) == 8  # a total of 2402 tokens, 300.25 for each
    assert run["train_rollouts"].at(5) == 10


def test_a_resumed_job_is_one_history() -> None:
    again = [
        {**step(number, 0.5), "id": f"again-{number}", "created_at": 100 + number} for number in range(4, 8)
    ]
    run = read(page([*again[::-1], *(step(number, 1.0) for number in range(9, 0, -1))]))
    assert run["train_loss"].step.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert run["train_loss"].value.tolist() == [1.0] * 3 + [0.5] * 4
    assert run.note("restarted_steps") is not None


def test_a_failure_is_told_in_the_words_of_the_provider() -> None:
    run = read([step(1, 1.0), event("The job failed due to an unsafe file.", level="error", at=9)])
    assert (run.status, run.error) == ("failed", "The job failed due to an unsafe file.")


def test_an_error_that_a_job_survived_is_none() -> None:
    run = read([event("Upload failed, retrying.", level="error", at=1), event("Job succeeded.", at=2)])
    assert (run.status, run.error) == ("succeeded", None)


def test_metrics_without_any_step_are_refused() -> None:
    with pytest.raises(MalformedError, match="the event holds metrics, and no step") as error:
        read({"type": "metrics", "data": {"train_mean_reward": 0.5}})
    assert error.value.field == "data.step"


def test_metrics_without_a_step_among_others_are_noted() -> None:
    run = read([step(1, 1.0), event(at=2, type="metrics", data={"train_loss": 0.5})])
    assert len(run["train_loss"]) == 1
    assert run.note("events_without_step") is not None


def test_two_jobs_in_one_file_are_refused() -> None:
    with pytest.raises(MixedRunsError, match="ftjob-1 and ftjob-2"):
        read([event(fine_tuning_job_id="ftjob-1"), event(at=1, fine_tuning_job_id="ftjob-2")])


def test_an_empty_page_is_no_list_of_checkpoints() -> None:
    run = read(page([]))
    assert (run.metrics, run.checkpoints) == ({}, None)
    assert not openai_events.recognise(Document("checkpoints.json", b'{"object": "list", "data": []}'))


def test_messages_give_way_to_exact_values() -> None:
    printed = read(
        [
            event(f"Step {number}/3: training loss={number}.00", at=number, type="metrics")
            for number in (1, 2, 3)
        ]
    )
    exact = read([step(1, 1.0041), step(2, 1.9962)])
    assert merge([printed, exact])["train_loss"] == Series.from_points([1, 2, 3], [1.0041, 1.9962, 3.0])


def test_real_files(corpus: Path) -> None:
    folder = corpus / "openai_events_json"
    azure = read((folder / "MicrosoftDocs__tutorial_fine-tune_events.json").read_bytes())
    assert azure["full_valid_loss"].step.tolist() == [50, 60, 70, 80, 90, 100]
    assert azure["full_valid_loss"].at(50) == 1.2814022257358213
    assert (azure.status, [note.code for note in azure.notes]) == ("succeeded", ["incomplete_page"])
    last = read((folder / "unknown__mutate_final_event.json").read_bytes())
    assert last["full_valid_loss"].at(240) == 0.004403916553852115
    assert last.planned_steps == 240


def test_the_documented_rft_event(corpus: Path) -> None:
    data = (corpus / "openai_events_json" / "openai-docs__rft_metrics_event.json").read_bytes()
    with pytest.raises(MalformedError, match="no step"):
        read(data)
    documented = json.loads(data)
    documented["data"]["step"] = 5
    run = read(documented)
    grader = "score_model/basic_model_grader"
    assert run[f"train_graded_rollouts/{grader}"].at(5) == 501
    assert run[f"valid_graded_rollouts/{grader}"].at(5) == 20
    assert run["train_rollouts"].at(5) == 510


@pytest.mark.parametrize("sign", [1, -1])
def test_a_whole_number_that_no_float_holds_is_infinite(sign: int) -> None:
    number = sign * 10**400
    found = read(event(type="metrics", created_at=number, data={"step": 1, "train_loss": number}))
    assert found["train_loss"].value.tolist() == [sign * math.inf]
