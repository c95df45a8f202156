"""Commands: any program that prints a line of JSON for each sample."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from curvewise.errors import MalformedError, UsageError
from curvewise.evaluation.harness.budget import Spending
from curvewise.evaluation.harness.contract import OnSample, Outcome, Work
from curvewise.evaluation.harness.processes import wait_or_kill
from curvewise.evaluation.logs.score_values import metric_name, score_from
from curvewise.evaluation.results_folder import file_name
from curvewise.model.evaluation import Contender, Sample, Tokens
from curvewise.model.plan import Task
from curvewise.storage.files import write_file
from curvewise.system import handed_down, stop

POLL = 0.05
"""Seconds between two reads of a command's output."""
GRACE = 10.0
"""Seconds for a command to end when asked."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command that evaluates one model.

    It runs once for each contender, without a shell, one after another. It writes a line for each sample,
    as soon as the sample is done, to standard output or to the file in place of ``{output}``::

        {"id": "7", "score": 1, "cluster": "doc 3", "tokens": {"input": 812, "output": 95}, "cost": 0.002}

    ``id`` and ``score`` are needed, or ``error`` instead of the score; ``tokens`` is an object, or a number
    when only the total is known. It may read from its environment ``CURVEWISE_MODEL``, the model;
    ``CURVEWISE_DONE``, a file with the ids that earlier sessions have done, one a line, to leave them out;
    ``CURVEWISE_LIMIT``, ``CURVEWISE_EPOCHS`` and ``CURVEWISE_CONCURRENCY``, as given. With several attempts
    at each sample (``CURVEWISE_EPOCHS`` above 1) a line has an ``epoch`` as well, from 1, and in the file of
    what is done a tab and the attempt follow each id.

    Parameters
    ----------
    command
        The command line; ``{model}`` stands for the model and ``{output}`` for a file to write.
    scale
        The worst and the best score.
    limit, epochs, concurrency
        Passed on in the environment.
    """

    command: str
    scale: tuple[float, float] = (0.0, 1.0)
    limit: int | None = None
    epochs: int | None = None
    concurrency: int | None = None

    def prepare(self, work: Work) -> CommandSession:
        """Look for the program.

        Raises
        ------
        UsageError
            If the command line cannot be read, names no model, or its program does not exist.
        """
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise UsageError(
                f"the command line cannot be read: {error}", hint="close its quotes", field="command"
            ) from error
        if not words or shutil.which(words[0]) is None:
            raise UsageError(
                f"there is no program {words[0] if words else ''!r}",
                hint="name a program; it is run without a shell",
                field="command",
            )
        return CommandSession(self, words, work)


