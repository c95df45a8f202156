"""The process that runs Inspect AI: ``python -m curvewise.evaluation.harness.inspect_worker``.

It reads an `Order` from standard input, says what it loaded, waits for ``go`` and runs. What a task prints
goes to standard error. When standard input ends, because curvewise was stopped or killed, it begins nothing
more, keeps the answers that are under way, and ends.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import inspect_ai
import msgspec
from inspect_ai import Task, task_with
from inspect_ai.hooks import Hooks, SampleEnd, hooks
from inspect_ai.model import get_model
from inspect_ai.util import EarlyStop

from curvewise.errors import CurvewiseError, UsageError
from curvewise.evaluation.harness.answer_cache import AnswerCache, digest
from curvewise.evaluation.harness.budget import Spending
from curvewise.evaluation.harness.inspect_calls import CURRENT_SAMPLE, ModelCalls, SampleKey
from curvewise.evaluation.harness.inspect_protocol import Done, Ended, Failed, Loaded, Message, Order
from curvewise.evaluation.logs.inspect_samples import FIELDS, FIRST, sample_from_inspect
from curvewise.evaluation.logs.score_values import metric_name
from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.model.evaluation import Tokens
from curvewise.text import printable

GRACE = 120.0
"""Seconds to wait for pending answers."""


class Pipe:
    """The channel for messages to curvewise: the original standard output, which the task cannot print to."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message, and ignore a closed pipe."""
        with self._lock:
            try:
                self._file.write(msgspec.json.encode(message) + b"\n")
                self._file.flush()
            except BrokenPipeError:
                return


class Session:
    """One contender: the samples that it skips, and the file of its results.

    Inspect AI asks it before each sample, through its protocol for early stopping.
    """

    def __init__(self, contender: str, model: str, order: Order, calls: ModelCalls) -> None:
        self.contender = contender
        self.model = model
        self.evals: set[str] = set()
        self._calls = calls
        self._done = set(order.done.get(contender, ()))
        self._failures = order.failures.get(contender, {})
        self._reading = order.reading
        self._lines = EvaluationFolder(order.folder).appender(contender)
        self._under_way: dict[tuple[str, int], SampleKey] = {}
        self._largest: Tokens | None = None
        self._ended = anyio.Event()

    async def start_task(self, task: Any, samples: list[Any], epochs: int) -> str:
        """Record the id that Inspect AI gives this run."""
        del samples, epochs
        self.evals.add(task.eval_id)
        return "curvewise"

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:  # noqa: A002 - the protocol's name
        """Skip samples that are done, and all samples once the budget is spent."""
        pair = str(id), epoch
        if pair in self._done:
            return EarlyStop(id=id, epoch=epoch, reason="done in an earlier session")
        while self._calls.spending.budget.is_limited and self._largest is None and self._under_way:
            await self._ended.wait()  # the first sample shows the cost of one
        if self._largest is not None and not self._calls.spending.fits(self.contender, self._likely()):
            self._calls.full = True
        if self._calls.full:
            return EarlyStop(id=id, epoch=epoch, reason="the budget is spent")
        key = (self.contender, *pair, self._failures.get(f"{id}/{epoch}", 0))
        self._under_way[pair] = key
        CURRENT_SAMPLE.set(key)
        return None

    def _likely(self) -> Tokens:
        """Return what one more sample and those in progress may take: each as much as the largest so far."""
        largest, count = self._largest or Tokens(), 1 + len(self._under_way)
        return Tokens(
            input=largest.input * count, output=largest.output * count, cached=largest.cached * count
        )

    async def complete_sample(self, id: str | int, epoch: int, scores: Any) -> None:  # noqa: A002 - its name
        """Do nothing: results are taken where a sample ends."""

    async def complete_task(self) -> dict[str, Any]:
        """Add nothing to the log."""
        return {}

    def store(self, ended: Any) -> Done | None:
        """Store a sample that has ended; None when it was abandoned for the budget."""
        content = ended.model_dump(mode="json", include=FIELDS)
        sample = sample_from_inspect(content, self.model, self._reading)
        key = self._under_way.pop((sample.id, sample.epoch), None)
        self._ended.set()
        self._ended = anyio.Event()
        if key in self._calls.abandoned:
            return None
        tokens = sample.tokens or Tokens()
        self._largest = max(self._largest or tokens, tokens, key=lambda each: each.total)
        sample = self._calls.spending.priced(self.contender, sample)
        self._lines.write([msgspec.json.encode(sample)])
        return Done(contender=self.contender, sample=sample)


def main() -> None:
    """Run an order from standard input."""
    pipe, orders = Pipe(), sys.stdin.buffer
    try:
        _serve(pipe, orders)
    except CurvewiseError as error:
        pipe.send(
            Failed(
                problem=error.problem if not error.place else f"{error.place}: {error.problem}",
                hint=error.hint,
            )
        )
    except Exception as error:  # the task's own code may raise anything
        import traceback

        traceback.print_exc()
        place = _place(error)
        pipe.send(Failed(problem=f"{place}{_words(error)}", hint="the log of the harness has the details"))
    os._exit(0)  # threads of the task must not keep the process alive


