"""Event files of TensorBoard, written byte by byte; by hand they were compared with EventAccumulator."""

from __future__ import annotations

import gc
import json
import struct
import tracemalloc

import numpy as np
import pytest

from curvewise.formats.tensorboard_events import tensorboard_events
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from tests.formats.protobufs import START, event, event_file, field, logged, masked, scalar, summary, tensor

EXAMPLE = event_file(*logged("train/loss", range(1, 40)), *logged("eval/loss", range(10, 40, 10), 2.0))


LOSS = field(1, "loss")


def read(data: bytes, name: str = "runs/a/events.out.tfevents.1.host") -> Run:
    document = Document(name, data)
    assert tensorboard_events.recognise(document)
    return tensorboard_events(document)


def points(run: Run, metric: str) -> list[tuple[int, float]]:
    return list(zip(run[metric].step.tolist(), run[metric].value.tolist(), strict=True))


def test_scalars_of_each_tag_are_read() -> None:
    run = read(EXAMPLE)
    assert points(run, "train_loss") == [(step, float(step)) for step in range(1, 40)]
    assert points(run, "full_valid_loss") == [(10, 20.0), (20, 40.0), (30, 60.0)]
    assert run.notes == ()


def test_nothing_is_kept_of_pictures_that_are_logged_beside_a_loss() -> None:
    pictures = [field(1, f"picture/{step}") + field(4, field(4, bytes(100_000))) for step in range(10)]
    data = event_file(
        *(event(step, summary(scalar("loss", 1.0), each)) for step, each in enumerate(pictures))
    )
    tracemalloc.start()
    try:
        assert len(read(data)["train_loss"]) == len(pictures)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < len(data) / 4
    finally:
        tracemalloc.stop()


def test_many_records_of_changing_lengths_are_all_read() -> None:
    rng = np.random.default_rng(0)
    tags = ["loss", "val_loss", "lr", "a/long/name/of/a/tag", "b" * 150]
    expected: dict[str, list[tuple[int, float]]] = {tag: [] for tag in tags}
    events = []
    for step in [*range(260), *range(16_300, 16_500), 2**33, 2**62]:
        for tag in tags:
            if tag == "loss" or rng.random() < 0.8:
                value = float(np.float32(rng.normal()))
                events.append(event(step, summary(scalar(tag, value)), time=rng.random() * 2e9))
                expected[tag].append((step, value))
    run = read(event_file(*events))
    for tag, name in zip(tags, ["train_loss", "full_valid_loss", "learning_rate", *tags[3:]], strict=True):
        assert points(run, name) == expected[tag]


@pytest.mark.parametrize(
    ("summary_of_step_3", "expected"),
    [
        pytest.param(tensor("loss", 2.5), [2.5], id="a tensor of rank 0"),
        pytest.param(tensor("loss", 2.5, shape=field(2, field(1, 1))), [], id="a tensor of rank 1"),
        pytest.param(LOSS + field(8, field(1, 1) + field(5, struct.pack("<f", 2.5))), [2.5], id="float_val"),
        pytest.param(LOSS + field(8, field(1, 2) + field(4, struct.pack("<d", 0.1))), [0.1], id="double"),
        pytest.param(LOSS + field(8, field(1, 7) + field(8, "text")), [], id="text"),
        pytest.param(LOSS + field(8, field(1, 1) + field(4, b"\0\0")), [], id="too few bytes"),
        pytest.param(scalar("_hparams_/experiment", 1.0), [], id="hparams"),
        pytest.param(scalar("hparam/loss", 1.0), [], id="a metric of hparams"),
        pytest.param(scalar("loss", float("nan")), [float("nan")], id="NaN is a point"),
        pytest.param(LOSS + b"\x15\1\0\x80\x7f", [float("nan")], id="a signalling NaN is one, too"),
    ],
)  # fmt: skip
def test_what_a_scalar_is(summary_of_step_3: bytes, expected: list[float]) -> None:
    run = read(event_file(event(3, summary(summary_of_step_3))))
    values = run["train_loss"].value.tolist() if "train_loss" in run else []
    assert np.array_equal(values, expected, equal_nan=True)


def test_several_values_in_one_event() -> None:
    events = [event(step, summary(scalar("a", 1.0), tensor("b", 2.0), scalar("c", 3.0))) for step in range(9)]
    run = read(event_file(*events))
    assert {name: set(series.value.tolist()) for name, series in run.metrics.items()} == {
        "a": {1.0}, "b": {2.0}, "c": {3.0}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "name", "metric"),
    [
        ("epoch_mae", "logs/train", "mae"),
        ("epoch_mae", "logs/validation", "val_mae"),
        ("mae", "logs/validation", "val/mae"),
        ("epoch_loss", "logs/train/events.out.tfevents.1", "train_loss"),
        ("epoch_loss", "logs/validation", "full_valid_loss"),
        ("epoch_accuracy", r"logs\validation\events.out.tfevents.1.v2", "full_valid_accuracy"),
        ("Loss", "runs/a/Loss_train", "train_loss"),
        ("Loss", "runs/a/Loss_valid/events.out.tfevents.1", "full_valid_loss"),
        ("Loss/val", "runs/test", "full_valid_loss"),
        ("Loss/Train", "a", "train_loss"),
    ],
)
def test_the_folder_is_part_of_a_name(tag: str, name: str, metric: str) -> None:
    assert list(read(event_file(*logged(tag, range(5))), name).metrics) == [metric]


