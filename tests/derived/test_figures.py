from __future__ import annotations

import math

from curvewise.derived.figures import ROTATION_MEAN, figures_of, with_axis
from curvewise.model.figure import Figure, Line
from curvewise.model.report import Curve
from curvewise.model.run import Run


def test_an_end_beyond_the_largest_float_is_no_warning() -> None:
    curve = Curve(step=(1, 2), value=(1e308, 1.0), points=2, standard_error=(1e308, float("inf")))
    line = Line(curve="train_loss", label="training loss", split="train", emphasis="judged")
    figure = Figure(name="loss", title="Loss", unit="none", better="lower", lines=(line,))
    axis = with_axis(figure, {"train_loss": curve}).axis
    assert axis is not None
    assert math.isfinite(axis.low)
    assert math.isfinite(axis.high)


def test_single_minibatches_do_not_squash_their_mean() -> None:
    """Two of six minibatches are hard: their values are at 10, the mean over all of them near 2."""
    steps = list(range(1, 61))
    minibatch = [10.0 if step % 6 == 0 else 0.5 - step / 1000 for step in steps]
    run = Run.from_series(
        {"train_loss": (steps, [1 / step for step in steps]), "valid_loss": (steps, minibatch)}
    )
    curves, figures = figures_of(run, 100)
    assert ROTATION_MEAN in curves
    axis = figures[0].axis
    assert axis is not None
    assert axis.high < 3
