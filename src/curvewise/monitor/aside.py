"""Aside: a judge in a process of its own, so that no step of a training waits for it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from curvewise.errors import CurvewiseError, InputError
from curvewise.monitor.judge import Facts, Judge, Judged, Row, Settings

NICENESS = 10
"""How much the judge steps back for a training that wants its processor."""


class Aside:
    """Does what `Judge` does, in another process; it ends when it is closed, or with this one.

    Raises
    ------
    OSError
        If no process can be started here.
    """

    def __init__(self, settings: Settings) -> None:
        home = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), home)))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "curvewise.monitor.aside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # a Ctrl-C is for the training
        )
        self._send(settings)

    def take(self, rows: Sequence[Row], facts: Facts) -> Judged:
        """Judge with some rows more.

        Raises
        ------
        CurvewiseError
            If the rows cannot be judged.
        OSError, EOFError
            If the process is gone.
        """
        self._send((list(rows), facts))
        answer = pickle.load(self._process.stdout)  # type: ignore[arg-type]  # noqa: S301 - opened above; our own
        if isinstance(answer, CurvewiseError):
            raise answer
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return Judged(*answer)

    def _send(self, value: object) -> None:
        stream = self._process.stdin
        if stream is not None:
            pickle.dump(value, stream)
            stream.flush()

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream and stream.close()


def work(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Judge what is sent until nobody sends any longer."""
    judge = Judge(pickle.load(requests))  # noqa: S301 - what `Aside` sent
    while True:
        try:
            rows, facts = pickle.load(requests)  # noqa: S301 - what `Aside` sent
        except EOFError:
            return
        answer: object
        try:
            answer = judge.take(rows, facts)
        except CurvewiseError as error:
            answer = InputError(error.problem, hint=error.hint, field=error.field)
        except Exception as error:  # told, and the next rows are tried again
            answer = f"{type(error).__name__}: {error}"
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    with suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(NICENESS)
    with suppress(OSError):  # the training was killed meanwhile
        work(sys.stdin.buffer, sys.stdout.buffer)
