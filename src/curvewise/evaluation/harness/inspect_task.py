"""Tasks of Inspect AI, run in a process of their own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from curvewise.errors import CurvewiseError, MissingExtraError, UsageError
from curvewise.evaluation.harness.contract import OnSample, Outcome, Work
from curvewise.evaluation.harness.inspect_protocol import Done, Ended, Failed, Loaded, Message, Order
from curvewise.evaluation.harness.processes import wait_or_kill
from curvewise.evaluation.logs.inspect_samples import Reading
from curvewise.model.plan import Task
from curvewise.system import handed_down, stop

LOCAL = "openai-api/local"
"""Provider of Inspect AI for a server with the API of OpenAI."""
PATIENCE = 150.0
"""Seconds for the process to store pending answers when asked to end."""


class InspectTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task of Inspect AI.

    Parameters
    ----------
    file
        Python file with the task.
    name
        Name of the task; None when the file holds only one.
    arguments
        Arguments of the task.
    via
        Prefix of model names for the provider, such as ``openai``, ``openai/azure``, ``vllm``; None: a name
        with a ``/`` is complete, others are models of OpenAI, or of the server at `base_url`.
    base_url
        Address of a server with the API of OpenAI; its key is taken from ``LOCAL_API_KEY``.
    limit
        Only the first samples, as many.
    epochs
        Attempts at each sample; None for those of the task.
    concurrency
        Samples of a contender at a time.
    retries
        Retries of a failed call.
    reading
        How to read scores.
    """

    file: str
    name: str | None = None
    arguments: Mapping[str, str | int | float | bool] = {}
    via: str | None = None
    base_url: str | None = None
    limit: int | None = None
    epochs: int | None = None
    concurrency: int = 10
    retries: int = 5
    reading: Reading = Reading()

    def prepare(self, work: Work) -> InspectSession:
        """Load the task in a process of its own.

        Raises
        ------
        MissingExtraError
            If Inspect AI is not installed.
        UsageError
            If there is no such task, or it cannot be loaded.
        """
        if importlib.util.find_spec("inspect_ai") is None:
            raise MissingExtraError(
                "running a task needs Inspect AI, which is not installed",
                hint="pip install 'curvewise[eval]', or run a command of your own with --command",
            )
        if not Path(self.file).is_file():
            raise UsageError("there is no such file", hint="pass FILE.py or FILE.py@TASK", file=self.file)
        return InspectSession(self, work)

    def model(self, name: str) -> str:
        """Return what Inspect AI calls a model.

        Examples
        --------
        >>> InspectTask(file="t.py").model("ft:gpt-4.1:x"), InspectTask(file="t.py").model("vllm/mine")
        ('openai/ft:gpt-4.1:x', 'vllm/mine')
        >>> InspectTask(file="t.py", base_url="http://127.0.0.1:8000/v1").model("mine")
        'openai-api/local/mine'
        """
        if self.via:
            return f"{self.via.rstrip('/')}/{name}"
        if self.base_url:
            return f"{LOCAL}/{name}"
        return name if "/" in name else f"openai/{name}"


class InspectSession:
    """A process with Inspect AI that has loaded the task."""

    task: Task

    def __init__(self, task: InspectTask, work: Work) -> None:
        self._log = work.folder.logs / "inspect.txt"
        self._said = self._log.stat().st_size if self._log.exists() else 0  # by earlier sessions
        self._process = _start(task, work, self._log)
        try:
            self._send(msgspec.json.encode(_order(task, work)))
            loaded = self._receive()
            if not isinstance(loaded, Loaded):
                raise self._broken()
        except BaseException:
            stop(self._process, at_once=True)  # no model was called yet
            self.close()
            raise
        self.task = Task(
            name=f"{task.file}@{task.name}" if task.name else task.file,
            harness=loaded.harness,
            metric=loaded.metric,
            epochs=loaded.epochs,
            samples=loaded.samples,
            scale=task.reading.scale,
        )

    def run(self, tell: OnSample) -> Outcome:
        """Run the task, and call `tell` for each sample."""
        self._send(b"go")
        while True:
            match self._receive():
                case Done(contender=contender, sample=sample):
                    tell(contender, sample)
                case Ended(spent=spent):
                    return Outcome(spent=spent)
                case _:
                    raise self._broken()

    def close(self) -> None:
        """End the process once pending answers have arrived; a second Ctrl-C ends it at once."""
        process = self._process
        with suppress(BrokenPipeError):
            _pipe(process.stdin).close()
        try:
            wait_or_kill(process, PATIENCE)
        finally:
            if process.stdout is not None:
                process.stdout.close()

    def _send(self, line: bytes) -> None:
        pipe = _pipe(self._process.stdin)
        try:
            pipe.write(line + b"\n")
            pipe.flush()
        except BrokenPipeError:
            raise self._broken() from None

    def _receive(self) -> Message:
        """Return the next message, and raise `UsageError` if the process failed or ended."""
        line = _pipe(self._process.stdout).readline()
        if not line.endswith(b"\n"):  # the process ended, maybe within a message
            raise self._broken()
        message: Message = msgspec.json.decode(line, type=Message)
        if isinstance(message, Failed):
            raise UsageError(message.problem, hint=f"{message.hint} ({self._log})")
        return message

    def _broken(self) -> CurvewiseError:
        content = self._log.read_bytes()[self._said :].decode("utf-8", "replace")
        lines = content.strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        return UsageError(
            f"the process with Inspect AI has ended too early{said}",
            hint=f"look at {self._log}, then run it again: what was paid for is kept",
        )


def _start(task: InspectTask, work: Work, log: Path) -> subprocess.Popen[bytes]:
    import os

    log.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"INSPECT_DISPLAY": "none"}
    if task.base_url:
        environment.setdefault("LOCAL_API_KEY", "none")
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "curvewise.evaluation.harness.inspect_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            pass_fds=handed_down(work.lock),
            start_new_session=True,  # Ctrl-C reaches only curvewise, which then ends it
        )


def _order(task: InspectTask, work: Work) -> Order:
    return Order(
        file=str(Path(task.file).resolve()),
        name=task.name,
        arguments=task.arguments,
        models={each.name: task.model(work.address(each)) for each in work.contenders},
        folder=str(work.folder.path.resolve()),
        limit=task.limit,
        epochs=task.epochs,
        concurrency=task.concurrency,
        retries=task.retries,
        base_url=task.base_url,
        done={each.name: work.done(each.name) for each in work.contenders},
        failures={each.name: work.folder.failures(each.name) for each in work.contenders},
        budget=work.budget,
        reading=task.reading,
    )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the process was started without pipes")
    return pipe
