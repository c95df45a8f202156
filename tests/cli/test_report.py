from __future__ import annotations

import json
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .conftest import Program


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("r.md", "### results"),
        ("r.json", "{"),
        ("r.csv", "run,step"),
        ("r.sarif", "{"),
        ("r.sarif.json", '{\n  "$schema"'),
        ("r.xml", "<?xml"),
        ("r.txt", "results ·"),
        ("r.HTML", "<!doctype html>"),
    ],
)
def test_the_ending_tells_the_format(curvewise: Program, results: Path, name: str, beginning: str) -> None:
    done = curvewise("report", results, "-o", name)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert (results.parent / name).read_text().lower().startswith(beginning.lower())


def test_findings_do_not_fail_it(curvewise: Program, results: Path) -> None:
    done = curvewise("report", results)
    assert done.returncode == 0
    assert "problem, certainty" in done.stdout


def test_from_a_report_that_was_written_earlier(curvewise: Program, results: Path) -> None:
    written = curvewise("check", results, "--format", "json").stdout
    (results.parent / "old.json").write_text(written)
    direct = curvewise("report", results, "--format", "markdown").stdout
    assert curvewise("report", "old.json", "--format", "markdown").stdout == direct
    assert curvewise("report", "-", "--format", "markdown", stdin=written).stdout == direct
    piped = curvewise("report", "-", "--format", "junit", stdin=results.read_bytes())
    assert ET.fromstring(piped.stdout).tag == "testsuites"  # noqa: S314 - the XML is our own


def test_an_old_report_renders_and_a_later_one_is_refused(curvewise: Program, results: Path) -> None:
    report = json.loads(curvewise("check", results, "--format", "json").stdout)
    for added in ("figures", "about", "diagnosis", "also"):
        del report[added]
    for added in ("steps_per_epoch", "tokens", "hyperparameters"):
        del report["run"][added]
    old = results.parent / "old.json"
    old.write_text(json.dumps({**report, "schema_version": 1}))
    assert "Overfit after epoch 2" in curvewise("report", old).stdout
    assert curvewise("report", old, "-o", "page.html", "-o", "r.md").returncode == 0
    old.write_text(json.dumps({**report, "schema_version": 3}))
    refused = curvewise("report", old, "-o", "never.md")
    assert refused.returncode == 2
    assert "schema version 3" in refused.stderr
    assert "old.json" in refused.stderr
    assert not (results.parent / "never.md").exists()


def test_a_comparison_is_no_report(curvewise: Program, results: Path) -> None:
    other = results.with_name("other.csv")
    other.write_bytes(results.read_bytes())
    curvewise("compare", results, other, "-o", "comparison.json")
    done = curvewise("report", "comparison.json")
    assert done.returncode == 2
    assert "comparison" in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        ("--select", "overfitting"),
        ("--set", "overfitting.max_rise=9"),
        ("--kind", "rft"),
        ("--map", "step=x"),
    ],
    ids=" ".join,
)
def test_a_finished_report_is_not_judged_again(
    curvewise: Program, results: Path, option: tuple[str, str]
) -> None:
    curvewise("check", results, "-o", "report.json")
    done = curvewise("report", "report.json", *option)
    assert done.returncode == 2
    assert f"{option[0]} needs the run itself" in done.stderr
    assert done.stdout == ""


def test_check_says_what_a_finished_report_is_for(curvewise: Program, results: Path) -> None:
    curvewise("check", results, "-o", "report.json")
    done = curvewise("check", "report.json")
    assert done.returncode == 2
    assert "curvewise report" in done.stderr


class TestOutputs:
    def test_several_at_once(self, curvewise: Program, results: Path) -> None:
        outputs = ("-o", "text:-", "-o", "sarif:a.out", "-o", "markdown:b.out", "-o", "junit:c.out")
        done = curvewise("check", results, *outputs)
        assert done.returncode == 1
        assert "problem, certainty" in done.stdout
        folder = results.parent
        assert json.loads((folder / "a.out").read_text())["version"] == "2.1.0"
        assert (folder / "b.out").read_text().startswith("### results")
        assert (folder / "c.out").read_text().startswith("<?xml")
        assert {path.name for path in folder.iterdir()} == {"results.csv", "a.out", "b.out", "c.out"}

    def test_a_path_with_a_colon_is_a_path(self, curvewise: Program, results: Path) -> None:
        for name in ("C:\\report.txt", "./json:x", "run-12:30"):
            assert curvewise("check", results, "-o", name).returncode == 1
            assert "problem, certainty" in (results.parent / name).read_text()

    def test_a_mistyped_format_is_no_file(self, curvewise: Program, results: Path) -> None:
        done = curvewise("check", results, "-o", "sarfi:x")
        assert done.returncode == 2
        assert "sarif" in done.stderr
        assert [path.name for path in results.parent.iterdir()] == ["results.csv"]

    def test_two_outputs_to_one_file_are_refused(self, curvewise: Program, results: Path) -> None:
        done = curvewise("check", results, "-o", "json:x", "-o", "sarif:x")
        assert done.returncode == 2
        assert not (results.parent / "x").exists()

    @pytest.mark.parametrize("command", ["check", "pick", "report", "forecast", "candidates", "decide"])
    def test_what_is_read_is_never_replaced(self, curvewise: Program, results: Path, command: str) -> None:
        before = results.read_bytes()
        done = curvewise(command, results, "-o", "./results.csv")
        assert done.returncode == 2
        assert "would be replaced" in done.stderr
        assert results.read_bytes() == before

    def test_the_summary_of_a_workflow_is_added_to(self, curvewise: Program, results: Path) -> None:
        summary = results.parent / "summary.md"
        summary.write_text("# Before\n")
        for _ in range(2):
            curvewise("check", results, "-o", f"markdown:{summary}", GITHUB_STEP_SUMMARY=str(summary))
        assert summary.read_text().startswith("# Before\n### results")
        assert summary.read_text().count("### results") == 2
        curvewise("check", results, "-o", f"markdown:{summary}", GITHUB_STEP_SUMMARY="")
        assert summary.read_text().count("### results") == 1

    def test_a_device_is_written_to_and_a_link_is_followed(self, curvewise: Program, results: Path) -> None:
        assert curvewise("check", results, "-o", "/dev/null").returncode == 1
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
        (results.parent / "link").symlink_to("target")
        curvewise("check", results, "-o", "json:link")
        assert (results.parent / "link").is_symlink()
        assert json.loads((results.parent / "target").read_text())["schema_version"] == 2

    def test_a_folder_is_no_file(self, curvewise: Program, results: Path) -> None:
        done = curvewise("check", results, "-o", str(results.parent))
        assert done.returncode == 2
        assert "folder" in done.stderr
