"""One try: files are damaged by a seed, and reading them must end in an answer or in an error of ours."""

from __future__ import annotations

import shutil
import signal
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

from curvewise.errors import CurvewiseError
from tests.fuzz.readers import Files, Reader

SECONDS = 2.0
"""Of the processor, for one small file."""


class Hang(BaseException):
    """Reading takes longer than `SECONDS`."""


def fault_of(reader: Reader, seed: int, folder: Path) -> tuple[str, str] | None:
    """Return the kind of a fault and its traceback; None where reading a mutant ended as it should."""
    random = Random(seed)
    return fault_of_files(reader, reader.mutant(random), random, folder)


def fault_of_files(reader: Reader, files: Files, random: Random, folder: Path) -> tuple[str, str] | None:
    """Return the fault of reading some files."""
    shutil.rmtree(folder, ignore_errors=True)
    lay_out(files, folder)
    try:
        with warnings.catch_warnings(), limited():
            warnings.simplefilter("error")
            reader.read(folder, random)
    except CurvewiseError as error:
        if not error.hint or not error.problem:
            return "an error without a hint", repr(error)
        str(error).encode()
    except (Exception, Hang) as error:
        frames = [
            frame for frame in traceback.extract_tb(error.__traceback__) if "/curvewise/" in frame.filename
        ]
        at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "the test"
        return f"{type(error).__name__} in {at}", traceback.format_exc()
    return None


def lay_out(files: Files, folder: Path) -> None:
    """Write files into a folder."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@contextmanager
def limited() -> Iterator[None]:
    """Raise `Hang` after `SECONDS` of the processor, where the system has such a clock."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _hang(number: int, frame: FrameType | None) -> None:
    raise Hang(f"longer than {SECONDS} s")
