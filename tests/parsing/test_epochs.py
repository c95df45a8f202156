"""What a log's epoch column says of the length of an epoch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.model.series import Series
from curvewise.parsing.epochs import steps_per_epoch, with_epochs


@pytest.mark.parametrize(
    ("steps", "epochs", "length"),
    [
        ([10, 20, 30], [0.25, 0.5, 0.75], 40),  # complete passes, as Hugging Face logs them
        ([327, 654, 981], [1, 2, 3], 327),  # the ends of epochs
        ([0, 401, 802], [0, 1, 2], 401),  # and an evaluation before training
        ([15, 30, 45], [0, 1, 2], 15),  # the ends of epochs that are counted from 0
        ([49, 99, 149], [0, 1, 2], 50),  # and steps as well
        (range(1, 46), [step // 15 for step in range(45)], 15),  # the index of the running epoch
        (range(45), [step // 15 for step in range(45)], 15),
        (range(1, 46), [1 + step // 15 for step in range(45)], 15),
        ([5, 10, 15], [0, 0, 0], None),
        ([5], [1], None),
        ([], [], None),
        ([1, 2, 3, 4], [0, 5, 1, 7], None),
    ],
)
def test_the_length_of_an_epoch(steps: list[int], epochs: list[float], length: float | None) -> None:
    assert steps_per_epoch(Series.from_points(list(steps), epochs)) == length


def test_only_complete_passes_are_the_metric_epoch() -> None:
    passes = Series.from_points([10, 20], [0.5, 1.0])
    index = Series.from_points([1, 2, 3, 4], [0, 0, 1, 1])
    assert with_epochs({"epoch": passes}) == ({"epoch": passes}, 20.0)
    assert with_epochs({"epoch": index}) == ({"epoch_index": index}, 2.0)
    assert with_epochs({}) == ({}, None)


@given(st.lists(st.tuples(st.integers(-5, 10**9), st.floats()), unique_by=lambda point: point[0]))
def test_any_column_is_survived(points: list[tuple[int, float]]) -> None:
    length = steps_per_epoch(Series.from_points([step for step, _ in points], [value for _, value in points]))
    assert length is None or length > 0
