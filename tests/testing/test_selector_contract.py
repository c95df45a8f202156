from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise.model.run import Run
from curvewise.model.selection import Pick, Row, Selection
from curvewise.plugin import selector
from curvewise.testing import assert_selector_contract


def _table(run: Run) -> tuple[Row, ...]:
    saved = {point.step: point.model for point in run.checkpoints or () if point.model is not None}
    return tuple(
        Row(step=step, epoch=None, model=model, existence="exists", values={})
        for step, model in sorted(saved.items())
    )


def _pick(row: Row) -> Pick:
    return Pick(
        step=row.step,
        model=row.model,
        existence=row.existence,
        metric="valid_loss",
        value=1.0,
        role="best",
        why="So.",
    )


def first(run: Run) -> Selection:
    """Choose the first checkpoint."""
    table = _table(run)
    best = _pick(table[0]) if table else None
    return Selection(best=best, table=table, reason="The first one will do.")


def gone(run: Run) -> Selection:
    """Choose a checkpoint that need not exist."""
    row = Row(step=7, epoch=None, model="m", existence="exists", values={})
    return Selection(best=_pick(row), table=(*_table(run), row)[-1:], reason="Seven is a fine number.")


def raises(run: Run) -> Selection:
    """Choose the first checkpoint of an empty table."""
    return Selection(best=_pick(_table(run)[0]), reason="The first one will do.")


def mute(run: Run) -> Selection:
    """Choose nothing and say nothing."""
    return Selection(best=None, table=_table(run), reason="")


def forgets(run: Run) -> Selection:
    """Choose nothing and show nothing."""
    return Selection(best=None, reason="There is nothing to choose from.")


def repeats(run: Run) -> Selection:
    """Tie the best checkpoint with itself."""
    table = _table(run)
    best = _pick(table[0]) if table else None
    tied = (best,) if best else ()
    return Selection(best=best, tied=tied, table=table, reason="The first one will do.")


def test_a_sound_selector_keeps_it() -> None:
    assert_selector_contract(selector(kinds=("sft",))(first))


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (gone, "no list is known|does not exist|lacks a checkpoint"),
        (raises, "out of range"),
        (mute, "does not say why"),
        (forgets, "lacks a checkpoint that exists"),
        (repeats, "tied with itself"),
    ],
)
def test_what_a_selector_must_not_do(function: Callable[[Run], Selection], complaint: str) -> None:
    with pytest.raises((AssertionError, IndexError), match=complaint):
        assert_selector_contract(selector(kinds=("sft",))(function))


def test_a_selector_serves_kinds_that_exist() -> None:
    with pytest.raises(AssertionError, match="no kind"):
        assert_selector_contract(selector(kinds=())(first))
