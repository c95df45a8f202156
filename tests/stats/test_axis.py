from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.model.figure import Axis
from curvewise.stats.axis import axis, clipped

ROOM = json.loads((Path(__file__).parents[2] / "web/test/room.json").read_text(encoding="utf-8"))
CALM = 1 + np.arange(200) % 10 / 10


@given(st.lists(st.floats(), max_size=30))
def test_an_axis_can_be_divided(values: list[float]) -> None:
    found = axis([np.array(values)])
    assert found.low + (found.high - found.low) / 1e5 > found.low


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([*CALM, 1000, 900], 0.955, 1.945),
        ([*CALM, -1000, -900], 0.955, 1.945),
        ([*CALM, -1000, 900], 0.955, 1.945),
        (1 + 2 * np.exp(-np.arange(200) / 40), None, 3.1),
        ([1, 0.9, 0.85, 0.84, 3], None, 3.108),
        ([1, 0.9, 0.85, 0.84, 3000], None, 1.008),
        ([2.0, 2.001], 1.9505, 2.0505),
        ([0.0, 0.0], -0.5, 0.5),
        ([], 0.0, 1.0),
    ],
    ids=["high", "low", "both ends", "a fall", "few", "one of few", "flat", "zero", "nothing"],
)
def test_outliers_do_not_squash_a_curve_nor_noise_fill_the_chart(
    values: list[float], low: float | None, high: float
) -> None:
    found = axis([np.array(values, dtype=np.float64)])
    assert low is None or found.low == pytest.approx(low, abs=0.001)
    assert found.high == pytest.approx(high, rel=0.003)


@pytest.mark.parametrize(("least", "most", "low", "high"), ROOM)
def test_the_page_leaves_the_same_room(least: float, most: float, low: float, high: float) -> None:
    found = axis([np.array([least, most])])
    assert [found.low, found.high] == pytest.approx([low, high])


def test_a_long_curve_does_not_clip_a_short_one() -> None:
    assert axis([CALM, np.array([9.0, 9.5])]).high > 9.5


def test_an_interval_and_the_edge_of_a_band_are_shown() -> None:
    found = axis([np.array([1.0, 2.0])], ends=[np.array([0.5, 2.5])], reach=[4.0])
    assert found.low < 0.5
    assert found.high > 4


def test_what_is_clipped_is_said() -> None:
    axis = Axis(low=0.5, high=5.1)
    assert clipped(axis, [[0.5, 5.1], [np.nan, np.inf]]) == ""
    assert clipped(axis, [[0.4, 1.0]]) == "1 value below 0.5 is clipped"
    assert clipped(axis, [[6.0, 0.4], [7.0]]) == "2 values above 5.1 and 1 value below 0.5 are clipped"
