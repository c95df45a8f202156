"""The plan of a training, where columns of its log tell it."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from curvewise.model.column_names import PLANNED_STEPS
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.text import snake_case

_DONE = ("progress", "progress/done_frac", "progress_percent", "percentage", "percent")
"""Columns that say what part of the plan is done, as a share or, by name or by size, in per cent."""
MOST_PLANNED = 10**9
"""Planned steps beyond which a share that is done is none."""


def with_plan(run: Run) -> Run:
    """Return the run with the planned steps that its columns tell, without columns that only repeat them.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> with_plan(make_run(train_loss=[2.0, 1.9], max_steps=[1000, 1000])).planned_steps
    1000
    >>> with_plan(make_run(train_loss=[2.0, 1.9], percentage=[1, 2])).planned_steps
    100
    """
    column = {snake_case(run.called(name)).removeprefix("train/"): name for name in run.metrics}
    repeated = {column[name]: steps for name in PLANNED_STEPS
                if name in column and (steps := _repeated(run[column[name]]))}  # fmt: skip
    shares = [_by_share(run[column[name]].finite(), "percent" in name) for name in _DONE if name in column]
    told = (run.planned_steps, *repeated.values(), *shares, _by_epochs(run))
    return replace(
        run,
        metrics={name: series for name, series in run.metrics.items() if name not in repeated},
        planned_steps=next((steps for steps in told if steps and steps <= MOST_PLANNED), None),
    )


def _repeated(series: Series) -> int | None:
    """Return the whole number that all values are, as large as the last step or larger."""
    first = float(series.value[0]) if len(series) else 0.0
    same = len(series) > 0 and bool((series.value == first).all())
    return int(first) if same and first == round(first) and first >= max(series.last_step, 1) else None


def _by_share(done: Series, per_cent: bool) -> int | None:
    """Tell the planned steps from how fast the part that is done grows."""
    if len(done) < 2 or (np.diff(done.value) < 0).any() or done.value[0] < 0:
        return None
    whole = 100.0 if per_cent or done.value[-1] > 1 else 1.0
    grown = (done.value[-1] - done.value[0]) / whole
    return _whole((done.last_step - done.first_step) / grown) if 0 < grown <= 1 else None


def _by_epochs(run: Run) -> int | None:
    """Tell the planned steps from the planned epochs, where the log counts epochs in parts."""
    epochs, epoch = run.hyperparameters.get("n_epochs"), run.get("epoch")
    if not isinstance(epochs, int | float) or not 0 < epochs <= MOST_PLANNED or epoch is None:
        return None
    done = epoch.finite()
    if not len(done) or (done.value == np.round(done.value)).all() or not 0 < done.value[-1] < epochs:
        return None
    return _whole(done.last_step * epochs / float(done.value[-1]))


def _whole(steps: float) -> int | None:
    return round(steps) if steps <= MOST_PLANNED else None
