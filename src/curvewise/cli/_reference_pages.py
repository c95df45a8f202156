"""Pages of the catalogue, the checks and the formats, as text."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from curvewise import docstring
from curvewise.cli import _terminal as terminal
from curvewise.drawing import all_exhibits, draw_exhibit

if TYPE_CHECKING:
    from curvewise import Metric
    from curvewise.drawing import Exhibit
    from curvewise.plugin import Check, DiagnosisRule, FileFormat, Source, Style


def _width() -> int:
    return min(100, terminal.width())


def _wrapped(text: str, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(
        text, _width(), initial_indent=space, subsequent_indent=space, break_on_hyphens=False
    )


def _columns(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = list(rows)
    first = max(len(name) for name, _ in rows) + 4
    for name, text in rows:
        yield textwrap.fill(
            text, _width(), initial_indent=f"  {name:<{first - 2}}", subsequent_indent=" " * first
        )


def diagnosis_list(diagnoses: Mapping[str, DiagnosisRule]) -> str:
    """Every diagnosis with its first line."""
    rows = [(rule.name, docstring.parse(rule.page).summary) for rule in diagnoses.values()]
    return "\n".join(["diagnoses", *_columns(rows), ""])


def diagnosis_page(rule: DiagnosisRule, style: Style) -> str:
    """Return the page of one diagnosis; with details what it rests on."""
    page = docstring.parse(rule.page)
    exhibit = all_exhibits().diagnoses.get(rule.name)
    lines = [*_opening(f"{rule.name} (diagnosis)", page.summary, exhibit, style)]
    lines += _section("Why", docstring.paragraphs(page.body))
    lines += _to_do(exhibit)
    lines += _section("How often we are right", [rule.accuracy or NOT_MEASURED])
    if not style.detailed:
        return "\n".join([*lines, "", "-v shows what it rests on."])
    rests = f"It rests on the checks {', '.join(rule.rests_on)}." if rule.rests_on else ""
    named = "every other finding" if "*" in rule.explains else ", ".join(rule.explains)
    explains = f"It explains {named}." if rule.explains else ""
    facts = (f"For {', '.join(rule.kinds)} runs.", rests, explains)
    return "\n".join([*lines, *_section("What it rests on", filter(None, facts))])


NOT_MEASURED = "Not measured: none of the trainings with a known cause got this diagnosis."


def _opening(title: str, summary: str, exhibit: Exhibit | None, style: Style) -> Iterator[str]:
    """Yield a title, one sentence, and what it looks like."""
    yield from (title, "=" * len(title), "", _wrapped(summary))
    if exhibit is not None and (drawn := draw_exhibit(exhibit, style)):
        yield from ("", drawn, "", _wrapped(exhibit.story, 4))


def _section(title: str, paragraphs: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs under a heading, nothing without any."""
    paragraphs = list(paragraphs)
    yield from ("", title, "-" * len(title)) if paragraphs else ()
    for index, paragraph in enumerate(paragraphs):
        yield from ([""] if index else [])
        yield _wrapped(paragraph)


def _to_do(exhibit: Exhibit | None) -> Iterator[str]:
    return _section("What to do in this run", () if exhibit is None else [" ".join(exhibit.advice)])


def check_list(checks: Mapping[str, Check]) -> str:
    """Every check with its first line, by the kinds of run that it is for."""
    lines = []
    for kinds in dict.fromkeys(check.kinds for check in checks.values()):
        lines.append(f"{', '.join(kinds)} runs")
        rows = [(c.name, docstring.parse(c.page).summary) for c in checks.values() if c.kinds == kinds]
        lines += [*_columns(rows), ""]
    return "\n".join([*lines, "Run `curvewise explain NAME` for the page of one."])


def check_page(check: Check, style: Style) -> str:
    """Return the page of one check; with details how it judges, its thresholds and an example."""
    page = docstring.parse(check.page)
    exhibit = all_exhibits().checks.get(check.name)
    lines = [*_opening(f"{check.name} (check)", page.summary, exhibit, style)]
    why, *judged = docstring.paragraphs(page.body) or [""]
    lines += _section("Why", filter(None, [why]))
    lines += _to_do(exhibit)
    if not style.detailed:
        return "\n".join([*lines, "", "-v shows how it judges, its thresholds and an example."])
    facts = [f"For {', '.join(check.kinds)} runs."]
    if check.needs:
        needs = " and ".join(need if isinstance(need, str) else " or ".join(need) for need in check.needs)
        facts.append(f"Needs {needs}.")
    lines += _section("How it judges", [*judged, " ".join(facts)])
    if check.thresholds:
        lines += ["", "Thresholds", "----------"]
        for name, value in check.thresholds.items():
            lines += [f"{name} = {value!r}", _wrapped(page.parameters.get(name, ""), 4)]
        example = f"{check.name}.{next(iter(check.thresholds))}"
        lines += ["", _wrapped(f"Set one with `--set {example}=VALUE`, or in curvewise.toml under")]
        lines += [f"[checks.{check.name}]."]
    if examples := page.sections.get("Examples"):
        lines += ["", "Examples", "--------", examples]
    return "\n".join(lines)


def metric_list(catalogue: Mapping[str, Metric]) -> str:
    """Every metric with its meaning."""
    rows = [(metric.name, metric.meaning) for metric in catalogue.values()]
    return "\n".join([*_columns(rows), "", "Run `curvewise metrics NAME` for unit, direction and names."])


def metric_page(metric: Metric) -> str:
    """Return the page of one metric."""
    facts = [
        ("unit", metric.unit),
        ("better", metric.better or "neither direction"),
        (
            "measured on",
            {"train": "training data", "valid": "validation data", None: "the run"}[metric.split],
        ),
        ("each value", f"is {metric.taken}"),
    ]
    names = [(source, ", ".join(aliases)) for source, aliases in metric.aliases.items() if aliases]
    lines = [metric.name, "=" * len(metric.name), "", _wrapped(metric.meaning), "", *_columns(facts)]
    if names:
        lines += ["", "Called", *_columns(names)]
    else:
        lines += ["", "No source logs it; it is derived."]
    return "\n".join(lines)


def format_list(formats: Mapping[str, FileFormat], sources: Mapping[str, Source]) -> str:
    """Every file format, and every kind of place: its title and how it is recognised."""
    ranked = sorted(formats.values(), key=lambda known: (known.rank, known.name))
    note = (
        "Formats are recognised by content, never by file name. A folder is read whole: job, checkpoints, "
        "events and results are joined by step, and checkpoint-* folders are the checkpoints that exist."
    )
    lines = [*_read_plugins(ranked), _wrapped(note), "", "Places", "======", ""]
    lines += _read_plugins(sorted(sources.values(), key=lambda known: (known.generic, known.name)))
    return "\n".join(
        [*lines, _wrapped("`curvewise runs PATH` lists the runs of a place; PATH#NAME is one of them.")]
    )


def _read_plugins(known: Iterable[FileFormat | Source]) -> Iterator[str]:
    for each in known:
        yield _wrapped(f"{each.name}: {each.title}")
        yield _wrapped(each.recognised_by, 4)
        yield _wrapped(docstring.parse(inspect.getdoc(each.function) or "").summary, 4)
        yield ""
