"""The report as JUnit XML: a suite is a run, a case is a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from curvewise.drawing.report_words import evidence_lines, run_name
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.text import printable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 1000


@reporter(name="junit", media_type="application/xml", endings=(".xml",))
def junit(reports: Sequence[Report], style: Style) -> str:
    """Render problems as failures, crashed checks as errors, what was not judged as skipped with the reason.

    A warning passes, as it does for the exit code, and says so in the output of its case.
    """
    import xml.etree.ElementTree as ET

    del style  # the schema sets the look
    suites = ET.Element("testsuites", {"name": "curvewise", **_counts(reports)})
    for report in reports:
        suite = ET.SubElement(suites, "testsuite", {"name": printable(run_name(report)), **_counts([report])})
        properties = ET.SubElement(suite, "properties")
        for name, value in _properties(report).items():
            ET.SubElement(properties, "property", {"name": name, "value": printable(value, LONGEST)})
        for finding in report.findings:
            _case(ET.SubElement(suite, "testcase", _names(report, finding)), finding)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _counts(reports: Sequence[Report]) -> dict[str, str]:
    def count(*statuses: str) -> str:
        return str(sum(finding.status in statuses for report in reports for finding in report.findings))

    return {
        "tests": str(sum(len(report.findings) for report in reports)),
        "failures": count("problem"),
        "errors": count("crashed"),
        "skipped": count("unknown", "not_applicable"),
        "time": "0",
    }


def _properties(report: Report) -> dict[str, str]:
    best = report.selection.best
    known = {
        "headline": report.headline,
        "source": report.run.source,
        "kind": report.run.kind,
        "checkpoint.step": "" if best is None else str(best.step),
        "checkpoint.model": best.model or "" if best is not None else "",
        "curvewise.version": report.version,
    }
    return {name: value for name, value in known.items() if value}


def _names(report: Report, finding: Finding) -> dict[str, str]:
    name = printable(finding.check)
    return {"name": name, "classname": f"curvewise.{printable(run_name(report))}", "time": "0"}


def _case(case: Element, finding: Finding) -> None:
    import xml.etree.ElementTree as ET

    message, text = printable(finding.summary, LONGEST), _text(finding)
    if finding.status == "problem":
        ET.SubElement(case, "failure", {"type": "problem", "message": message}).text = text
    elif finding.status == "crashed":
        ET.SubElement(case, "error", {"type": "crashed", "message": message}).text = text
    elif finding.status in ("unknown", "not_applicable"):
        ET.SubElement(case, "skipped", {"message": printable(finding.reason, LONGEST)})
    elif finding.status == "warning":
        ET.SubElement(case, "system-out").text = f"WARNING: {text}"


def _text(finding: Finding) -> str:
    follow = finding.advice or finding.reason
    said = (finding.summary, *evidence_lines(finding), follow)
    return "\n".join(printable(line, LONGEST) for line in said if line)
