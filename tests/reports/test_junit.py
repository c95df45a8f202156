from __future__ import annotations

import xml.etree.ElementTree as ET

from curvewise.model.report import Report
from curvewise.reports.junit import junit

from .conftest import make_report
from .hostile import hostile_report

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "properties": set[str](),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set[str](),
}
"""What the schemas of Jenkins, Ant and Gradle share."""


def suites_of(*reports: Report) -> ET.Element:
    root = ET.fromstring(junit(reports))  # noqa: S314 - the XML is our own
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in root.iter("testsuite"):
        for name, tag in counted.items():
            assert int(suite.get(name, "-1")) == len(list(suite.iter(tag)))
    return root


def test_a_suite_is_a_run_and_a_case_is_a_check(report: Report) -> None:
    root = suites_of(report, make_report(name="other.csv"))
    assert [suite.get("name") for suite in root] == ["results.csv", "other.csv"]
    assert root.get("tests") == "12"
    assert root.get("failures") == "2"


def test_verdicts(report: Report) -> None:
    cases = {case.get("name"): [child.tag for child in case] for case in suites_of(report).iter("testcase")}
    assert cases == {
        "crasher": ["error"],
        "overfitting": ["failure"],
        "loss_spikes": ["system-out"],
        "exploding_gradient": ["skipped"],
        "non_finite_values": [],
        "flat_reward": ["skipped"],
    }


def test_a_failure_has_numbers_and_advice_and_a_skip_its_reason(report: Report) -> None:
    root = suites_of(report)
    (failure,) = root.iter("failure")
    assert "rise since the best 0.146 (limit 0.2)" in (failure.text or "")
    assert "Deploy step 200." in (failure.text or "")
    assert "grad_norm" in next(root.iter("skipped")).get("message", "")


def test_hostile_texts_are_legal_xml() -> None:
    assert suites_of(hostile_report()).get("failures") != "0"
