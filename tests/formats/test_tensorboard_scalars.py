"""Charts that the page of TensorBoard exports as CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

import curvewise as cw
from curvewise.formats.tensorboard_scalars import tensorboard_scalars
from curvewise.parsing.document import Document

CSV = "Wall time,Step,Value\n1713274882.43,10,2.5\n1713274892.43,20,1.5\n"
EXAMPLE = CSV.encode()


@pytest.mark.parametrize(
    ("file", "metric"),
    [
        ("run-out_runs_Jan01-tag-train_loss.csv", "train_loss"),
        ("run-.-tag-eval_loss.csv", "full_valid_loss"),
        ("run-a-tag-eval_loss (1).csv", "full_valid_loss"),
        ("train_loss.csv", "train_loss"),
        ("run-a-tag-my_score.csv", "my_score"),
    ],
)
def test_the_file_names_the_metric(file: str, metric: str) -> None:
    document = Document(f"downloads/{file}", EXAMPLE)
    assert tensorboard_scalars.recognise(document)
    run = tensorboard_scalars(document)
    assert list(run.metrics) == [metric]
    assert (run[metric].step.tolist(), run[metric].value.tolist()) == ([10, 20], [2.5, 1.5])


def test_a_file_without_a_telling_name_says_how_to_name_it(tmp_path: Path) -> None:
    file = tmp_path / "download.csv"
    file.write_text(CSV)
    run = cw.load(file)
    assert list(run.metrics) == ["download"]
    assert "`--map full_valid_loss=Value`" in run.notes[0].text
    run = cw.load(file, mapping={"full_valid_loss": "Value"})  # as the hint says
    assert run["full_valid_loss"].value.tolist() == [2.5, 1.5]


def test_the_files_of_a_folder_are_one_run(tmp_path: Path) -> None:
    for tag in ("train_loss", "eval_loss"):
        (tmp_path / f"run-a-tag-{tag}.csv").write_text(CSV)
    assert set(cw.load(tmp_path).metrics) == {"train_loss", "full_valid_loss"}
