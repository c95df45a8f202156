from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from .conftest import Program, result_csv


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    paths = (tmp_path / "overfit.csv", tmp_path / "good.csv")
    paths[0].write_text(result_csv(full=(0.90, 0.80, 1.30)))
    paths[1].write_text(result_csv(full=(0.90, 0.50, 0.45)))
    return paths


def test_the_table_fits_a_terminal_and_names_the_winner(curvewise: Program, runs: tuple[Path, Path]) -> None:
    done = curvewise("compare", *runs)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Take good: validation loss 0.45 at step 300")
    assert max(map(len, lines)) <= 80
    table = "\n".join(lines[2:8])
    for shown in ("overfit", "ratio", "0.8", "0.45", "yes"):
        assert shown in table


def test_formats(curvewise: Program, runs: tuple[Path, Path]) -> None:
    content = json.loads(curvewise("compare", *runs, "--format", "json").stdout)
    assert content["runs"][content["winner"]]["name"] == "good"
    rows = list(csv.DictReader(io.StringIO(curvewise("compare", *runs, "--format", "csv").stdout)))
    assert [(row["name"], row["choice"]) for row in rows] == [("good", "take"), ("overfit", "")]
    assert "| good | take |" in curvewise("compare", *runs, "--format", "markdown").stdout
    refused = curvewise("compare", *runs, "--format", "junit")
    assert refused.returncode == 2
    assert "junit" in refused.stderr


def test_the_ending_of_the_file_tells_the_format(curvewise: Program, runs: tuple[Path, Path]) -> None:
    assert curvewise("compare", *runs, "-o", "c.md", "-o", "csv:table.txt").returncode == 0
    assert (runs[0].parent / "c.md").read_text().startswith("### Runs compared")
    assert (runs[0].parent / "table.txt").read_text().startswith("name,")


def test_nothing_is_written_when_a_format_cannot_be(curvewise: Program, runs: tuple[Path, Path]) -> None:
    old = runs[0].with_name("old.md")
    old.write_text("old")
    assert curvewise("compare", *runs, "-o", "old.md", "-o", "c.xml").returncode == 2
    assert old.read_text() == "old"


def test_reports_that_were_written_earlier(curvewise: Program, runs: tuple[Path, Path]) -> None:
    curvewise("check", runs[0], "--format", "json", "-o", "old.json")
    mixed = json.loads(curvewise("compare", "old.json", runs[1], "--format", "json").stdout)
    fresh = json.loads(curvewise("compare", *runs, "--format", "json").stdout)
    assert mixed == fresh
    curvewise("check", *runs, "--format", "json", "-o", "both.json")
    assert json.loads(curvewise("compare", "both.json", "--format", "json").stdout) == fresh


def test_scores_decide(curvewise: Program, runs: tuple[Path, Path]) -> None:
    (runs[0].parent / "scores.csv").write_text("run,score\noverfit,0.9\ngood,0.8\n")
    done = curvewise("compare", *runs, "--scores", "scores.csv")
    assert done.stdout.startswith("Take overfit: score 0.9")
    assert "Kendall's tau" in done.stdout
    (runs[0].parent / "scores.csv").write_text("run,score\nzzz,0.9\n")
    done = curvewise("compare", *runs, "--scores", "scores.csv")
    assert done.returncode == 2
    assert "'zzz'" in done.stderr
    assert "overfit" in done.stderr


def test_mistakes_are_told(curvewise: Program, runs: tuple[Path, Path]) -> None:
    for arguments, said in (
        ([runs[0]], "two runs"),
        ([runs[0], "absent.csv"], "absent.csv"),
        ([*runs, "--sort", "scor"], "score"),
        ([*runs, "-o", "out.xyz"], ".xyz"),
    ):
        done = curvewise("compare", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("count", "names_fleet"), [(9, False), (10, True)])
def test_many_runs_are_a_matter_of_fleet(
    curvewise: Program, tmp_path: Path, count: int, *, names_fleet: bool
) -> None:
    (tmp_path / "sweep").mkdir()
    for seed in range(count):
        loss = (0.90, 0.50, 0.40 + seed / 100)
        (tmp_path / "sweep" / f"seed={seed}.csv").write_text(result_csv(full=loss))
    done = curvewise("compare", *sorted((tmp_path / "sweep").iterdir()))
    assert ("`curvewise fleet` tells which settings help" in done.stdout) == names_fleet
    assert max(map(len, done.stdout.splitlines())) <= 80
    refused = curvewise("pick", "sweep")  # one run alone
    assert "or all to `curvewise fleet`" in refused.stderr
