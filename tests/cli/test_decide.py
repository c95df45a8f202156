from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.model.decision import schema
from curvewise.model.evaluation import Contender, Evaluation, Sample

from .conftest import Program

SCORES = {
    "base": {"scores": [0] * 30 + [1] * 30},
    "step 70": {"scores": [1] * 55 + [0] * 5},
    "=step|95": {"scores": [1] * 54 + [0] * 6},
}


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(SCORES))
    return path


def test_text_fits_80_columns_and_ends_in_the_next_step(curvewise: Program, scores: Path) -> None:
    done = curvewise("decide", scores)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Cannot tell step 70 from =step|95" in done.stdout
    assert "Next" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "begin"),
    [
        (("-o", "out.json"), "{"),
        (("-o", "out.CSV"), "contender,"),
        (("-o", "out.md"), "### "),
        (("-o", "out.txt"), "scores · score"),
        (("-o", "out.csv", "--format", "json"), "{"),
    ],
    ids=" ".join,
)
def test_the_ending_of_the_file_tells_the_format(
    curvewise: Program, scores: Path, tmp_path: Path, arguments: tuple[str, ...], begin: str
) -> None:
    assert curvewise("decide", scores, *arguments).returncode == 0
    written = (tmp_path / arguments[1]).read_text().lstrip()
    assert written.startswith(begin), written[:40]


def test_json_follows_the_schema(curvewise: Program, scores: Path) -> None:
    found = json.loads(curvewise("decide", scores, "--format", "json").stdout)
    jsonschema.validate(found, schema())
    assert found["tied"] == ["step 70", "=step|95"]
    assert found["margin"] == 0.03


def test_markdown_and_csv_defuse_foreign_names(curvewise: Program, scores: Path) -> None:
    page = curvewise("decide", scores, "--format", "markdown").stdout
    assert "=step\\|95" in page
    assert page.startswith("### scores · score · 60 samples")
    rows = list(csv.DictReader(curvewise("decide", scores, "--format", "csv").stdout.splitlines()))
    assert [row["contender"] for row in rows] == ["step 70", "'=step|95", "base"]
    assert rows[0]["tokens"] == "n/a"


def test_a_folder_of_results_is_read_and_written_to_a_file(curvewise: Program, tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path / "evaluation")
    contenders = tuple(Contender(name=name, model=None, step=None, role="other") for name in ("a", "b"))
    folder.write_header(
        Evaluation(run="job", task="t", harness="own", metric="accuracy", contenders=contenders)
    )
    for name, share in (("a", 1), ("b", 3)):
        folder.append(name, [Sample(id=str(i), score=float(i % 4 < share)) for i in range(200)])
    done = curvewise("decide", "evaluation", "--format", "json", "-o", "decision.json")
    assert done.returncode == 0
    assert json.loads((tmp_path / "decision.json").read_text())["winner"] == "b"


def test_a_wider_margin_makes_equal(curvewise: Program, scores: Path) -> None:
    found = json.loads(curvewise("decide", scores, "--margin", "0.2", "--format", "json").stdout)
    assert {pair["verdict"] for pair in found["pairs"]} == {"equivalent", "better"}


@pytest.mark.parametrize("arguments", [["absent"], ["."], ["scores.json", "--margin", "0"]])
def test_mistakes_end_in_2_with_a_message(curvewise: Program, scores: Path, arguments: list[str]) -> None:
    done = curvewise("decide", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr
