from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from curvewise.comparison.compare import compare
from curvewise.engine import analyze
from curvewise.errors import UsageError
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.model.run import Run
from curvewise.notebook import bundle
from curvewise.testing import make_run

RUN = make_run(train_loss=[2.0, 1.5, 1.2, 1.0], full_valid_loss={2: 1.6, 4: 1.2}, checkpoints=[2, 4])
CELLS = (
    "import curvewise as cw\n"
    "curves = {'train_loss': ([1, 2, 3], [2.0, 1.5, 1.2]), 'full_valid_loss': ([2, 3], [1.6, 1.9])}\n"
    "run = cw.Run.from_series(curves)\n"
    "run",
    "report = cw.analyze(run)\nreport",
    "cw.compare([report, report])",
)
EXECUTE = """\
import json, sys
import nbclient, nbformat
cells = [nbformat.v4.new_code_cell(source) for source in json.loads(sys.argv[1])]
notebook = nbformat.v4.new_notebook(cells=cells)
nbclient.NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
nbformat.validate(notebook)
print(json.dumps([[dict(output) for output in cell.outputs] for cell in notebook.cells]))
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, dict[str, str]]]]:
    """What the cells of a notebook show; executed in a process of its own, as it needs an event loop."""
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, json.dumps(CELLS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path_factory.mktemp("notebook"),
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    shown: list[list[dict[str, dict[str, str]]]] = json.loads(done.stdout)
    return shown


def test_the_last_line_of_a_cell_just_shows(outputs: list[list[dict[str, dict[str, str]]]]) -> None:
    for cell in outputs:
        (output,) = cell
        assert set(output["data"]) == {"text/plain", "text/markdown", "text/html"}
    run, report, comparison = (cell[0]["data"] for cell in outputs)
    assert run["text/plain"].startswith("<Run")
    assert "<svg" in run["text/html"]
    assert "Overfit after step 2" in report["text/plain"]
    assert "<strong>" in report["text/html"]
    assert comparison["text/markdown"].startswith("### Runs compared")
    assert "Tie between" in comparison["text/plain"]


VALUES = (RUN, analyze(RUN), compare([analyze(RUN)] * 2))


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_bundle_is_small_and_holds_what_was_asked_for(value: Run | Report | Comparison) -> None:
    assert value._repr_html_() == bundle(value)["text/html"]
    assert str(value) == bundle(value)["text/plain"]
    assert set(value._repr_mimebundle_(include=["text/html"])) == {"text/html"}
    assert set(value._repr_mimebundle_(exclude=["text/html"])) == {"text/plain", "text/markdown"}
    assert len(value._repr_html_()) < 30_000


NASTY: tuple[list[float], ...] = ([], [float("nan")] * 3, [float("inf")], [1e308, -1e308], [0.0], [5.0, 5.0])


@pytest.mark.parametrize("values", NASTY, ids=str)
def test_any_run_shows(values: list[float]) -> None:
    run = make_run(train_loss=values, full_valid_loss=values)
    assert bundle(run)["text/html"].startswith("<div>")
    assert bundle(analyze(run))["text/html"].startswith("<div>")


def test_a_long_run_stays_small() -> None:
    step = range(1, 20_001)
    run = make_run(train_loss=[1 / n for n in step], full_valid_loss=[2 / n for n in step])
    assert len(bundle(analyze(run, points=20_000))["text/html"]) < 60_000


def test_anything_else_is_refused() -> None:
    with pytest.raises(UsageError, match="int"):
        bundle(3)


def test_the_nouns_know_no_output_format(tmp_path: Path) -> None:
    probe = "import sys, curvewise.model.report; print(*({'curvewise.plugin', 'rich'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("values", [[5e-324, 5e-324], [0.0, 5e-324], [1e17, 1e17 + 16]], ids=str)
def test_values_that_cannot_be_told_apart_show(values: list[float]) -> None:
    assert "<svg" in bundle(make_run(train_loss=values))["text/html"]
