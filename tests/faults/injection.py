"""Faults below the code: at its nth change the disk fails, writes less, or the process is killed."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

Fault = Literal["none", "fails", "is short", "is killed"]

CHANGING = ("write", "fsync", "ftruncate", "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "link")
"""Functions of `os` that change the disk; opening to write is one more."""


class Ended(NamedTuple):
    """How a process ended."""

    code: int  # 137 where it was killed
    calls: int  # changes of the disk that it began
    said: str  # on standard error


class _Disk:
    """Counts the calls that change a disk, and lets one go wrong."""

    def __init__(self, fault: Fault, at: int, counted: Path) -> None:
        self.fault, self.at, self.calls, self._counted = fault, at, 0, counted

    def change(self, size: int = 0) -> int:
        """Begin a change: return how many bytes of it are made."""
        self.calls += 1
        if self.calls != self.at or self.fault == "none":
            return size
        if self.fault == "fails":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.fault == "is killed":
            self.tell()
            os._exit(137)
        return max(1, size // 2)

    def tell(self) -> None:
        """Leave the number of calls for the process that asked."""
        handle = os_open(self._counted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os_write(handle, str(self.calls).encode())


os_open, os_write, io_open = os.open, os.write, io.open


def _patch(disk: _Disk) -> None:
    for name in CHANGING:
        if original := getattr(os, name, None):
            setattr(os, name, _changing(disk, name, original))

    def opened(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            disk.change()
        return os_open(path, flags, *arguments, **options)

    class File(io.FileIO):
        def write(self, data: Any) -> int:
            view = memoryview(data).cast("B")
            made = disk.change(len(view))
            if disk.fault == "is killed" and disk.calls + 1 == disk.at:
                super().write(view[: len(view) // 2])  # the next call never comes: half of this one is there
                disk.change()
            return super().write(view[:made]) or 0

    def file(path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if not set(mode) & set("wxa+") or not isinstance(path, str | Path):
            return io_open(path, mode, *arguments, **options)
        disk.change()
        raw = File(path, mode.replace("b", "").replace("t", ""))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding=options.get("encoding"))

    os.open = opened
    io.open = file  # type: ignore[assignment]  # the wrapper is less exact
    __builtins__["open"] = file


def _changing(disk: _Disk, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def changed(*arguments: Any, **options: Any) -> Any:
        if name == "write" and arguments[0] > 2:
            data = memoryview(arguments[1])
            return original(arguments[0], data[: disk.change(len(data))])
        if name != "write":
            disk.change()
        return original(*arguments, **options)

    return changed


def run(arguments: Sequence[str], fault: Fault, at: int, scratch: Path) -> Ended:
    """Run a command in a process of its own, with a fault at its nth change of the disk."""
    counted, said = scratch / "calls", scratch / "said"
    counted.unlink(missing_ok=True)
    process = os.fork()
    if process == 0:
        os._exit(_in_child(arguments, _Disk(fault, at, counted), said))
    _, status = os.waitpid(process, 0)
    calls = int(counted.read_text()) if counted.exists() else 0
    return Ended(os.waitstatus_to_exitcode(status), calls, said.read_text(errors="replace"))


def _in_child(arguments: Sequence[str], disk: _Disk, said: Path) -> int:
    from curvewise.cli import main

    handle = os_open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 2)
    os.dup2(handle, 1)
    sys.stdout = io_open(1, "w", closefd=False)
    sys.stderr = io_open(2, "w", closefd=False)
    code = 99
    try:
        _patch(disk)
        main(list(arguments))
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        traceback.print_exc()
    disk.fault = "none"
    disk.tell()
    return code
