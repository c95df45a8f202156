from __future__ import annotations

import json as parser
import math
from typing import Any

import jsonschema
import pytest

from curvewise.errors import InputError
from curvewise.model.codec import decode_report, schema
from curvewise.model.report import Report
from curvewise.plugin import Style
from curvewise.reports.json import json

from .conftest import make_report


def _no_constants(name: str) -> Any:
    raise AssertionError(f"bare {name} in JSON")


def test_one_report_is_an_object_and_several_are_an_array(report: Report) -> None:
    assert parser.loads(json([report]))["headline"] == report.headline
    assert len(parser.loads(json([report, report]))) == 2


def test_a_report_survives_the_round_trip(report: Report) -> None:
    assert decode_report(json([report])) == report


def test_non_finite_numbers_are_strings_and_null_is_absence() -> None:
    text = json([make_report(losses=(math.nan, math.inf, -math.inf))])
    report = parser.loads(text, parse_constant=_no_constants)
    assert report["curves"]["full_valid_loss"]["value"] == ["NaN", "Infinity", "-Infinity"]
    assert report["selection"]["table"][0]["values"] == {
        "full_valid_loss": "NaN",
        "ratio": None,
        "score": None,
        "band": "mild",
    }
    back = decode_report(text)
    assert math.isnan(back.curves["full_valid_loss"].value[0])


@pytest.mark.parametrize("losses", [(0.1, 0.2, 0.3), (math.nan, math.inf, 0.1)])
def test_the_schema_accepts_what_is_written(losses: tuple[float, ...]) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    validator.validate(parser.loads(json([make_report(losses=losses)])))


@pytest.mark.parametrize(
    "path", [("headline",), ("findings", 0, "status"), ("selection", "best", "step"), ("run", "kind")]
)
def test_the_schema_refuses_what_lacks_a_part(report: Report, path: tuple[str | int, ...]) -> None:
    content = parser.loads(json([report]))
    part = content
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema())


def test_the_selection_alone(report: Report) -> None:
    assert parser.loads(json([report], Style(part="selection")))["best"]["step"] == 200


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "no schema_version"),
        ('{"schema_version": 99}', "reads up to 2"),
        ('{"schema_version": 1}', "breaks its schema"),
    ],
)
def test_what_is_no_report_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        decode_report(text)


def test_lone_surrogates_of_a_path_do_not_break_the_output() -> None:
    assert "\\udcff" in parser.loads(json([make_report(name="caf\udcff")]))["run"]["name"]
