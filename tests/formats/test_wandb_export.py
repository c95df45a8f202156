"""Exported charts of Weights & Biases."""

from __future__ import annotations

import pytest

from curvewise.errors import MalformedError, MixedRunsError
from curvewise.formats.wandb_export import wandb_export
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = b'"Step","r - train/loss","r - train/loss__MIN","r - train/loss__MAX"\n"5","2.5","2.5","2.5"\n'
"""A file of this format; the contract of formats holds of it."""


def read(text: str) -> Run:
    document = Document("wandb.csv", text.encode())
    assert wandb_export.recognise(document)
    return wandb_export(document)


def chart(*columns: str, step: str = "Step") -> str:
    names = [step, *(f"{column}{ending}" for column in columns for ending in ("", "__MIN", "__MAX"))]
    header = ",".join(f'"{name}"' for name in names)
    rows = [
        ",".join(f'"{number}"' for number in (step, *([value] * (len(names) - 1))))
        for step, value in [(5, 2.5), (9, 1.5)]
    ]
    return "\n".join([header, *rows]) + "\n"


def test_bounds_are_left_out_and_the_run_is_named() -> None:
    run = read(chart("Group: my - run - eval/loss"))
    assert list(run.metrics) == ["full_valid_loss"]
    assert run["full_valid_loss"].step.tolist() == [5, 9]
    assert run["full_valid_loss"].value.tolist() == [2.5, 1.5]
    assert run.name == "my - run"


def test_several_metrics_of_one_run() -> None:
    assert set(read(chart("a - train/loss", "a - my_score")).metrics) == {"train_loss", "my_score"}


def test_several_runs_are_refused_by_name() -> None:
    with pytest.raises(MixedRunsError, match="2 runs: a, b") as caught:
        read(chart("a - train/loss", "b - train/loss"))
    assert "export one run" in caught.value.hint


def test_a_chart_over_time_is_refused() -> None:
    text = chart("a - train/loss").replace('"5"', '"Mon, 5 May"').replace('"9"', '"Mon, 9 May"')
    with pytest.raises(MalformedError, match="not a step"):
        read(text)


@pytest.mark.parametrize("text", ["Step,train_loss\n1,2\n", "Step,a - b\n1,2\n", "Step,a__MIN\n1,2\n"])
def test_other_tables_are_not_recognised(text: str) -> None:
    assert not wandb_export.recognise(Document("file", text.encode()))