class CommandSession:
    """A command that is ready to run."""

    def __init__(self, command: Command, words: list[str], work: Work) -> None:
        metric = metric_name("score", command.scale)
        self.task = Task(name=command.command, harness="command", metric=metric, scale=command.scale)
        self._command = command
        self._words = words
        self._work = work
        self._spending = Spending(work.budget)
        self._largest: dict[str, tuple[Tokens, float]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._cut = b""
        before = work.folder.header()
        for contender in {each.name for each in (*work.contenders, *(before.contenders if before else ()))}:
            for sample in work.folder.stored(contender):
                self._count(contender, sample)

    def run(self, tell: OnSample) -> Outcome:
        """Run the command for each contender."""
        broken: dict[str, str] = {}
        for contender in self._work.contenders:
            if reason := self._run(contender, tell):
                broken[contender.name] = reason
        return Outcome(spent=SPENT in broken.values(), broken=broken)

    def close(self) -> None:
        """Ask the command to end, and kill it after `GRACE` seconds."""
        process, self._process = self._process, None
        if process is None:
            return
        stop(process)
        wait_or_kill(process, GRACE)

    def _run(self, contender: Contender, tell: OnSample) -> str:
        """Run the command for one contender; return why it stopped early, "" if it did not."""
        earlier = self._work.earlier.get(contender.name, ())
        done = {(sample.id, sample.epoch): sample.score is not None for sample in earlier}
        logs = self._work.folder.logs
        logs.mkdir(parents=True, exist_ok=True)
        name = file_name(contender.name)
        with self._work.folder.appender(contender.name) as lines:

            def take(sample: Sample) -> bool:
                key, succeeded = (sample.id, sample.epoch), sample.score is not None
                if key not in done or (succeeded and not done[key]):
                    done[key] = succeeded
                    sample = self._spending.priced(contender.name, sample)
                    lines.write([msgspec.json.encode(sample)])
                    self._count(contender.name, sample)
                    tell(contender.name, sample)
                return self._may_go_on(contender.name)

            written = outputs(logs, name)
            for sample in self._unread(written.values()):
                take(sample)
            if self._work.retry_failures:
                done = {key: True for key, succeeded in done.items() if succeeded}
            if not self._may_go_on(contender.name):
                return SPENT
            output = logs / f"{name}.{max(written, default=0) + 1:03}.jsonl"
            known = logs / f"{name}.done"
            write_file(known, "".join(map(self._done_line, sorted(done))))
            self._start(contender, output, known)
            spent = self._listen(output, take)
            return SPENT if spent else self._ended(output, bool(done))

    def _unread(self, written: Iterable[Path]) -> Iterator[Sample]:
        """Yield the samples in files of earlier sessions, which may have been killed before."""
        for file in written:
            for line in file.read_bytes().split(b"\n"):
                if (sample := _sample_or_none(line, self._command.scale)) is not None:
                    yield sample

    def _listen(self, output: Path, take: Callable[[Sample], bool]) -> bool:
        """Process the command's output until it ends; return whether the budget ended it."""
        spent = False
        for number, line in self._follow(output):
            if not spent and not take(self._sample(line, number, output)):
                spent = True
                self.close()
            elif spent and (sample := _sample_or_none(line, self._command.scale)) is not None:
                take(sample)  # done before the command stopped
        return spent

    def _start(self, contender: Contender, output: Path, known: Path) -> None:
        model = self._work.address(contender)
        words = [word.replace("{model}", model).replace("{output}", str(output)) for word in self._words]
        given = {
            "CURVEWISE_MODEL": model,
            "CURVEWISE_DONE": str(known.resolve()),
            "CURVEWISE_LIMIT": self._command.limit,
            "CURVEWISE_EPOCHS": self._command.epochs,
            "CURVEWISE_CONCURRENCY": self._command.concurrency,
            "PYTHONUNBUFFERED": "1",
        }
        environment = os.environ | {name: str(value) for name, value in given.items() if value is not None}
        printed = output if "{output}" not in self._command.command else output.with_suffix(".txt")
        output.touch()
        self._cut = b""
        with printed.open("ab") as out, output.with_suffix(".err").open("ab") as err:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env=environment,
                    pass_fds=handed_down(self._work.lock),
                    start_new_session=True,  # Ctrl-C reaches only curvewise, which then ends it
                )
            except (OSError, ValueError) as error:  # no program, or a NUL in the name of a model
                said = error.strerror if isinstance(error, OSError) else error
                raise UsageError(
                    f"{words[0]!r} cannot be run: {said}",
                    hint="name a program; a script needs a first line such as #!/bin/sh",
                    field="command",
                ) from error

    def _done_line(self, done: tuple[str, int]) -> str:
        sample, epoch = done
        return f"{sample}\t{epoch}\n" if (self._command.epochs or 1) > 1 else f"{sample}\n"

    def _follow(self, output: Path) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of a file as they are written, and at the end an unterminated last one."""
        rest, number = b"", 0
        with output.open("rb") as file:
            while True:
                over = self._process is None or self._process.poll() is not None
                *lines, rest = (rest + file.read()).split(b"\n")
                for line in lines:
                    number += 1
                    if line.strip():
                        yield number, line
                if over:
                    break
                time.sleep(POLL)
        if not rest.strip():
            return
        if _is_json(rest):  # a program need not end its last line
            yield number + 1, rest
        else:
            self._cut = rest

    def _ended(self, output: Path, any_done: bool) -> str:
        process, self._process = self._process, None
        status = 0 if process is None else process.returncode
        if status == 0 and self._cut:
            return f"the last line of the command is cut: {self._cut[:120].decode(errors='replace')!r}"
        if status == 0:
            return "" if any_done else "the command has ended without a sample"
        said = output.with_suffix(".err").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = f": {said[-1][:200]}" if said else ""
        return f"the command ended with {f'signal {-status}' if status < 0 else f'exit code {status}'}{last}"

    def _sample(self, line: bytes, number: int, output: Path) -> Sample:
        try:
            return sample_from_line(line, self._command.scale)
        except MalformedError as error:
            error.problem = (
                f"{error.problem}; `{self._command.command}` wrote {line[:120].decode(errors='replace')!r}"
            )
            error.at(file=str(output), line=number)
            raise

    def _count(self, contender: str, sample: Sample) -> None:
        tokens = sample.tokens or Tokens()
        cost = self._spending.cost(contender, tokens) if sample.cost is None else sample.cost
        self._spending.spend(contender, tokens, cost)
        most, dearest = self._largest.get(contender, NOTHING)
        largest = max(most, tokens, key=lambda each: each.total)
        self._largest[contender] = largest, max(dearest, cost)

    def _may_go_on(self, contender: str) -> bool:
        """Whether one more sample as large as the largest so far fits into the budget."""
        known = [self._largest[contender]] if contender in self._largest else list(self._largest.values())
        most = max((tokens for tokens, _ in known), key=lambda each: each.total, default=Tokens())
        return self._spending.fits(contender, most, max((cost for _, cost in known), default=0.0))


SPENT = "the budget is spent"
NOTHING = Tokens(), 0.0


def outputs(logs: Path, name: str) -> dict[int, Path]:
    """Return the files that a command has written for a contender, by the number of the session."""
    ours = re.compile(rf"{re.escape(name)}\.(\d+)\.jsonl")
    files = {int(match[1]): file for file in logs.iterdir() if (match := ours.fullmatch(file.name))}
    return dict(sorted(files.items()))


def sample_from_line(line: bytes, scale: tuple[float, float]) -> Sample:
    """Read a sample from a line of JSON with ``id`` and ``score`` or ``error``.

    >>> sample_from_line(b'{"id": 7, "score": true, "tokens": 90}', (0, 1)).tokens.total
    90
    """
    hint = 'expected a line such as {"id": "7", "score": 1}, and messages on standard error'
    try:
        record = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"this is not JSON: {error}", hint=hint) from error
    if not isinstance(record, dict):
        raise MalformedError("this is no JSON object", hint=hint)
    if record.get("id") is None:
        raise MalformedError("the sample has no id", hint=hint, field="id")
    failed = record.get("error")
    if failed is None and record.get("score") is None:
        raise MalformedError("the sample has neither a score nor an error", hint=hint, field="score")
    content = {name: value for name, value in record.items() if name in Sample.__struct_fields__}
    content["id"] = str(content["id"])
    if len(content["id"].splitlines()) != 1 or "\t" in content["id"]:
        raise MalformedError("the id of a sample is one line without tabs", hint=hint, field="id")
    content["error"] = None if failed is None else str(failed)[:500]
    content["score"] = None if failed is not None else score_from(record["score"], scale)
    if isinstance(content.get("tokens"), int):
        content["tokens"] = {"output": content["tokens"]}
    if content.get("cluster") is not None:
        content["cluster"] = str(content["cluster"])
    try:
        sample = msgspec.convert(content, Sample)
    except msgspec.ValidationError as error:
        raise MalformedError(str(error), hint=hint) from error
    tokens = sample.tokens or Tokens()
    amounts = tokens.input, tokens.output, tokens.cached, tokens.reasoning, sample.cost or 0, sample.epoch - 1
    if min(amounts) < 0:
        raise MalformedError("tokens and cost are at least 0, and epochs from 1", hint=hint)
    return sample


def _sample_or_none(line: bytes, scale: tuple[float, float]) -> Sample | None:
    try:
        return sample_from_line(line, scale)
    except MalformedError:
        return None  # the session that wrote it reported it


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True
