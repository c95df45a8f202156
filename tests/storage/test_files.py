"""A file is written as a whole, or stays as it was."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from curvewise.storage.files import write_file


@pytest.mark.parametrize(
    ("content", "written"), [("a\nü\udcff", b"a\n\xc3\xbc\\udcff"), (b"\x00\r\n", b"\x00\r\n")]
)
def test_text_and_bytes(content: str | bytes, written: bytes, tmp_path: Path) -> None:
    for _ in range(2):
        write_file(tmp_path / "file", content)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": written}


@pytest.mark.skipif(os.name == "nt", reason="modes and links")
def test_the_mode_is_kept_and_a_link_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "file", tmp_path / "link"
    link.symlink_to(target)
    mask = os.umask(0o027)
    try:
        write_file(link, "new")
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        write_file(link, "newer")
    finally:
        os.umask(mask)
    assert link.is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("newer", 0o604)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_failure_leaves_what_was_there(
    call: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise error

    (tmp_path / "file").write_text("old")
    monkeypatch.setattr(os, call, failing)
    with pytest.raises(type(error)):
        write_file(tmp_path / "file", "new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "old"}


@pytest.mark.skipif(os.name == "nt", reason="pipes")
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_file(tmp_path / "pipe", "content")
    assert os.read(reading, 99) == b"content"
    os.close(reading)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    write_file(tmp_path / ("\N{ROCKET}" * 63), "content")
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"folder|directory|denied"):
        write_file(tmp_path / "folder", "content")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
