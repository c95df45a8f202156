"""Strategies: nasty runs for property tests with Hypothesis."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from curvewise.model.metrics import catalogue
from curvewise.model.run import KINDS, Checkpoint, Kind, Note, Run
from curvewise.model.series import FloatArray, IntArray, Series

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

NASTY = (
    0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, 5e-324, 1e100, 1.7e308, -1.7e308,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
"""Values that break careless arithmetic."""
FIRST_STEPS = (0, 1, 10, 10**9, 10**12)
STRIDES = (1, 1, 5, 10, 100)
COUNTS = (0, 1, 2, 5, 30)
MEMBERS = ("a", "b/c")


def runs(metrics: Sequence[str] | None = None, *, kinds: Sequence[Kind] = KINDS) -> SearchStrategy[Run]:
    """Make nasty runs: whatever a reader may hand to a check or a selector.

    Series are empty, of one point, of a few arbitrary ones or of many (falling, rising, constant,
    rotating, noisy), with NaN, infinity, huge and negative values strewn in, from step 0 to 10**12,
    with gaps, some with standard errors. Checkpoint lists are unknown, empty, or hold some that are
    gone; every other field of `Run` is there or not.

    Parameters
    ----------
    metrics
        Canonical names to draw from, families as ``name/*``; the whole catalogue when None.
    kinds
        Kinds that a run may declare; the kind is left to its metrics about half of the time when
        all of them are allowed.

    Returns
    -------
    SearchStrategy of Run

    Examples
    --------
    >>> from hypothesis import find
    >>> run = find(runs(["train_loss"]), lambda run: "train_loss" in run and len(run["train_loss"]) == 1)
    >>> run["train_loss"].step
    array([0])
    """
    from hypothesis import strategies as st

    names = [name for metric in (metrics or tuple(catalogue())) for name in _spelled(metric)]

    @st.composite
    def draw_run(draw: DrawFn) -> Run:
        start, stride = draw(st.sampled_from(FIRST_STEPS)), draw(st.sampled_from(STRIDES))
        chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=12))
        if metrics is not None and draw(st.booleans()):  # by chance, several would seldom be there together
            absent = chosen if draw(st.booleans()) else ()
            chosen = [name for name in names if name not in absent]
        series = {name: _draw_series(draw, start, stride) for name in chosen}
        if draw(st.booleans()):
            series.setdefault("epoch", _draw_series(draw, start, stride))
        steps = sorted({step for points in series.values() for step in points.step.tolist()[-40:]}) or [start]
        declared = st.sampled_from(kinds)
        return Run(
            name="nasty",
            metrics=series,
            checkpoints=_draw_checkpoints(draw, steps, names),
            declared_kind=draw(declared if len(kinds) < len(KINDS) else st.none() | declared),
            status=draw(st.sampled_from([None, "succeeded", "running", "failed", "cancelled", ""])),
            error=draw(st.sampled_from([None, "", "out of memory"])),
            hyperparameters=draw(st.sampled_from(_HYPERPARAMETERS)),
            steps_per_epoch=draw(st.sampled_from([None, 0.0, 0.5, 10.0, 1e12])),
            validation_examples=draw(st.sampled_from([None, 0, 1, 100])),
            planned_steps=draw(st.sampled_from([None, 0, -1, steps[-1], steps[-1] * 2 + 100])),
            notes=draw(st.sampled_from([(), *((Note(code, "Something was repaired."),) for code in _CODES)])),
        )

    return draw_run()


def corner_runs(metrics: Sequence[str], kind: Kind) -> Iterator[Run]:
    """Yield the runs that random ones meet too seldom: every metric is there, and all values are the same."""
    names = [name for metric in metrics for name in _spelled(metric)]
    for count in COUNTS:
        step = 10 * np.arange(1, count + 1)
        lists = (None, (), tuple(Checkpoint(step=int(at), model=f"model:{at}") for at in step[1:]))
        for value, saved in itertools.product(NASTY, lists):
            series = Series.from_points(step, np.full(count, value))
            yield Run(metrics=dict.fromkeys(names, series), declared_kind=kind, checkpoints=saved)


_CODES = ("repeated_steps", "restarted_steps", "anything_else")
_HYPERPARAMETERS: tuple[dict[str, Any], ...] = (
    {},
    {"n_epochs": 3, "batch_size": 8, "beta": 0.1},
    {"n_epochs": "auto", "batch_size": None, "beta": "auto", "learning_rate_multiplier": float("nan")},
    {"n_epochs": -1, "batch_size": -1, "beta": 0},
)


def _spelled(metric: str) -> tuple[str, ...]:
    """Return the names of a metric; of a family, those of two members."""
    return tuple(f"{metric[:-2]}/{member}" for member in MEMBERS) if metric.endswith("/*") else (metric,)


def _draw_series(draw: DrawFn, start: int, stride: int) -> Series:
    """Draw a series; a strategy of its own would cost ten times the draw."""
    from hypothesis import strategies as st

    how = draw(st.sampled_from(["few", "curve", "curve", "same"]))
    if how == "few":
        anything = st.sampled_from(NASTY) | st.floats()
        value = np.array(draw(st.lists(anything, max_size=6)), dtype=np.float64)
    elif how == "same":
        value = np.full(draw(st.sampled_from(COUNTS)), draw(st.sampled_from(NASTY)))
    else:
        value = _curve(np.random.default_rng(draw(st.integers(0, 2**32 - 1))))
    apart = stride * draw(st.sampled_from([1, 1, 2, 7]))
    step = start + apart * np.arange(len(value), dtype=np.int64)
    if len(step) > 2 and draw(st.booleans()):
        step[len(step) // 2 :] += 3 * apart
    error = np.full(len(value), draw(st.sampled_from(NASTY))) if draw(st.integers(0, 9)) == 0 else None
    return Series.from_points(step, value, error)


def _curve(random: np.random.Generator) -> FloatArray:
    """Return a curve of 1 to 150 points that looks like training, is constant, or has broken places."""
    count = int(random.integers(1, 150))
    time = np.linspace(0.0, 1.0, count)
    shapes = (
        np.exp(-3 * time),
        1 + time**2,
        np.abs(time - 0.4) + 0.1,
        np.full(count, random.choice([0.0, 0.5, 1.0, -1.0])),
        np.tile(random.uniform(0.1, 1.0, int(random.integers(1, 12))), count)[:count],
        np.where(time > 0.5, 0.0, 1.0),
    )
    value = shapes[random.integers(len(shapes))] * random.choice([1.0, 1.0, 1.0, -1.0, 1e-12, 1e12, 1e300])
    if random.random() < 0.5:
        value = value + random.normal(0, 0.1, count) * np.abs(value).max()
    if random.random() < 0.3:
        where: IntArray = random.integers(0, count, int(random.integers(1, 4)))
        value[where] = random.choice(NASTY, len(where))
    if random.random() < 0.1:
        value[count // 2 :] = random.choice([np.nan, np.inf, 0.0])
    return np.asarray(value, dtype=np.float64)


def _draw_checkpoints(
    draw: DrawFn, steps: Sequence[int], names: Sequence[str]
) -> tuple[Checkpoint, ...] | None:
    from hypothesis import strategies as st

    if not draw(st.booleans()):
        return None
    places = st.sampled_from(steps) | st.integers(0, steps[-1] + 1)
    chosen = draw(st.lists(places, unique=True, max_size=5))
    values = st.dictionaries(st.sampled_from(names), st.sampled_from(NASTY), max_size=2)
    return tuple(
        Checkpoint(step=step, model=draw(st.sampled_from([None, f"model:{step}"])), metrics=draw(values))
        for step in sorted(chosen)
    )
