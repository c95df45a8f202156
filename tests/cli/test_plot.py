from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .conftest import Program

BEGINNINGS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("ending", BEGINNINGS)
def test_the_ending_tells_the_format(curvewise: Program, results: Path, ending: str) -> None:
    done = curvewise("plot", results, "-o", f"c.{ending}", "--figure", "loss", "--log")
    assert done.returncode == 0, done.stderr
    assert (results.parent / f"c.{ending}").read_bytes().startswith(BEGINNINGS[ending])


def test_the_same_run_gives_the_same_bytes(curvewise: Program, results: Path) -> None:
    written = curvewise("check", results, "--format", "json").stdout
    (results.parent / "r.json").write_text(written)
    for name in ("a.svg", "b.svg"):
        curvewise("plot", "r.json", "-o", name)
    first, second = ((results.parent / name).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second
    assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 - the XML is our own


def test_one_run_goes_to_several_files(curvewise: Program, results: Path) -> None:
    done = curvewise("plot", results, "-o", "c.svg", "-o", "c.png", "--figure", "loss")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["wrote c.svg", "wrote c.png"]
    for ending in ("svg", "png"):
        assert (results.parent / f"c.{ending}").read_bytes().startswith(BEGINNINGS[ending])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "c.gif"], "'c.gif' does not end in .svg, .png or .pdf"),
        (["-o", "c.svg", "-o", "c.gif"], ".gif"),
        (["-o", "c.svg", "--figure", "speed"], "'speed'"),
        ([], "--output"),
    ],
)
def test_mistakes_are_told(curvewise: Program, results: Path, arguments: list[str], said: str) -> None:
    done = curvewise("plot", results, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert [path.name for path in results.parent.iterdir()] == ["results.csv"]


def test_without_matplotlib_it_is_one_sentence(results: Path) -> None:
    hidden = "import sys; sys.modules['matplotlib'] = None; from curvewise.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hidden, "plot", str(results), "-o", "c.svg"],
        capture_output=True,
        text=True,
        check=False,
        cwd=results.parent,
        env=os.environ,
    )
    assert done.returncode == 2
    assert "curvewise[plot]" in done.stderr
    assert len(done.stderr.splitlines()) == 2
