from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from curvewise.drawing import PICTURES, Picture
from curvewise.drawing.matplotlib_axes import MARKS
from curvewise.drawing.pictures import SETTINGS, plot
from curvewise.engine import analyze
from curvewise.errors import UsageError
from curvewise.model.run import Run
from curvewise.testing import make_run

ROOT = Path(__file__).parents[2]
RUN = make_run(
    train_loss=[2.0, 1.5, 1.2, 1.0, 0.9, 0.8],
    full_valid_loss={2: 1.6, 4: 1.2, 6: 1.5},
    steps_per_epoch=2,
    checkpoints=[2, 4, 6],
)


@pytest.mark.parametrize("picture", PICTURES)
def test_equal_reports_give_equal_bytes(picture: Picture) -> None:
    report = analyze(RUN, select=())
    assert plot(report, picture=picture) == plot(report, picture=picture)


def test_settings_of_the_user_change_nothing() -> None:
    import matplotlib as mpl

    report = analyze(RUN, select=())
    before = plot(report)
    with mpl.rc_context({"lines.linewidth": 9.0, "font.size": 30.0, "text.usetex": True}):
        assert plot(report) == before


def test_figures_are_chosen_by_name() -> None:
    report = analyze(RUN, select=())
    assert [figure.name for figure in report.figures] == ["loss", "ratio"]
    one, both = (
        float(ET.fromstring(plot(report, figures=names)).get("height", "").removesuffix("pt"))  # noqa: S314 - our own picture
        for names in (["loss"], None)
    )
    assert one < both
    with pytest.raises(UsageError, match="'reward'"):
        plot(report, figures=["reward"])


def test_a_report_of_before_figures_existed_is_drawn() -> None:
    assert plot(replace(analyze(RUN, select=()), figures=())).startswith(b"<?xml")


def test_a_run_without_curves_is_told() -> None:
    with pytest.raises(UsageError, match="no curve"):
        plot(analyze(make_run(), select=()))


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.just(0.0)


@settings(max_examples=5)
@given(st.lists(numbers, min_size=1, max_size=6), st.lists(numbers, min_size=1, max_size=3), st.booleans())
def test_any_curve_can_be_drawn(train: list[float], valid: list[float], log: bool) -> None:
    run = make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=math.pi)
    assert plot(analyze(run, select=()), picture="png", log=log).startswith(b"\x89PNG")


@pytest.mark.parametrize("first", [1, 2**62])
def test_what_floats_hardly_hold_can_be_drawn(first: int) -> None:
    run = Run.from_series(
        {"full_valid_loss": ([first, first + 1], [9e99, 9e99])},
        standard_errors={"full_valid_loss": [1.7e308, -1.7e308]},
    )
    assert plot(analyze(run, select=()), picture="png").startswith(b"\x89PNG")


def test_checkpoints_are_called_as_on_the_page() -> None:
    shapes = (ROOT / "web/src/chart/shapes.ts").read_text(encoding="utf-8")
    meanings = re.findall(r'^  \w+: "(.+)",$', shapes, re.MULTILINE)
    assert {mark.label for mark in MARKS.values()} == set(meanings)


def test_a_logarithmic_axis_has_room_for_outliers() -> None:
    report = analyze(make_run(train_loss=[*[1.0, 1.1] * 20, 5000.0]), select=())
    settings = {"svg.fonttype": "none"}
    with mock.patch.dict(SETTINGS, settings):
        linear, log = (plot(report, log=log).decode() for log in (False, True))
    assert "1 value above 1.1" in linear
    assert "clipped" not in log
