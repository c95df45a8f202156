"""Steps that repeat or go back. Each letter is a row: its attempt or writer, then its step in tens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curvewise.parsing.steps import merge_restarts, unroll_epochs

SHUFFLED = "a5 a2 a9 a1 a7 a8 a3 a4 a6"
ONE_RUN = "a1 a2 a3 a4"
RESUMED = "a1 a2 a3 a4 a5 b3 b4 b5 b6"
RESUMED_BETWEEN = "a10 a20 a30 a40 a50 b25 b35 b45 b55"  # the later attempt logs at other steps
ABANDONED = "a1 a2 a3 a4 a5 a6 a7 b2 b3 b4"
STARTED_OVER = "a1 a2 a3 b1 b2 b3 b4"
TWICE = "a1 a2 a3 a4 b2 b3 b4 b5 c3 c4 c5 c6"
TWO_WRITERS = "a1 b1 a2 b2 a3 b3"
OUT_OF_PHASE = "a1 a2 b1 a3 b2 a4 b3 a5 b4 b5"
BURSTS = "a1 a2 a3 a4 b1 b2 b3 a5 a6 a7 a8 b4 b5 b6 b7 b8"
STRAGGLER = "a1 a2 a3 a4 a5 b1"


def parse(rows: str) -> tuple[list[str], list[int]]:
    names = rows.split()
    return names, [10 * int(name[1:]) for name in names]


@pytest.mark.parametrize(
    ("rows", "kept", "codes"),
    [
        (ONE_RUN, ONE_RUN, []),
        (RESUMED, "a1 a2 b3 b4 b5 b6", ["restarted_steps"]),
        (RESUMED_BETWEEN, "a10 a20 b25 b35 b45 b55", ["restarted_steps"]),
        (ABANDONED, "a1 b2 b3 b4", ["restarted_steps"]),
        (STARTED_OVER, "b1 b2 b3 b4", ["restarted_steps"]),
        (TWICE, "a1 b2 c3 c4 c5 c6", ["restarted_steps"]),
        (TWO_WRITERS, "b1 b2 b3", ["repeated_steps"]),
        (OUT_OF_PHASE, "b1 b2 b3 b4 b5", ["repeated_steps"]),
        (BURSTS, "b1 b2 b3 b4 b5 b6 b7 b8", ["restarted_steps"]),
        (SHUFFLED, SHUFFLED, ["unsorted_steps"]),
        (STRAGGLER, "a2 a3 a4 a5 b1", ["repeated_steps"]),
        ("", "", []),
        ("a1", "a1", []),
    ],
)
def test_one_history_is_left(rows: str, kept: str, codes: list[str]) -> None:
    names, steps = parse(rows)
    keep, notes = merge_restarts(steps)
    assert [name for name, kept in zip(names, keep, strict=True) if kept] == kept.split()
    assert [note.code for note in notes] == codes


def test_the_note_says_what_the_abandoned_attempt_had_reached() -> None:
    note = merge_restarts(parse(ABANDONED)[1])[1][0]
    assert note.text == (
        "Training went back once (step 70 to 20). The 6 rows of the abandoned attempt were left out; "
        "it had reached step 70, the later one reached 40."
    )


def test_many_restarts_are_counted_and_not_all_listed() -> None:
    note = merge_restarts([1, 2, 3, 4] * 20)[1][0]
    assert "went back 19 times (step 4 to 1, step 4 to 1, step 4 to 1 and 16 more)" in note.text


def test_two_writers_out_of_phase_are_not_a_hundred_restarts() -> None:
    ahead = np.arange(10, 4010, 10)
    steps = np.stack([ahead, ahead - 20], axis=1).ravel()[3:]
    keep, notes = merge_restarts(steps)
    assert [note.code for note in notes] == ["repeated_steps"]
    assert "several processes" in notes[0].text
    assert (np.diff(np.sort(steps[keep])) == 10).all()


def test_a_resume_amid_two_writers_is_one_restart() -> None:
    steps = [*parse(OUT_OF_PHASE)[1], 20, 10, 20, 30, 40, 50, 60]
    keep, notes = merge_restarts(steps)
    assert np.array(steps)[keep].tolist() == [10, 20, 30, 40, 50, 60]
    assert notes[0].text.startswith("Training went back once (step 50 to 10)")


def test_rows_of_another_kind_may_share_a_step() -> None:
    keep, notes = merge_restarts([10, 20, 20, 30], kinds=lambda: np.array([0, 0, 1, 0]))
    assert keep.all()
    assert notes == ()


@given(st.lists(st.integers(0, 12), max_size=60), st.booleans())
@example([3, 0, 1, 2], False)  # in no order, and no step twice
def test_each_step_is_kept_at_most_once_and_the_last_row_always(steps: list[int], two_kinds: bool) -> None:
    kinds = [index % 2 for index in range(len(steps))] if two_kinds else [0] * len(steps)
    keep, notes = merge_restarts(steps, kinds=lambda: np.asarray(kinds))
    rows = [(step, kind) for step, kind, kept in zip(steps, kinds, keep, strict=True) if kept]
    assert len(rows) == len(set(rows))
    assert keep.all() == all(note.code == "unsorted_steps" for note in notes)
    if steps:
        assert keep[-1]


@pytest.mark.parametrize(
    ("steps", "epochs", "through"),
    [
        ([0, 1, 2, 0, 1, 2, 0], [0, 0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 4, 5, 6]),
        ([10, 20, 10, 20], [1, 1, 2, 2], [10, 20, 30, 40]),
        ([10, 20, 30, 40], [1, 1, 2, 2], None),
        ([10, 20, 30, 20, 30, 40], [1, 1, 2, 1, 2, 3], None),  # a resume goes back in both
        ([10, 20, 10, 20], [1, 1, 1, 1], None),
        ([10, 20, 10, 20], [0.5, 1.0, 1.5, 2.0], None),
        ([], [], None),
    ],
)
def test_steps_that_begin_anew_in_each_epoch_are_numbered_through(
    steps: list[int], epochs: list[float], through: list[int] | None
) -> None:
    found, notes = unroll_epochs(steps, epochs)
    assert found.tolist() == (through or steps)
    assert [note.code for note in notes] == (["steps_within_epochs"] if through else [])
