"""One process at a time has a folder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import filelock
import pytest

from curvewise.errors import UsageError
from curvewise.storage.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from curvewise.storage.lock import locked
with locked(Path(sys.argv[1]), ".lock", taken="", hint="") as handle:
    {then}
    print(flush=True)
    time.sleep(60)
"""
CHILD = "import subprocess; subprocess.Popen([sys.executable, '-c', 'input()'], pass_fds=(handle,))"


def lock(folder: Path) -> AbstractContextManager[int]:
    return locked(folder, ".lock", taken="{holder} has it", hint="wait")


def test_the_second_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    taken = f"process {os.getpid()} on .* has it"
    with lock(tmp_path), pytest.raises(UsageError, match=taken), lock(tmp_path):
        pass
    with lock(tmp_path):
        pass


def test_another_process_holds_it_as_long_as_it_lives(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD.format(then="pass"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(UsageError, match=f"process {process.pid} "), lock(tmp_path):
            pass
        process.kill()
        process.wait()
        with lock(tmp_path):
            pass


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such handles")
def test_a_child_with_the_handle_holds_it_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD.format(then=CHILD), str(tmp_path)]
    reading, writing = os.pipe()  # the child ends when this is closed
    with subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE) as process:
        os.close(reading)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        with pytest.raises(UsageError, match="has it"), lock(tmp_path):
            pass
        os.close(writing)
        process.stdout.read()  # the end of the child
    with lock(tmp_path):
        pass


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks_lets_everybody_in(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(handle: int, *, blocking: bool) -> bool:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock, "lock_descriptor", missing)
    with lock(tmp_path), lock(tmp_path):
        pass


@pytest.mark.parametrize("is_windows", [False, True])
def test_a_folder_made_for_it_goes_when_nothing_was_put_there(
    is_windows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curvewise.system.IS_WINDOWS", is_windows)
    folder = tmp_path / "new"
    with lock(folder):
        assert folder.is_dir()
    assert not folder.exists()
    with lock(folder):
        (folder / "file").touch()
    assert {path.name for path in folder.iterdir()} == {"file", ".lock"}


def test_a_lock_file_that_was_removed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, removed = filelock.lock_descriptor, list[str]()

    def late(handle: int, *, blocking: bool) -> bool:
        if not removed:  # as when its last holder ends between the two calls
            (tmp_path / ".lock").unlink()
            removed.append("once")
        return real(handle, blocking=blocking)

    monkeypatch.setattr(filelock, "lock_descriptor", late)
    with lock(tmp_path):
        monkeypatch.undo()
        with pytest.raises(UsageError), lock(tmp_path):
            pass


def test_a_folder_that_cannot_be_made_is_not_one_that_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"), lock(tmp_path / "file" / "inside"):
        pass
