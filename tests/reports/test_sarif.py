from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from curvewise.model.report import Report
from curvewise.reports.sarif import sarif

from .conftest import make_report
from .hostile import hostile_report

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
"""The official schema, as OASIS published it and the package @microsoft/jest-sarif (MIT) carries it."""


def log_of(*reports: Report) -> Any:
    log = json.loads(sarif(reports))
    jsonschema.validate(log, SCHEMA, format_checker=jsonschema.FormatChecker())
    (run,) = log["runs"]
    return run


def with_source(report: Report, source: str) -> Report:
    return replace(report, run=replace(report.run, source=source))


def test_warnings_and_problems_are_results(report: Report) -> None:
    run = log_of(report)
    assert [(each["ruleId"], each["kind"], each["level"]) for each in run["results"]] == [
        ("overfitting", "fail", "error"),
        ("loss_spikes", "fail", "warning"),
    ]
    assert "15 %" in run["results"][0]["message"]["text"]
    assert run["results"][0]["properties"]["confidence"] == 0.8


def test_each_points_at_its_rule_and_its_steps(report: Report) -> None:
    run = log_of(report)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "results.csv"
        assert location["logicalLocations"][0]["name"] == "steps 100 to 300"


def test_what_was_not_judged_is_a_notification_and_a_crash_is_an_error(report: Report) -> None:
    (invocation,) = log_of(report)["invocations"]
    assert invocation["executionSuccessful"] is False
    notifications = invocation["toolExecutionNotifications"]
    said = [(each["associatedRule"]["id"], each["level"]) for each in notifications]
    assert said == [("crasher", "error"), ("exploding_gradient", "note")]


def test_all_reports_are_one_run_of_the_tool(report: Report) -> None:
    run = log_of(report, make_report(name="other.csv"))
    assert len(run["results"]) == 4
    assert len({each["partialFingerprints"]["runAndCheck/v1"] for each in run["results"]}) == 2, "one job id"


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("runs/a b/r#1.csv", "runs/a%20b/r%231.csv"),
        ("", "standard-input"),
        ("-", "standard-input"),
        ("azure://ftjob-1", "azure://ftjob-1"),
        ("/nowhere/r.csv", "file:///nowhere/r.csv"),
    ],
)
def test_places(report: Report, source: str, uri: str) -> None:
    run = log_of(with_source(report, source))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_path_inside_the_working_directory_is_relative(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = log_of(with_source(report, str(tmp_path / "runs" / "r.csv")))
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "runs/r.csv"


def test_hostile_texts_keep_to_the_schema() -> None:
    assert log_of(hostile_report())["results"]


def test_nothing_to_say_is_an_empty_run() -> None:
    assert log_of()["results"] == []
