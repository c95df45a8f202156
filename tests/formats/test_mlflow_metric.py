"""Metric files of MLflow."""

from __future__ import annotations

import pytest

from curvewise.errors import MalformedError
from curvewise.formats.mlflow_metric import mlflow_metric
from curvewise.parsing.document import Document

EXAMPLE = b"1628697792090 3.5 0\n1628697795789 NaN 1\n"
"""A file of this format; the contract of formats holds of it."""

DATA = b"1628697792090 3.5 0\n1628697795789 NaN 1\n1628697799319 1e-3 2\n"


@pytest.mark.parametrize(
    ("path", "metric"),
    [
        ("mlruns/1/abc/metrics/loss", "train_loss"),
        ("mlruns/1/abc/metrics/eval/loss", "full_valid_loss"),
        (r"mlruns\1\abc\metrics\val_loss", "full_valid_loss"),
        ("loss", "train_loss"),
        ("metrics", "metrics"),
        ("my score", "my score"),
    ],
)
def test_the_file_names_the_metric(path: str, metric: str) -> None:
    run = mlflow_metric(Document(path, DATA))
    assert list(run.metrics) == [metric]
    assert run[metric].step.tolist() == [0, 1, 2]
    assert run[metric].value[2] == 0.001


def test_a_step_that_was_logged_again_counts_once() -> None:
    run = mlflow_metric(Document("loss", DATA + b"1628697799320 9 2\n"))
    assert run["train_loss"].value[2] == 9
    assert [note.code for note in run.notes] == ["repeated_steps"]


def test_a_broken_line_is_named() -> None:
    with pytest.raises(MalformedError, match="1628697799320 9") as caught:
        mlflow_metric(Document("loss", DATA + b"\n1628697799320 9\n"))
    assert caught.value.line == 5


@pytest.mark.parametrize("data", [b"step,loss\n1,2\n", b"1 2 3\n", b"4 5\n"])
def test_other_files_are_not_recognised(data: bytes) -> None:
    assert not mlflow_metric.recognise(Document("file", data))
