"""The report as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from curvewise.drawing.report_words import run_name
from curvewise.model.codec import encode
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.reports._places import steps, uri
from curvewise.text import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"problem": "error", "warning": "warning"}
LONGEST, LONGEST_HELP = 1000, 4000


@reporter(name="sarif", media_type="application/sarif+json", endings=(".sarif", ".sarif.json"))
def sarif(reports: Sequence[Report], style: Style) -> str:
    """Render warnings and problems as results; what crashed or could not be judged as notifications.

    Results of the kinds ``pass``, ``open`` and ``notApplicable`` are left out: GitHub shows every result as
    an alert, whatever its kind. All reports are one SARIF run, since they are of one run of the tool.
    """
    del style  # the standard sets the look
    rules = _rules(reports)
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    results = [
        _result(report, finding, places)
        for report in reports
        for finding in report.with_status("problem", "warning")
    ]
    notifications = [
        _notification(report, finding, places)
        for report in reports
        for finding in report.with_status("crashed", "unknown")
    ]
    crashed = any(report.with_status("crashed") for report in reports)
    driver: dict[str, Any] = {"name": "curvewise", "rules": rules}
    if reports:
        driver["version"] = printable(reports[0].version, 40)
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": "curvewise/"},
                "invocations": [
                    {"executionSuccessful": not crashed, "toolExecutionNotifications": notifications}
                ],
                "results": results,
            }
        ],
    }
    return encode(log)


def _rules(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """Return a rule for each check that has something to say, with what it looks for."""
    rules: dict[str, dict[str, Any]] = {}
    for report in reports:
        for finding in report.with_status("problem", "warning", "crashed", "unknown"):
            about = report.about.get(finding.check)
            title = about.title if about and about.title else finding.check.replace("_", " ")
            rule: dict[str, Any] = {
                "id": printable(finding.check),
                "name": "".join(word.capitalize() for word in printable(finding.check).split("_")),
                "shortDescription": {"text": _message(title)},
            }
            if about and about.why:
                rule["fullDescription"] = {"text": _message(about.why)}
                rule["help"] = {"text": _message(about.why, LONGEST_HELP)}
            rules.setdefault(rule["id"], rule)
    return [rules[name] for name in sorted(rules)]


def _result(report: Report, finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    properties: dict[str, Any] = {"run": printable(run_name(report))}
    if finding.confidence is not None:
        properties["confidence"] = finding.confidence
    return {
        "ruleId": printable(finding.check),
        "ruleIndex": places[printable(finding.check)],
        "kind": "fail",
        "level": LEVELS[finding.status],
        "message": {"text": _message(f"{finding.summary} {finding.advice}")},
        "locations": [_location(report, finding)],
        "partialFingerprints": {"runAndCheck/v1": _fingerprint(report, finding)},
        "properties": properties,
    }


def _notification(report: Report, finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    crashed = finding.status == "crashed"
    said = finding.reason if crashed else f"Could not be judged: {finding.reason}"
    return {
        "level": "error" if crashed else "note",
        "message": {"text": _message(said)},
        "associatedRule": {
            "id": printable(finding.check),
            "index": places[printable(finding.check)],
        },
        "locations": [_location(report, finding)],
    }


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri(report)}}}
    if (at := steps(finding)) is not None:
        metric, first, last = at
        name = f"step {first}" if first == last else f"steps {first} to {last}"
        location["logicalLocations"] = [
            {
                "name": name,
                "fullyQualifiedName": f"{printable(run_name(report))}/{printable(metric)}/{name}",
            }
        ]
    return location


def _fingerprint(report: Report, finding: Finding) -> str:
    """Tell the same finding of the same run again, whatever its numbers have become."""
    import hashlib  # with OpenSSL behind it; no other format needs it

    said = f"{report.run.id or report.run.source}\n{finding.check}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _message(text: str, longest: int = LONGEST) -> str:
    r"""Return a text in which brackets are no links.

    Examples
    --------
    >>> print(_message("see [this](https://x)"))
    see \[this\](https://x)
    """
    shown = printable(text.replace("\n\n", " "), longest).replace("\\", "\\\\")
    return shown.replace("[", "\\[").replace("]", "\\]")
