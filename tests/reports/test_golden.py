from __future__ import annotations

import re
from pathlib import Path

import pytest

from curvewise.notebook import bundle
from curvewise.plugin import Style, renderers, reporters

from .runs import NAMES, ROOT, golden_comparison, golden_report

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {
    name: ending
    for name, found in reporters().items()
    for ending in [(found.endings or (f".{name}.txt",))[0].lstrip(".")]
    if (GOLDEN / "hf-sft" / f"report.{ending}").is_file()
}
"""Ending of the golden files of each format that has some."""
COMPARED = [
    name
    for name, ending in FORMATS.items()
    if name in renderers("comparison") and (GOLDEN / "comparison" / f"comparison.{ending}").is_file()
]
NUMBER = re.compile(r"-?\d+\.\d{6,}(?:e[-+]?\d+)?")


def rounded(text: str) -> str:
    """Six digits of every number: the last ones depend on the processor."""
    return NUMBER.sub(lambda found: f"{float(found[0]):.6g}", text)


def compare_with_file(text: str, path: Path, request: pytest.FixtureRequest) -> None:
    shown = rounded(text)
    if request.config.getoption("--write-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_reports_look_as_they_should(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    report = golden_report(name)
    for output_format, ending in FORMATS.items():
        text = reporters()[output_format]([report])
        compare_with_file(text, GOLDEN / name / f"report.{ending}", request)
    compare_with_file(bundle(report)["text/html"] + "\n", GOLDEN / name / "notebook.html", request)


def test_a_comparison_looks_as_it_should(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    comparison = golden_comparison()
    for output_format in COMPARED:
        text = renderers("comparison")[output_format](comparison, Style())
        compare_with_file(text, GOLDEN / "comparison" / f"comparison.{FORMATS[output_format]}", request)
    compare_with_file(
        bundle(comparison)["text/html"] + "\n", GOLDEN / "comparison" / "notebook.html", request
    )


def test_every_format_has_golden_files_or_tests_of_its_own() -> None:
    own = {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")}
    assert set(reporters()) - set(FORMATS) - own <= {"html"}, "the page is tested in tests/page"


def test_golden_files_are_not_lost() -> None:
    written = {file.name.partition(".")[2] for file in GOLDEN.glob("*/report.*")}
    assert written == set(FORMATS.values())
    compared = {file.name.partition(".")[2] for file in (GOLDEN / "comparison").glob("comparison.*")}
    assert compared == {FORMATS[name] for name in COMPARED}
