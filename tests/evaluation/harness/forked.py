"""Processes with Inspect AI that are forked from one that has imported it: the import takes seconds."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from typing import IO, Any

WORKER = "curvewise.evaluation.harness.inspect_worker"
PIPE, TimeoutExpired = subprocess.PIPE, subprocess.TimeoutExpired
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(
    [
        WORKER, "openai", "aiohttp", "IPython", "inspect_ai.model._providers.openai_compatible",
        "inspect_ai.agent._acp.server", "inspect_ai.solver._transcript",
    ]
)  # fmt: skip
"""What a run of a task imports; one that a later Inspect AI does not have is passed over."""


class Popen:
    """What `subprocess.Popen` is to the harness: a process that leads a session of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        stderr: IO[bytes],
        env: Mapping[str, str],
        pass_fds: Sequence[int],
        **options: Any,
    ) -> None:
        assert list(command) == [sys.executable, "-m", WORKER]
        assert options == {"stdin": PIPE, "stdout": PIPE, "start_new_session": True}
        (order, orders), (message, messages) = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(orders, "wb"), os.fdopen(message, "rb")
        self._process = _server.Process(target=_Begin(order, messages, stderr.fileno(), *pass_fds, env=env))
        self._process.start()
        os.close(order)
        os.close(messages)
        self.pid = self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired(WORKER, timeout or 0.0)
        return self._process.exitcode


class _Begin:
    """Runs in the new process, with its streams and variables in place."""

    def __init__(self, *files: int, env: Mapping[str, str]) -> None:
        self._files, self._env = files, dict(env)

    def __getstate__(self) -> Any:
        return [DupFd(file) for file in self._files], self._env

    def __setstate__(self, state: Any) -> None:
        self._files, self._env = tuple(file.detach() for file in state[0]), state[1]

    def __call__(self) -> None:
        from curvewise.evaluation.harness.inspect_worker import main

        os.setsid()
        for stream, file in enumerate(self._files[:3]):
            os.dup2(file, stream)
            os.close(file)
        os.environ.clear()
        os.environ.update(self._env)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(stream, mode, closefd=False) for stream, mode in enumerate("rww")
        )
        main()