def _serve(pipe: Pipe, orders: BinaryIO) -> None:
    order = msgspec.json.decode(orders.readline(), type=Order)
    folder = EvaluationFolder(order.folder)
    task = load_task(order)
    if order.limit is not None:
        task = task_with(task, dataset=task.dataset[: order.limit])
    epochs = order.epochs or task.epochs or 1
    pipe.send(
        Loaded(
            task=task.name,
            harness=f"Inspect AI {inspect_ai.__version__}",
            metric=metric_name(order.reading.scorer or FIRST, order.reading.scale),
            epochs=epochs,
            samples=digests(task),
        )
    )
    if orders.readline().strip() != b"go":
        return
    calls = ModelCalls(AnswerCache(folder.logs / "calls.jsonl"), Spending(order.budget), dict(order.models))
    calls.install()
    threading.Thread(target=_end_with_input, args=(orders, calls), daemon=True).start()
    sessions = {}
    tasks = []
    for contender, name in order.models.items():
        model = get_model(name, base_url=order.base_url, memoize=False)
        session = sessions[contender] = Session(contender, str(model), order, calls)
        tasks.append(task_with(copy.copy(task), model=model, early_stopping=session))
    _collect(pipe, list(sessions.values()), calls)
    logs = inspect_ai.eval(
        tasks,
        log_dir=str(folder.logs),
        display="none",
        epochs=epochs,
        max_tasks=len(tasks),
        max_samples=order.concurrency,
        max_connections=order.concurrency,
        max_retries=order.retries,
        fail_on_error=False,
        ctl_server=False,
        log_realtime=False,
    )
    for contender, log in zip(order.models, logs, strict=True):
        if log.status != "success":
            reason = log.error.message.splitlines()[0] if log.error and log.error.message else log.status
            pipe.send(
                Failed(problem=f"{contender}: Inspect AI ended with {printable(reason)}", hint="see its log")
            )
            return
    pipe.send(Ended(spent=calls.full))


def load_task(order: Order) -> Task:
    """Load the task of an order, in the folder of its file."""
    file = Path(order.file)
    names = task_names(file)
    name = order.name or (names[0] if len(names) == 1 else None)
    if name is None:
        raise UsageError(
            f"the file has {len(names) or 'no'} tasks{': ' if names else ''}{', '.join(names)}",
            hint="name one of them: --task FILE.py@TASK" if names else "decorate a function with @task",
            file=order.file,
        )
    os.chdir(file.parent)
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise UsageError("this is no Python file", hint="pass a .py file", file=order.file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    make = getattr(module, name, None)
    task = make(**order.arguments) if callable(make) else None
    if not isinstance(task, Task):
        raise UsageError(
            f"there is no task {name!r}", hint=f"it has {', '.join(names) or 'none'}", file=order.file
        )
    if not len(task.dataset):
        raise UsageError("the task has no samples", hint="look at its dataset", file=order.file)
    if not task.scorer:
        raise UsageError("the task has no scorer", hint="give the task a scorer", file=order.file)
    return task


def task_names(file: Path) -> list[str]:
    """Return the functions of a file that are decorated with ``@task``."""
    try:
        content = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        said = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(
            f"this is no Python: {said}", hint="mend the file of the task", file=str(file), line=line
        ) from error
    return [
        function.name
        for function in content.body
        if isinstance(function, ast.FunctionDef) and any(map(_is_task, function.decorator_list))
    ]


def _is_task(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
    return name == "task"


def digests(task: Task) -> dict[str, str]:
    """Return a digest of each sample of a task by its id."""
    by_id: dict[str, str] = {}
    for number, sample in enumerate(task.dataset, 1):
        if sample.id is None:
            sample.id = number
        content = sample.model_dump(mode="json", include={"input", "target", "choices"})
        for message in content["input"] if isinstance(content["input"], list) else ():
            message.pop("id", None)
        if str(sample.id) in by_id:
            raise UsageError(f"two samples have the id {sample.id}", hint="give each sample an id of its own")
        by_id[str(sample.id)] = digest(content)
    return by_id


def _collect(pipe: Pipe, sessions: Sequence[Session], calls: ModelCalls) -> None:
    """Store every sample as it ends."""

    @hooks(name="curvewise", description="Stores samples as they end.")
    class _Collector(Hooks):
        async def on_sample_end(self, data: SampleEnd) -> None:
            session = next((each for each in sessions if data.eval_id in each.evals), None)
            if session is None:
                return
            try:
                if done := session.store(data.sample):
                    pipe.send(done)
            except Exception as error:  # Inspect AI would log it and lose the sample
                place = f"{error.place}: " if isinstance(error, CurvewiseError) and error.place else ""
                hint = error.hint if isinstance(error, CurvewiseError) else "see the log of the harness"
                problem = error.problem if isinstance(error, CurvewiseError) else _words(error)
                calls.closing = True  # pending answers are kept until standard input ends
                pipe.send(Failed(problem=f"{place}{problem}", hint=hint))


def _end_with_input(orders: BinaryIO, calls: ModelCalls) -> None:
    """End the process when standard input ends, once pending answers have arrived."""
    while orders.readline():
        continue
    calls.closing = True
    deadline = time.monotonic() + GRACE
    while calls.spending.under_way and time.monotonic() < deadline:
        time.sleep(0.02)
    os._exit(1)


def _place(error: BaseException) -> str:
    """Return the line in the task's own files where an error arose; empty if unknown."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == Path.cwd()]
    return f"{own[-1].filename}:{own[-1].lineno}: " if own else ""


def _words(error: BaseException) -> str:
    return printable(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
