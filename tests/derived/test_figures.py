from __future__ import annotations

import math

from curvewise.derived.figures import with_axis
from curvewise.model.figure import Figure
from curvewise.model.report import Curve


def test_an_end_beyond_the_largest_float_is_no_warning() -> None:
    curve = Curve(step=(1, 2), value=(1e308, 1.0), points=2, standard_error=(1e308, float("inf")))
    figure = Figure(name="loss", title="Loss", unit="none", better="lower", lines=())
    axis = with_axis(figure, [curve]).axis
    assert axis is not None
    assert math.isfinite(axis.low)
    assert math.isfinite(axis.high)
