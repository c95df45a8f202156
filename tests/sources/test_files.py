"""From the path of a file, or standard input, to the document of one run."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from curvewise.errors import InputError
from tests.sources.folders import (
    CSV,
    deny,
    find,
    lay_out,
    refusal,
)


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    return [lay_out(folder, {"metrics.csv": CSV}) + "/metrics.csv"]


def test_a_file_is_one_document_named_as_the_user_named_it(tmp_path: Path) -> None:
    path = lay_out(tmp_path, {"my run.csv": CSV}) + "/my run.csv"
    found = find(path, {"train_loss": "loss"})
    assert [document.name for document in found.documents] == [path]
    assert (found.name, found.checkpoints, found.notes) == ("my run", None, ())
    assert found.documents[0].mapping == {"train_loss": "loss"}


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.csv": CSV})
    (tmp_path / "b.csv").symlink_to("a.csv")
    assert find(str(tmp_path / "b.csv"), {}).documents[0].data == CSV.encode()


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
    found = find("-", {})
    assert (found.name, found.documents[0].data) == ("standard input", CSV.encode())


def test_empty_standard_input_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    error = refusal("-")
    assert (error.problem, error.file) == ("the file is empty", "standard input")


def test_a_missing_file_proposes_near_names(tmp_path: Path) -> None:
    lay_out(tmp_path, {"results.csv": CSV})
    error = refusal(tmp_path / "result.csv")
    assert isinstance(error, InputError)
    assert f"did you mean {tmp_path / 'results.csv'}?" in error.hint


def test_a_missing_folder_above_is_named(tmp_path: Path) -> None:
    lay_out(tmp_path, {"outputs/a.csv": CSV})
    error = refusal(tmp_path / "output" / "deep" / "a.csv")
    assert f"there is no '{tmp_path / 'output'}'" in error.problem
    assert str(tmp_path / "outputs") in error.hint


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "http://example.com/results.csv", "a.csv/b"])
def test_paths_that_cannot_be(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"a.csv": CSV})
    monkeypatch.chdir(tmp_path)
    refusal(path)


def test_a_link_to_nothing_names_its_target(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("gone.csv")
    assert "symbolic link to 'gone.csv'" in refusal(tmp_path / "a.csv").problem


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("a.csv")
    refusal(tmp_path / "a.csv")


def test_pipes_and_devices_are_refused_without_reading(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "named pipe" in refusal(tmp_path / "pipe").problem
    assert "device" in refusal("/dev/zero").problem


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURVEWISE_MAX_FILE_BYTES", "10")
    found = refusal(lay_out(tmp_path, {"a.csv": CSV}) + "/a.csv")
    assert "at most" in found.problem
    assert "CURVEWISE_MAX_FILE_BYTES" in found.hint


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lay_out(tmp_path, {"a.csv": CSV}) + "/a.csv"
    monkeypatch.setattr(Path, "read_bytes", deny)
    assert refusal(path).problem == "permission denied"
