"""Logs of objects as columns over steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import MalformedError
from curvewise.parsing.rows import read_columns, read_rows


def column(rows: list[dict[str, Any]], key: str = "loss") -> tuple[list[int], list[float]]:
    found = read_rows(rows).columns[key]
    return found.rows.tolist(), found.values.tolist()


def test_rows_of_different_keys_share_columns_in_the_order_of_the_log() -> None:
    rows: list[dict[str, Any]] = [
        {"step": 1, "loss": 3.0},
        {"loss": 2, "step": 2},
        {"step": 2, "eval_loss": 1.0},
        {"step": 3, "loss": 1},
    ]
    assert column(rows) == ([0, 1, 3], [3.0, 2.0, 1.0])


def test_blank_nan_zero_and_text_are_four_things() -> None:
    table = read_rows(
        [
            {"loss": None},
            {"loss": math.nan},
            {"loss": 0.0},
            {"loss": "NaN"},
            {"loss": "-Infinity"},
            {"loss": "n/a"},
        ]
    )
    found = table.columns["loss"]
    assert found.rows.tolist() == [1, 2, 3, 4]
    assert np.array_equal(found.values, [math.nan, 0.0, math.nan, -math.inf], equal_nan=True)
    assert table.text == {"loss": "n/a"}


def test_truth_values_and_lists_are_no_numbers() -> None:
    assert not read_rows([{"best": True, "ids": [1, 2]}]).columns


def test_whole_numbers_beyond_a_double_are_infinite() -> None:
    assert column([{"loss": 10**400}, {"loss": -(10**400)}]) == ([0, 1], [math.inf, -math.inf])


def test_inner_objects_are_flattened() -> None:
    rows: list[dict[str, Any]] = [
        {"step": 1, "train": {"loss": 2.0, "by": {"code": 3.0}}},
        {"step": 2, "train": {"loss": 1.0}},
    ]
    assert column(rows, "train/loss") == ([0, 1], [2.0, 1.0])
    assert column(rows, "train/by/code") == ([0], [3.0])


def test_objects_nested_without_end_are_left() -> None:
    row: dict[str, Any] = {}
    for _ in range(1000):
        row = {"a": row, "step": 1}
    assert column([row], "step") == ([0], [1.0])


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.none() | st.floats() | st.integers())))
def test_every_number_is_found_once_in_its_row(rows: list[dict[str, Any]]) -> None:
    table = read_rows(rows)
    expected = {
        (index, key) for index, row in enumerate(rows) for key, value in row.items() if value is not None
    }
    assert {(int(row), key) for key, found in table.columns.items() for row in found.rows} == expected


def test_a_history_leaves_out_rows_without_step_and_says_so() -> None:
    history = read_rows([{"seed": 1}, {"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}]).history("step")
    assert history.series("loss").step.tolist() == [1, 2]
    assert [note.code for note in history.notes] == ["rows_without_step"]


def test_training_and_evaluation_rows_of_a_step_repeat_nothing() -> None:
    rows = [{"step": step, key: 1.0} for step in (10, 20) for key in ("loss", "eval_loss")]
    nulls = [
        {"step": step, "loss": a, "eval_loss": b} for step in (10, 20) for a, b in ((1.0, None), (None, 1.0))
    ]
    assert read_rows(rows).history("step").notes == ()
    assert read_rows(nulls).history("step").notes == ()


@pytest.mark.parametrize("step", [1.5, math.nan, math.inf, 1e300])
def test_a_step_that_is_not_whole_is_refused(step: float) -> None:
    with pytest.raises(MalformedError, match="the step of entry 2 is"):
        read_rows([{"step": 1}, {"step": step}]).history("step")


def test_half_a_character_is_text() -> None:
    assert "loss" in read_columns({"loss": [1.0, 0.5], "note": [1.0, "\ud83d"]}, 2).columns