def test_keras_logs_an_evaluation_by_epochs_and_once_more_by_batches() -> None:
    by_batch = logged("evaluation_loss_vs_iterations", range(12, 72, 12))
    run = read(event_file(*logged("epoch_loss", range(5)), *by_batch), "logs/validation")
    assert set(run.metrics) == {"full_valid_loss"}
    assert [note.code for note in run.notes] == ["repeated_series"]
    assert len(read(event_file(*by_batch), "logs/validation").metrics) == 1


def test_hugging_face_logs_the_mean_loss_once_at_the_end() -> None:
    tags = ("train/loss", "train/grad_norm", "train/learning_rate", "train/epoch")
    events = [event(step, summary(scalar(tag, 1.0))) for step in range(10, 50, 10) for tag in tags]
    end = [event(40, summary(scalar(tag, 3.0))) for tag in ("train/train_loss", "train/train_runtime")]
    run = read(event_file(*events, *end))
    assert points(run, "mean_train_loss") == [(40, 3.0)]
    assert set(run.metrics) == {"train_loss", "grad_norm", "learning_rate", "epoch", "mean_train_loss"}


def test_training_that_was_resumed_replaces_what_it_logs_again() -> None:
    again = logged("train/loss", range(30, 50), 100.0)
    run = read(event_file(*logged("train/loss", range(1, 40)), *again))
    assert points(run, "train_loss")[28:31] == [(29, 29.0), (30, 3000.0), (31, 3100.0)]
    assert [note.code for note in run.notes] == ["restarted_steps"]


def test_a_program_that_begins_to_log_anew_takes_back_what_comes_later() -> None:
    start = event(20, field(7, field(1, 1)))
    run = read(
        event_file(*logged("a", range(30)), *logged("b", range(30)), start, *logged("a", range(20, 22)))
    )
    assert run["a"].last_step == 21
    assert run["b"].last_step == 19


def test_a_file_that_is_cut_anywhere_gives_a_beginning() -> None:
    whole = points(read(EXAMPLE), "train_loss")
    for end in range(len(START), len(EXAMPLE), 7):
        run = read(EXAMPLE[:end])
        kept = points(run, "train_loss") if "train_loss" in run else []
        assert kept == whole[: len(kept)]
        assert {note.code for note in run.notes} <= {"cut_file"}


def test_every_flipped_byte_of_a_record_is_found() -> None:
    whole = points(read(EXAMPLE), "train_loss")
    size = (len(EXAMPLE) - len(START)) // 42
    begin = len(START) + 5 * size
    for place in range(begin, begin + size):
        damaged = bytearray(EXAMPLE)
        damaged[place] ^= 0x40
        run = read(bytes(damaged))
        kept = set(points(run, "train_loss"))
        assert kept <= set(whole)
        assert len(kept) < len(whole)
        assert {note.code for note in run.notes} & {"damaged_records", "damaged_file", "cut_file"}


@pytest.mark.parametrize("count", [20, 400], ids=["one by one", "together"])
def test_only_a_damaged_record_is_left_out(count: int) -> None:
    data = event_file(*logged("train/loss", range(128, 128 + count)))
    size = (len(data) - len(START)) // count
    for number in (0, count // 2, count - 1):
        damaged = bytearray(data)
        damaged[len(START) + number * size + 20] ^= 1
        kept = read(bytes(damaged))
        assert len(kept["train_loss"]) == count - 1
        assert [note.code for note in kept.notes] == ["damaged_records"]


@pytest.mark.parametrize("length", [2**63, 2**40, 10**6])
def test_a_length_beyond_the_file_costs_nothing(length: int) -> None:
    head = struct.pack("<Q", length)
    run = read(EXAMPLE + head + masked(head) + b"x" * 20)
    assert len(run["train_loss"]) == 39
    assert [note.code for note in run.notes] == ["cut_file"]


def test_the_user_may_say_what_a_tag_is() -> None:
    document = Document("a", event_file(*logged("my/nll", range(5))), {"train_loss": "my/nll"})
    assert tensorboard_events.takes(document)
    assert list(tensorboard_events(document).metrics) == ["train_loss"]


def test_the_arguments_of_a_trainer_tell_what_it_saved() -> None:
    told = {"save_steps": 250, "save_strategy": "steps", "gradient_accumulation_steps": 4}
    others = {f"other_{number}": None for number in range(100)}
    text = json.dumps({**told, "max_steps": 900, **others}, indent=2)
    held = field(1, 7) + field(2, field(2, field(1, 1))) + field(8, text)
    written = event(0, summary(field(1, "args/text_summary") + field(8, held)))
    losses = logged("eval/loss", range(0, 30, 5))
    run = read(event_file(written, *losses))
    assert (run.hyperparameters, run.planned_steps) == (told, 900)
    assert read(event_file(*losses, written[:400])).hyperparameters == {}
