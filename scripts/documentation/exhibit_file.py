"""The exhibits of the gallery, as `curvewise explain` and the site draw them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gallery import exhibits
from gallery._pages import Shown, judge
from gallery._thumbnail import figure_of, lines_of
from msgspec.structs import replace

import curvewise as cw
from curvewise.derived.figures import thinned
from curvewise.drawing.exhibits import FILE, Exhibit
from curvewise.drawing.story import onset, told_figures
from curvewise.model.codec import encode
from curvewise.model.figure import Figure, Line
from curvewise.model.report import Curve
from curvewise.plugin import checks, diagnoses

ROOT = Path(__file__).parent.parent.parent
HEALTHY = ROOT / "examples" / "azure-rft-healthy"
HEALTHY_STORY = "A tiny policy learns to add and is rewarded for right sums; validation follows to the end."
POINTS = 40
"""Points of a curve, about."""


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of the file: a line for each exhibit."""
    shown = sorted(judged(), key=lambda one: one.exhibit.status == "warning")
    found: dict[str, dict[str, Exhibit]] = {"diagnoses": {}, "checks": {}}
    for name, rule in diagnoses().items():
        told = [one for one in shown if one.report.diagnosis.name == name]
        if told:
            typical = {check: place for place, check in enumerate(rule.rests_on)}
            best = min(told, key=lambda one: typical.get(one.exhibit.check, len(typical)))
            found["diagnoses"][name] = _of_diagnosis(best.exhibit.story, best.report)
    found["diagnoses"]["healthy"] = _of_diagnosis(HEALTHY_STORY, cw.analyze(cw.load(HEALTHY)))
    for name in checks():
        if own := [one for one in shown if one.exhibit.check == name]:
            found["checks"][name] = _of_check(own[0])
    parts = (f'"{kind}": {{\n{_lines(own)}\n}}' for kind, own in found.items())
    yield FILE.relative_to(ROOT).as_posix(), "{\n" + ",\n".join(parts) + "\n}\n"


def lacks_only_new(path: Path, expected: str) -> bool:
    """Tell whether a file shows what it should of the plug-ins that it knows.

    A new plug-in needs two files and no third: its page has no picture until the next ``make docs``.
    """
    if path != FILE or not path.is_file():
        return False
    known, found = json.loads(path.read_text()), json.loads(expected)
    return all(own.items() <= found[kind].items() for kind, own in known.items())


@cache
def judged() -> tuple[Shown, ...]:
    """Judge the runs of the gallery, once."""
    return tuple(judge(exhibits().values()))


def _lines(own: Mapping[str, Exhibit]) -> str:
    written = ((name, _without_defaults(json.loads(encode(one)))) for name, one in sorted(own.items()))
    return ",\n".join(
        f'"{name}": {json.dumps(one, separators=(",", ":"), ensure_ascii=False)}' for name, one in written
    )


def _without_defaults(node: Any) -> Any:
    """Leave out what is empty or null, which is read back as the default, and digits that nobody sees."""
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if key == "better" or value not in (None, "", [])}
        return {key: _without_defaults(value) for key, value in kept.items()}
    if isinstance(node, list):
        return [_without_defaults(value) for value in node]
    return float(f"{node:.4g}") if isinstance(node, float) else node


def _of_diagnosis(story: str, report: cw.Report) -> Exhibit:
    figure = told_figures(report)[0]
    judged = [line for line in figure.lines if line.emphasis != "as logged"]
    return _exhibit(story, report, report.diagnosis.next, figure, judged)


def _of_check(shown: Shown) -> Exhibit:
    figure = figure_of(shown.report, shown.finding) or told_figures(shown.report)[0]
    lines = lines_of(figure, shown.finding)
    return _exhibit(shown.exhibit.story, shown.report, (shown.finding.advice,), figure, lines)


def _exhibit(
    story: str, report: cw.Report, advice: tuple[str, ...], figure: Figure, lines: Iterable[Line]
) -> Exhibit:
    drawn = tuple(replace(line, meaning="") for line in lines if line.curve in report.curves)[:4]
    best = report.selection.best
    return Exhibit(
        story=story,
        advice=advice,
        figure=replace(figure, lines=drawn),
        curves={line.curve: _few(report.curves[line.curve]) for line in drawn},
        best=None if best is None else best.step,
        begins=onset(report, figure),
    )


def _few(curve: Curve) -> Curve:
    """Return a curve with few points, and without its noise."""
    few = thinned(curve, POINTS)
    return Curve(step=few.step, value=few.value, points=few.points)
