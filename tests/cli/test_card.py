from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import Program

BEGIN, END = "<!-- curvewise: begin -->", "<!-- curvewise: end -->"


def test_a_card_tells_how_the_run_went(curvewise: Program, results: Path) -> None:
    done = curvewise("card", results)
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0], lines[-1]) == (0, BEGIN, END)
    assert "Overfit after" in done.stdout
    assert "| Checkpoint | step 200" in done.stdout


def test_a_block_is_written_between_its_marks_alone(
    curvewise: Program, results: Path, tmp_path: Path
) -> None:
    page = tmp_path / "README.md"
    page.write_text("# Model\n\nMine.\n")
    curvewise("card", results, "--insert", page)
    first = page.read_text()
    assert first.startswith("# Model\n\nMine.\n\n" + BEGIN)
    page.write_text(first + "\nMore of mine.\n")
    curvewise("card", results, "--insert", page)
    assert page.read_text() == first + "\nMore of mine.\n"


@pytest.mark.parametrize("before", [b"# Mod\xe9l\n", f"# M\r\n{BEGIN}\r\nold\r\n{END}\r\nmine\r\n".encode()])
def test_what_is_not_between_the_marks_stays_as_it_is(
    curvewise: Program, results: Path, tmp_path: Path, before: bytes
) -> None:
    page = tmp_path / "README.md"
    page.write_bytes(before)
    done = curvewise("card", results, "--insert", page)
    after = page.read_bytes()
    if done.returncode == 2:
        assert "byte 5 is no UTF-8" in done.stderr
        assert after == before
    else:
        assert (after[:5], after[-8:], after.count(BEGIN.encode())) == (b"# M\r\n", b"\r\nmine\r\n", 1)


def test_a_hostile_name_stays_text(curvewise: Program, results: Path, tmp_path: Path) -> None:
    hostile = tmp_path / f"x{END}[a](b)<img>.csv"
    hostile.write_text(results.read_text())
    done = curvewise("card", hostile.name)
    assert done.stdout.count(END) == 1
    assert "<img>" not in done.stdout


class Recorded:
    """A tracker's package, which notes what it is told."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}
        self.summary = self.said
        self.Api = lambda: SimpleNamespace(run=lambda _: self)
        self.MlflowClient = lambda: SimpleNamespace(
            set_tag=lambda _, key, value: self.said.update({key: value})
        )
        self.init = lambda **_: None
        self.finish = lambda: None
        self.alert = lambda **said: self.said.update(said)


@pytest.mark.parametrize(
    ("to", "key"),
    [
        ("wandb:team/project/run", "curvewise/diagnosis"),
        ("mlflow:8ea0ee23", "curvewise.diagnosis"),
        ("trackio:project/run", "title"),
    ],
)
def test_a_diagnosis_is_posted_on_request(
    curvewise: Program, results: Path, to: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = Recorded()
    monkeypatch.setitem(sys.modules, to.partition(":")[0], tracker)
    done = curvewise("post", results, "--to", to)
    assert (done.returncode, done.stdout) == (0, "")
    assert str(tracker.said[key]).startswith("overfit")
    assert "overfit: written to" in done.stderr


@pytest.mark.parametrize("to", ["wandb", "aim:x", "mlflow:"])
def test_an_unknown_tracker_is_refused(curvewise: Program, results: Path, to: str) -> None:
    done = curvewise("post", results, "--to", to)
    assert done.returncode == 2
    assert "is no run of a tracker" in done.stderr
