"""`curvewise fleet`: a folder of runs on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import curvewise as cw
from curvewise.fleet import pages
from tests.fleet.test_fleet import sweep

from .conftest import Program


def test_a_sweep_is_told_in_few_lines_and_a_table(curvewise: Program, tmp_path: Path) -> None:
    sweep(tmp_path / "runs", rates=(1e-4, 1e-3, 1e-2), seeds=4)
    done = curvewise(
        "fleet", tmp_path / "runs", "--group", "seed", "-o", tmp_path / "fleet.csv", "--jobs", "1"
    )
    assert done.returncode == 0
    assert "read 12 of 12 runs" in done.stdout
    assert "lr=0.0001" in done.stdout.splitlines()[0]
    assert len((tmp_path / "fleet.csv").read_text().splitlines()) == 13
    found = json.loads(curvewise("fleet", tmp_path / "fleet.csv", "--format", "json").stdout)
    assert (found["judged"], found["effects"][0]["name"]) == (12, "lr")
    brief = curvewise("fleet", tmp_path / "fleet.csv", "--format", "brief").stdout
    assert len(brief.encode()) <= 2_000


def test_pages_link_to_the_reports_of_the_runs(
    curvewise: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(tmp_path / "runs", seeds=2)
    curvewise("fleet", tmp_path / "runs", "--pages", tmp_path / "pages", "--jobs", "1")
    page = (tmp_path / "pages" / "index.html").read_text()
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert len(data["reports"]) == 4
    for place, link in data["reports"].items():
        name = Path(data["columns"][0]["texts"][int(place)]).name
        assert name in (tmp_path / "pages" / link).read_text()
    monkeypatch.setattr(pages, "MOST_REPORTS", 1)
    fleet = cw.analyze_all([tmp_path / "runs"], jobs=1)
    assert pages.write_pages(fleet, tmp_path / "few") == 1
    (report,) = (tmp_path / "few" / "reports").iterdir()
    assert Path(fleet.leaders[0].address).name in report.read_text()


def test_a_run_that_cannot_be_read_ends_in_2(curvewise: Program, tmp_path: Path) -> None:
    (sweep(tmp_path / "runs", seeds=5) / "broken.csv").write_text("hello\n")
    done = curvewise("fleet", tmp_path / "runs", "--jobs", "1")
    assert done.returncode == 2
    assert "read 10 of 11 runs; 1 refused (1 kind)" in done.stdout


def test_wrong_use_is_told_before_anything_is_read(curvewise: Program, tmp_path: Path) -> None:
    for arguments, said in (
        (("missing", "--resume"), "there is no table to resume from"),
        (("missing", "-o", "a.csv", "-o", "b.csv"), "one table is written"),
        ((sweep(tmp_path / "runs"), "--group", "sede"), "there is no hyperparameter 'sede'"),
        ((tmp_path / "runs", "--by", "ful_valid_los", "--jobs", "1"), "did you mean full_valid_loss"),
    ):
        done = curvewise("fleet", *arguments)
        assert done.returncode == 2
        assert said in done.stderr
