"""Logs of SwanLab, written byte by byte; by hand they were compared with what swanlab 0.10 writes."""

from __future__ import annotations

import pytest

from curvewise.formats.swanlab_log import swanlab_log as swanlab_log_format
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from tests.formats.protobufs import swanlab_finish, swanlab_log, swanlab_scalar, swanlab_start

LOSSES = [
    swanlab_scalar(key, step, 1.0 - step / 30)
    for step in range(31)
    for key in ("loss", *(("val_loss",) if step % 10 == 0 else ()), "__swanlab__.cpu.pct")
]
EXAMPLE = swanlab_log(swanlab_start("one"), *LOSSES, swanlab_finish(1))


def read(data: bytes) -> Run:
    document = Document("run-1.swanlab", data)
    assert swanlab_log_format.recognise(document)
    return swanlab_log_format(document)


def test_scalars_are_read() -> None:
    run = read(EXAMPLE)
    assert (run.id, run.name, run.status, run.notes) == ("id-one", "one", "succeeded", ())
    assert set(run.metrics) == {"train_loss", "full_valid_loss"}
    assert run["train_loss"].step.tolist() == list(range(31))
    assert run["train_loss"].value[[0, 15, 30]].tolist() == [1.0, 0.5, 0.0]
    assert run["full_valid_loss"].step.tolist() == [0, 10, 20, 30]


def test_the_step_of_the_trainer_comes_first() -> None:
    rows = [
        swanlab_scalar(key, row, value)
        for row in range(1, 5)
        for key, value in (("train/loss", float("nan")), ("train/global_step", 10.0 * row))
    ]
    run = read(swanlab_log(*rows))
    assert run["train_loss"].step.tolist() == [10, 20, 30, 40]
    assert set(run.metrics) == {"train_loss"}


def test_what_the_trainer_logs_once_is_no_loss_of_a_step() -> None:
    rows = [
        swanlab_scalar(key, step, 1.0)
        for step in range(1, 4)
        for key in ("train/loss", "train/epoch", "train/learning_rate", "train/grad_norm")
    ]
    once = [swanlab_scalar(f"single_value/train_{name}", 3, 9.0) for name in ("runtime", "loss")]
    run = read(swanlab_log(*rows, *once))
    assert set(run.metrics) == {"train_loss", "epoch", "learning_rate", "grad_norm", "mean_train_loss"}


@pytest.mark.parametrize(
    ("end", "status", "error"),
    [
        (swanlab_finish(2, "ValueError: boom"), "failed", "ValueError: boom"),
        (swanlab_finish(3), "cancelled", None),
        (b"", None, None),
    ],
)
def test_how_a_run_ended(end: bytes, status: str | None, error: str | None) -> None:
    run = read(swanlab_log(*LOSSES, *([end] if end else [])))
    assert (run.status, run.error) == (status, error)


def test_a_log_that_is_cut_anywhere_gives_a_beginning() -> None:
    whole = read(EXAMPLE)["train_loss"].value.tolist()
    for end in range(7, len(EXAMPLE), 5):
        run = read(EXAMPLE[:end])
        kept = run["train_loss"].value.tolist() if "train_loss" in run else []
        assert kept == whole[: len(kept)]
