"""Logs of Weights & Biases, written byte by byte; by hand they were compared with what wandb 0.31 writes."""

from __future__ import annotations

import pytest

from curvewise.errors import MalformedError
from curvewise.formats.wandb_log import wandb_log as wandb_log_format
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from tests.formats.protobufs import exit_of, field, history, step_metric, wandb_log, wandb_run

OWN_LOOP = [history(step, loss=1 / (step + 1), val_loss=2 / (step + 1)) for step in range(40)]
EXAMPLE = wandb_log(wandb_run(lr=1e-4), *OWN_LOOP, exit_of(0))


def read(*records: bytes) -> Run:
    return read_bytes(wandb_log(*records))


def read_bytes(data: bytes) -> Run:
    document = Document("run-1.wandb", data)
    assert wandb_log_format.recognise(document)
    return wandb_log_format(document)


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        (3, {"n_epochs": 2, "model.rank": 8, "optim": "lion", "other_0": 0, "other_1": 1, "other_2": 2}),
        (300, {"n_epochs": 2, "optim": "lion"}),  # what a trainer dumps of all its arguments
    ],
)
def test_a_configuration_that_somebody_wrote_is_kept(others: int, kept: dict[str, object]) -> None:
    own = {"num_train_epochs": 2, "model": {"rank": 8}, "optim": "lion", "prompt": "word " * 99}
    config = {**own, **{f"other_{number}": number for number in range(others)}}
    run = read(wandb_run("own", **config), *(history(step, loss=1 / (step + 1)) for step in range(5)))
    assert run.hyperparameters == kept


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            {"save_steps": 250, "save_strategy": "steps", "save_total_limit": 2, "eval_steps": None,
             "load_best_model_at_end": True, "metric_for_best_model": "wer", "greater_is_better": False},
            {"save_steps": 250, "save_strategy": "steps", "save_total_limit": 2,
             "load_best_model_at_end": True, "metric_for_best_model": "wer", "greater_is_better": False},
        ),
        ({"trainer": {"save_freq": 20, "test_freq": 5, "max_actor_ckpt_to_keep": 3}},
         {"save_steps": 20, "save_total_limit": 3}),
        ({"checkpointing": {"save_period": 10}}, {"save_steps": 10}),
        ({"save_every": 100, "greater_is_better": "True"}, {"save_steps": 100, "greater_is_better": True}),
    ],
)  # fmt: skip
def test_what_was_saved_is_told_among_hundreds_of_settings(
    config: dict[str, object], told: dict[str, object]
) -> None:
    others = {f"other_{number}": number for number in range(300)}
    run = read(wandb_run("own", **others, **config), *(history(step, loss=1.0) for step in range(5)))
    assert run.hyperparameters == told


def test_history_and_configuration_are_read() -> None:
    run = read_bytes(EXAMPLE)
    assert (run.id, run.name, run.status) == ("id-my run", "my run", "succeeded")
    assert run["train_loss"].step.tolist() == list(range(40))
    assert run["train_loss"].value[3] == 0.25
    assert set(run.metrics) == {"train_loss", "full_valid_loss"}
    assert run.hyperparameters == {"learning_rate": 1e-4}
    assert run.notes == ()


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [(0, "succeeded", None), (1, "failed", "the program ended with exit code 1"), (255, "cancelled", None)],
)
def test_how_a_run_ended(code: int, status: str, error: str | None) -> None:
    run = read(*OWN_LOOP, exit_of(code))
    assert (run.status, run.error) == (status, error)
    assert read(*OWN_LOOP).status is None


