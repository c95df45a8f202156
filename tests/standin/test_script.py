"""What a job says is a function of its script and of the steps done."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standin import jobs
from tests.standin.dialects import DialectName, make_dialect
from tests.standin.events import event_objects
from tests.standin.objects import checkpoint_objects, job_object
from tests.standin.progress import Action, Progress, acted, advanced, refusal, status
from tests.standin.results import result_table
from tests.standin.script import Checkpoint, JobScript, Record

DIALECTS: tuple[DialectName, ...] = ("openai", "azure")
SMALL = {name: make() for name, make in jobs.BY_NAME.items() if name not in ("big", "demo")}

moves = st.lists(st.one_of(st.integers(1, 60), st.sampled_from(("pause", "resume", "cancel"))), max_size=8)


@given(st.sampled_from(sorted(SMALL)), st.sampled_from(DIALECTS), moves)
def test_events_only_ever_grow_whatever_happens(
    name: str, dialect_name: DialectName, todo: list[int | Action]
) -> None:
    script, dialect, progress = SMALL[name], make_dialect(dialect_name), Progress()
    before = event_objects(script, progress, dialect)
    for move in todo:
        if isinstance(move, int):
            progress = advanced(script, progress, move)
        elif refusal(script, progress, move) is None:
            progress = acted(progress, move)
        events = event_objects(script, progress, dialect)
        assert events[: len(before)] == before
        assert len({event["id"] for event in events}) == len(events)
        assert [event["created_at"] for event in events] == sorted(event["created_at"] for event in events)
        steps = [point["step_number"] for point in checkpoint_objects(script, progress, dialect)]
        assert steps == sorted(set(steps))
        assert all(step <= progress.steps for step in steps)
        before = events


@given(st.sampled_from(sorted(SMALL)), st.lists(st.integers(1, 60), max_size=6))
def test_many_small_advances_come_to_the_same_as_one(name: str, parts: list[int]) -> None:
    script, progress = SMALL[name], Progress()
    for part in parts:
        progress = advanced(script, progress, part)
    assert progress == advanced(script, Progress(), sum(parts))


def test_calls_make_equal_jobs() -> None:
    for make in jobs.BY_NAME.values():
        assert make() == make()


def test_only_checkpoints_of_the_last_three_epochs_stay() -> None:
    script = jobs.demo()  # four epochs of 60 steps, a checkpoint every 20
    dialect = make_dialect("openai")

    def kept(steps: int) -> list[int]:
        return [point["step_number"] for point in checkpoint_objects(script, Progress(steps), dialect)]

    assert kept(19) == []
    assert kept(60) == [20, 40, 60]
    assert kept(180) == [*range(20, 181, 20)]
    assert kept(181) == [*range(80, 181, 20)], "the fourth epoch has begun"
    assert kept(239) == [*range(80, 221, 20)]
    assert kept(240) == [*range(80, 241, 20)]


def test_the_final_checkpoint_bears_the_name_of_the_model() -> None:
    for name in DIALECTS:
        dialect, script = make_dialect(name), jobs.small_sft()
        points = checkpoint_objects(script, Progress(120), dialect)
        assert (
            points[-1]["fine_tuned_model_checkpoint"]
            == job_object(script, Progress(120), dialect)["fine_tuned_model"]
        )
        assert all(
            point["fine_tuned_model_checkpoint"].endswith(f":ckpt-step-{point['step_number']}")
            for point in points[:-1]
        )


def test_ids_look_like_those_of_each_service() -> None:
    script = jobs.rft()
    openai, azure = make_dialect("openai"), make_dialect("azure")
    assert len(openai.job_id(script)) == len("ftjob-") + 24
    assert int(azure.job_id(script).removeprefix("ftjob-"), 16) > 0
    assert openai.checkpoint_id(script, 5).startswith("ftckpt_")
    assert len(azure.checkpoint_id(script, 5)) == len("ftchkpt-") + 32
    assert openai.model(script, 5).startswith("ft:o4-mini-2025-04-16:acme:solver:")


@pytest.mark.parametrize(
    ("dialect", "data", "message"),
    [
        ("openai", {"train_loss": 0.4349}, "Step 20/300: training loss=0.43"),
        (
            "openai",
            {"train_loss": 0.4349, "valid_loss": 0.5},
            "Step 20/300: training loss=0.43, validation loss=0.50",
        ),
        (
            "openai",
            {"train_loss": 0.0, "full_valid_loss": 0.333},
            "Step 20/300: training loss=0.00, full validation loss=0.33",
        ),
        ("azure", {"train_loss": 0.0016478, "valid_loss": 0.5}, "Step 20: training loss=0.0016478"),
    ],
)
def test_events_use_the_words_of_the_services(
    dialect: DialectName, data: dict[str, float], message: str
) -> None:
    script = JobScript(name="x", total_steps=300, records=(Record(20, data),))
    (event,) = [
        event
        for event in event_objects(script, Progress(20), make_dialect(dialect))
        if event["type"] == "metrics"
    ]
    assert event["message"] == message
    total = {"total_steps": 300} if dialect == "openai" else {}
    assert event["data"] == {"step": 20, **data, **total}


def test_events_come_every_so_many_steps_and_with_every_full_pass() -> None:
    records = tuple(Record(step, {"train_loss": 1.0}) for step in range(1, 11))
    records = (*records[:6], Record(7, {"train_loss": 1.0, "full_valid_loss": 0.9}), *records[7:])
    script = JobScript(name="x", total_steps=10, records=records, log_every=5)
    events = event_objects(script, Progress(10), make_dialect("openai"))
    assert [event["data"]["step"] for event in events if event["type"] == "metrics"] == [5, 7, 10]


def test_the_big_job_has_as_many_events_and_checkpoints_as_asked() -> None:
    script, dialect = jobs.big(), make_dialect("openai")
    assert len(event_objects(script, Progress(script.total_steps), dialect)) == 5000
    assert len(checkpoint_objects(script, Progress(script.total_steps), dialect)) == 40


def test_a_result_file_has_the_columns_of_its_service() -> None:
    script = JobScript(
        name="x",
        total_steps=2,
        records=(
            Record(1, {"train_loss": 0.123456789, "train_mean_token_accuracy": 1.0}),
            Record(2, {"train_loss": 0.0, "valid_loss": 0.5, "full_valid_loss": 0.25}),
        ),
    )
    assert result_table(script, make_dialect("openai")).splitlines() == [
        "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy",
        "1,0.12346,1.0,,",
        "2,0.0,,0.5,",
    ]
    assert result_table(script, make_dialect("azure")).splitlines() == [
        "step,train_loss,train_mean_token_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,"
        "full_valid_mean_token_accuracy",
        "1,0.123456789,1.0,,,,",
        "2,0.0,,0.5,,0.25,",
    ]


def test_a_reinforcement_file_flattens_the_data_of_its_events() -> None:
    header = result_table(jobs.rft(), make_dialect("azure")).splitlines()[0].split(",")
    grader = "graders/string_check/exact_answer"
    assert {
        "train_mean_reward",
        "full_valid_mean_reward",
        f"scores/{grader}/train_reward_mean",
        f"errors/{grader}/errors/train_sample_parse_error_mean",
        "usage/samples/train_reasoning_tokens_mean",
        "total_duration",
    } <= set(header)


def test_the_reward_of_training_counts_ungraded_rollouts_as_minus_one() -> None:
    for record in jobs.rft().records:
        graded = record.data["scores"]["graders"][0]["train_reward_mean"]
        failed = record.data["errors"]["graders"][0]["train_sample_parse_error_mean"]
        assert record.data["train_mean_reward"] == pytest.approx(graded * (1 - failed) - failed)


def test_the_demo_overfits_after_its_second_epoch_and_keeps_the_best_checkpoint() -> None:
    script = jobs.demo()
    points = checkpoint_objects(script, Progress(240), make_dialect("openai"))
    losses = {point["step_number"]: point["metrics"]["full_valid_loss"] for point in points}
    assert min(losses, key=losses.__getitem__) == 120
    assert all(
        earlier < later for earlier, later in itertools.pairwise(losses[step] for step in range(120, 241, 20))
    )
    assert losses[240] > 1.3 * losses[120]


def test_checkpoints_say_what_the_script_says() -> None:
    told = Checkpoint(5, {"valid_loss": None, "step": 5.0})
    script = msgspec.structs.replace(jobs.small_sft(), checkpoints=(told,), extra={"status": "quantum"})
    (point,) = checkpoint_objects(script, Progress(10), make_dialect("openai"))
    assert point["metrics"] == {"valid_loss": None, "step": 5.0}
    assert job_object(script, Progress(10), make_dialect("openai"))["status"] == "quantum"


def test_a_paused_job_leaves_a_checkpoint() -> None:
    script, dialect = jobs.paused(), make_dialect("azure")
    there = advanced(script, Progress(), 28)
    assert status(script, there) == "paused"
    assert event_objects(script, there, dialect)[-1]["message"] == "The job has been paused."
    by_hand = acted(Progress(13), "pause")
    steps = [point["step_number"] for point in checkpoint_objects(script, by_hand, dialect)]
    assert steps == [5, 10, 13]
