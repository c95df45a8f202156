"""The columns of a comparison, in words that every format shares."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from curvewise.model.comparison import ComparedRun, Comparison, Difference
from curvewise.numbers import certainty, fixed, significant
from curvewise.text import shortened


class Column(msgspec.Struct, frozen=True):
    """A column of the table."""

    title: str  # what stands above it
    cells: tuple[str, ...]  # one for each run; ``n/a`` is absent
    text: bool = False  # whether the cells are words, and not numbers


def choice(comparison: Comparison, index: int) -> str:
    """Return what the comparison says of a run: ``take``, ``tied`` or nothing."""
    return "take" if index == comparison.winner else "tied" if index in comparison.tied else ""


def columns(comparison: Comparison, longest_name: int = 300) -> list[Column]:
    """Return the columns that at least one run has a value for, what matters most first."""
    runs = comparison.runs
    measures = {run.measure for run in runs}
    best = "best" if len(measures) > 1 else f"best {measures.pop()}"
    names = tuple(shortened(run.name, longest_name) for run in runs)
    table = [Column("run", names, text=True)]
    if comparison.winner is not None or comparison.tied:
        marks = tuple(choice(comparison, index) for index in range(len(runs)))
        table.append(Column("", marks, text=True))
    if any(run.score is not None for run in runs):
        table.append(Column("score", tuple(map(_score, runs))))
    optional: list[tuple[str, Callable[[ComparedRun], str | None]]] = [
        (best, lambda run: number(run.best_value)),
        ("at step", lambda run: None if run.best_step is None else f"{run.best_step:,}"),
        ("diagnosis", lambda run: run.diagnosis.replace("_", " ") or None),
        ("ratio at the end", _ratio),
        ("overfit", lambda run: run.overfit),
        ("epoch", lambda run: number(run.best_epoch, 3)),
        ("final", lambda run: number(run.final_value)),
        ("tokens a rollout", lambda run: number(run.tokens_per_rollout, 3)),
        ("tokens", lambda run: number(run.tokens, 3)),
        ("steps", lambda run: None if run.steps is None else f"{run.steps:,}"),
        ("probability of being best", _probability),
    ]
    for title, cell in optional:
        cells = [cell(run) for run in runs]
        if any(text is not None for text in cells):
            words = title in ("diagnosis", "ratio at the end", "overfit")
            table.append(Column(title, tuple(text or "n/a" for text in cells), text=words))
    return table


def number(value: float | None, digits: int = 4) -> str | None:
    """Write a number.

    Examples
    --------
    >>> number(0.81234), number(1234567.0), number(None), number(float("nan"))
    ('0.8123', '1,234,567', None, 'NaN')
    """
    if value is None:
        return None
    return significant(value, digits) if math.isfinite(value) else fixed(value)


def by_value(difference: Difference, names: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Return each value of a setting with the runs that have it, in the order of the runs."""
    held: dict[str, list[str]] = {}
    for name, value in zip(names, difference.values, strict=True):
        held.setdefault("not stated" if value is None else value, []).append(name)
    return list(held.items())


def _score(run: ComparedRun) -> str:
    if run.score is None:
        return "n/a"
    return f"{run.score:.4g}" + ("" if run.score_error is None else f" ± {run.score_error:.2g}")


def _ratio(run: ComparedRun) -> str | None:
    ratio = number(run.ratio, 3)
    return f"{ratio} {run.band}" if ratio is not None and run.band else ratio


def _probability(run: ComparedRun) -> str | None:
    return None if run.probability is None else certainty(run.probability)