def test_the_log_of_hugging_face_reads_like_its_state() -> None:
    rows = []
    for number, step in enumerate(range(10, 60, 10)):
        more = {"train__loss": 1 / step, "train__grad_norm": 1.0, "train__learning_rate": 1e-5}
        rows.append(history(number, train__epoch=step / 50, train__global_step=step, **more))
    timings = {"eval__runtime": 2.0, "eval__samples_per_second": 50.0}
    rows.append(history(5, eval__loss=0.5, train__epoch=1.0, train__global_step=50, **timings))
    end = {"train__train_loss": 0.7, "train__train_runtime": 9.0}
    rows.append(history(6, train__epoch=1.0, train__global_step=50, **end))
    axes = [step_metric("train/global_step", pattern="*")]
    run = read(wandb_run(num_train_epochs=1, model_name_or_path="gpt2", max_steps=-1), *axes, *rows)
    assert set(run.metrics) == {
        "train_loss", "grad_norm", "learning_rate", "epoch", "full_valid_loss", "mean_train_loss"
    }  # fmt: skip
    assert run["train_loss"].step.tolist() == [10, 20, 30, 40, 50]
    assert run["full_valid_loss"].step.tolist() == [50]
    assert (run.validation_examples, run.steps_per_epoch) == (100, 50.0)
    assert (run.base_model, run.planned_steps, run.hyperparameters) == ("gpt2", None, {"n_epochs": 1})


def test_a_value_stands_where_its_step_metric_was_logged_last() -> None:
    run = read(
        step_metric("rollout/step", pattern="rollout/*"),
        step_metric("train/step", name="train/ppo_kl"),
        history(0, rollout__step=1, rollout__raw_reward=0.5),
        history(1, train__step=10, train__ppo_kl=0.1),
        history(2, rollout__response_len=100),
        history(3, rollout__step=2, rollout__raw_reward=0.6, train__step=20, train__ppo_kl=0.2),
    )
    assert run["train_mean_reward"].step.tolist() == [1, 2]
    assert run["update_kl"].step.tolist() == [10, 20]
    assert run["rollout/response_len"].step.tolist() == [1]
    assert [note.code for note in run.notes] == ["several_step_axes"]


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ({"a": float("nan")}, {"a"}),
        ({"a": "NaN", "b": "Infinity", "c": "text", "d": True, "e": None, "f": [1]}, {"a", "b"}),
        ({"outer>inner": 1, "plain": {"x": 2, "y": {"z": 3}}}, {"outer/inner", "plain/x", "plain/y/z"}),
        ({"picture>_type": "image-file", "picture>width": 3, "table": {"_type": "table", "nrows": 2}}, set()),
    ],
)
def test_what_a_value_is(logged: dict[str, object], expected: set[str]) -> None:
    run = read(history(0, loss=1.0, **logged))
    assert set(run.metrics) - {"train_loss"} == expected


def test_a_run_without_history_is_refused() -> None:
    with pytest.raises(MalformedError, match="no history"):
        read(wandb_run(), field(3, field(1, field(2, "loss") + field(16, "1.0"))))


def test_a_log_that_is_cut_anywhere_gives_a_beginning() -> None:
    whole = read_bytes(EXAMPLE)["train_loss"].value.tolist()
    for end in range(len(EXAMPLE) - 1, 200, -1):
        run = read_bytes(EXAMPLE[:end])
        kept = run["train_loss"].value.tolist()
        assert kept == whole[: len(kept)]
        assert {note.code for note in run.notes} <= {"cut_file"}


def test_records_may_reach_over_blocks() -> None:
    long = field(13, field(3, "x" * 70_000))  # what the program printed
    data = wandb_log(*OWN_LOOP[:20], long, *OWN_LOOP[20:])
    assert read_bytes(data)["train_loss"].step.tolist() == list(range(40))
    damaged = data[:40_000] + b"\xff" + data[40_001:]
    run = read_bytes(damaged)
    assert run["train_loss"].step.tolist() == list(range(40))
    assert [note.code for note in run.notes] == ["damaged_records"]


def test_an_axis_that_nobody_logs_does_not_hold_its_values_at_one_step() -> None:
    axes = [step_metric("eval/epoch", pattern="eval/*"), step_metric("train/global_step", pattern="train/*")]
    rows = [
        history(2 * at + part, **values)  # what OpenRLHF logs, to which the library adds the epoch
        for at, step in enumerate((10, 20, 30))
        for part, values in enumerate(
            (
                {"train/global_step": step, "train/reward": step / 100},
                {"eval/global_step": step, "eval/eval_math_pass1": step / 50, "eval/epoch": 0},
            )
        )
    ]
    run = read(wandb_run(), *axes, *rows)
    assert run["valid_grader_reward/math"].step.tolist() == [10, 20, 30]
    assert run["train_mean_reward"].step.tolist() == [10, 20, 30]
