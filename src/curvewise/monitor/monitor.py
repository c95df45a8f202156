"""Monitor: judges a training while it goes on, whatever loop it runs in."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Literal, Protocol, Self

import msgspec

from curvewise.config import Profile
from curvewise.errors import CurvewiseError, UsageError
from curvewise.model.column_names import recognised
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.report import Report
from curvewise.model.run import KINDS, Kind
from curvewise.monitor import alerts
from curvewise.monitor.alerts import Alerts, say
from curvewise.monitor.aside import Aside
from curvewise.monitor.change import Change, change
from curvewise.monitor.judge import LOG, Facts, Judge, Judged, Row, Settings
from curvewise.monitor.patience import Patience, known_names
from curvewise.storage.lines import whole_lines

GROWN = 20
"""Without an evaluation, a run is judged when it has grown by this part of its rows."""
FEWEST = 10
"""Rows that a run without evaluations grows by at least before it is judged."""
REST = 1
"""How many times as long as a judgement took the judge rests after it."""
LAST = 30.0
"""Seconds that the end of a training waits for the last judgement."""
GRACE, LONGEST = 30.0, 5.0
"""Seconds that a training which may be stopped waits for judgements, in all and for one: it is for those
that take seconds themselves. After a longer judgement none is waited for."""


class Judging(Protocol):
    """What judges: `Judge` on the thread of the monitor, or `Aside` in a process of its own."""

    def take(self, rows: Sequence[Row], facts: Facts) -> Judged:
        """Judge with some rows more."""

    def close(self) -> None:
        """End."""


class Monitor:
    """Judges a training while it goes on, tells its diagnosis when it changes, and says when to stop.

    A call of `log` only queues the numbers: they are judged in a process of its own, with low priority, at
    each evaluation. Nothing that goes wrong there ends or slows the training; it is warned of once. Only
    where `stop_on` is given and evaluations follow each other faster than they are judged, a training waits
    for a judgement, for 30 seconds in all.

    Parameters
    ----------
    folder
        Where the checkpoints lie: the report, ``curvewise.json``, its page, ``curvewise.html``, and the log,
        ``curvewise.jsonl``, are kept beside them, and a training that is resumed goes on with that log. None
        keeps nothing.
    stop_on
        Diagnoses that make `should_stop` true, such as ``("overfit", "diverged", "broken")``.
    patience
        Evaluations in a row at which such a diagnosis must stand. When None: 2, 3 or 5, as it is of high,
        moderate or low certainty.
    webhook
        Address to which a change of the diagnosis is posted as JSON.
    alert
        Whether to raise an alert in W&B and Trackio, where this program logs to them.
    on_change
        Called with each `Change`, on a thread of its own.
    page
        Whether to write the page.
    name, kind, base_model, planned_steps, steps_per_epoch, validation_examples
        As in `Run`.
    profile, select, ignore
        As for `analyze`.
    in_process
        Judge on a thread of this process: for where no other can be started.

    Examples
    --------
    >>> from curvewise import Monitor
    >>> with Monitor(stop_on="overfit", in_process=True) as monitor:
    ...     for step in range(100, 1100, 100):
    ...         monitor.log(step, loss=100 / step, val_loss=0.5 + 0.001 * abs(step - 400))
    ...         if monitor.should_stop:
    ...             break
    >>> monitor.diagnosis.name
    'overfit'
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        stop_on: str | Iterable[str] = (),
        patience: int | None = None,
        webhook: str | None = None,
        alert: bool = True,
        on_change: Callable[[Change], object] | None = None,
        page: bool = True,
        name: str = "",
        kind: Kind | None = None,
        base_model: str | None = None,
        planned_steps: int | None = None,
        steps_per_epoch: float | None = None,
        validation_examples: int | None = None,
        profile: Profile | None = None,
        select: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        in_process: bool = False,
    ) -> None:
        if kind is not None and kind not in KINDS:
            raise UsageError(f"there is no kind {kind!r}", hint=f"expected one of {', '.join(KINDS)}")
        self._folder = None if folder is None else Path(folder)
        names = tuple(known_names(stop_on))
        Patience(names, patience)  # a patience of 0 is refused now
        receivers: list[Callable[[Change], object]] = [_log]
        receivers += [alerts.tell_trackers] if alert else []
        receivers += [alerts.webhook_to(webhook)] if webhook else []
        receivers += [on_change] if on_change else []
        self._alerts = Alerts(*receivers)
        self._settings = Settings(
            folder=None if folder is None else os.fspath(folder),
            stop_on=names,
            patience=patience,
            page=page,
            profile=profile,
            select=None if select is None else tuple(select),
            ignore=tuple(ignore),
        )
        self._facts = Facts(
            name=name or (self._folder.resolve().name if self._folder else ""),
            kind=kind,
            base_model=base_model,
            planned_steps=planned_steps,
            steps_per_epoch=steps_per_epoch,
            validation_examples=validation_examples,
        )
        self._in_process = in_process
        self._is_rank_0 = _rank() == 0
        self._told: Diagnosis | None = None
        self.report: Report | None = None
        """The last report; None before the first."""
        self.stopped_by: Diagnosis | None = None
        """The diagnosis that is reason to stop; None as long as there is none."""
        self._rows: list[Row] = []
        self._judged = self._written = 0  # rows that the last judgement knew, and that the log holds
        self._wake = threading.Condition()
        self._due = self._over = self._idle = self._awaited = False
        self._grace = GRACE
        self._log: IO[bytes] | None = None
        self._keeps_log = self._folder is not None
        self._thread: threading.Thread | None = None

    def log(self, step: int, metrics: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Log numbers at a step; returns at once.

        Parameters
        ----------
        step
            Training step.
        metrics, **more
            Numbers by name, such as ``loss``, ``val_loss``, ``eval/loss`` or ``reward``.
        """
        if not self._is_rank_0:
            return
        row = {"step": int(step), **self._numbers({**(metrics or {}), **more})}
        self.take([row])

    def take(self, rows: Sequence[Row], facts: Facts | None = None) -> None:
        """Queue rows that a trainer keeps itself, each with its ``step``; returns at once."""
        if not self._is_rank_0:
            return
        with self._wake:
            self._facts = facts or self._facts
        self._begin()
        evaluates = any(map(_is_evaluation, rows))
        if evaluates and self._settings.stop_on and self._grace > 0:
            began = time.monotonic()
            waits = self._until_idle(min(LONGEST, self._grace))
            self._grace = self._grace - (time.monotonic() - began) if waits else 0.0
        with self._wake:
            self._rows += rows
            self._due = self._due or evaluates or self._has_grown()
            if self._due:
                self._wake.notify()

    def _has_grown(self) -> bool:
        return len(self._rows) - self._judged >= max(FEWEST, self._judged // GROWN)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The last diagnosis; None before the first."""
        return None if self.report is None else self.report.diagnosis

    @property
    def should_stop(self) -> bool:
        """Whether a diagnosis of `stop_on` has stood for long enough."""
        return self.stopped_by is not None

    @property
    def best_step(self) -> int | None:
        """The step of the checkpoint to use so far."""
        best = None if self.report is None else self.report.selection.best
        return None if best is None else best.step

    def wait(self, timeout: float = LAST) -> None:
        """Wait until all that was logged is judged, so long at most."""
        with self._wake:
            self._due = self._due or len(self._rows) > self._judged
            self._wake.notify()
        self._until_idle(timeout)

    def _until_idle(self, timeout: float) -> bool:
        """Wait until nothing is due any longer; False if that takes too long."""
        with self._wake:
            self._awaited = True
            self._wake.notify()
            rests = self._wake.wait_for(lambda: self._thread is None or self._rests(), timeout)
            self._awaited = False
        return rests

    def _rests(self) -> bool:
        return self._idle and not self._due

    def finish(self, timeout: float = LAST) -> Report | None:
        """Judge for the last time and end; returns the last report, after so many seconds at the latest."""
        if self._thread is not None:
            with self._wake:
                self._over = self._due = True
                self._facts = msgspec.structs.replace(self._facts, status=None)
                self._wake.notify()
            self._thread.join(timeout)
            if self._thread.is_alive():
                self._alerts.warn(f"the last judgement took more than {timeout:g} s and was given up")
            self._thread = None
            self._alerts.finish(timeout)
        return self.report

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.finish()
        return False

    def _begin(self) -> None:
        """Start the thread, and read what was logged before a training was resumed."""
        if self._thread is None:
            self._over = False
            self._thread = threading.Thread(target=self._work, name="curvewise", daemon=True)
            if self._keeps_log and self._log is None and self._facts.state is None:
                self._resume()
            self._thread.start()

    def _resume(self) -> None:
        file = Path(self._folder or ".", LOG)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            content = file.read_bytes() if file.is_file() else b""
            rows = [json.loads(line) for _, line in whole_lines(content)[0]]
            self._log = file.open("ab", buffering=0)
            if content and not content.endswith(b"\n"):
                self._log.write(b"\n")
        except (OSError, ValueError) as error:
            self._keeps_log = False
            self._alerts.warn(f"the log cannot be kept in {file}: {error}")
            return
        self._rows = [*rows, *self._rows]
        self._written = len(rows)

    def _numbers(self, metrics: Mapping[str, Any]) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for name, value in metrics.items():
            try:
                numbers[str(name)] = float(value)
            except (TypeError, ValueError):
                self._alerts.warn(f"{name} is no number and is left out")
        return numbers

    def _work(self) -> None:
        """Judge whenever something is due, on the thread of the monitor."""
        judge: Judging | None = None
        sent, pause, over = 0, 0.0, False
        while not over:
            with self._wake:
                self._idle = True
                self._wake.notify_all()
                self._wake.wait_for(lambda: self._due)
                self._wake.wait_for(lambda: self._over or self._awaited, pause)
                rows, facts, over = self._rows[sent:], self._facts, self._over
                self._due = self._idle = False
                self._judged = len(self._rows)
            began = time.monotonic()
            try:
                self._write(sent + len(rows))
                judge = judge or self._judge()
                sent += len(rows)
                try:
                    judged = judge.take(rows, facts)
                except (EOFError, OSError):  # its process is gone
                    judge.close()
                    judge = Judge(self._settings)
                    judged = judge.take(self._rows[:sent], facts)
                self._see(judged)
            except CurvewiseError as error:  # nothing to judge yet, or no metric that is known
                if over:
                    self._alerts.warn(f"{error.problem}: {error.hint}")
            except Exception as error:
                self._alerts.warn(f"the training cannot be judged: {type(error).__name__}: {error}")
            pause = REST * (time.monotonic() - began)
        if judge is not None:
            judge.close()
        if self._log is not None:
            self._log.close()
            self._log = None
        with self._wake:
            self._idle = True
            self._wake.notify_all()

    def _write(self, count: int) -> None:
        """Write the rows to the log that are not there yet, up to so many."""
        if self._log is not None:
            try:
                self._log.write("".join(map(_line, self._rows[self._written : count])).encode())
            except OSError as error:
                self._alerts.warn(f"the log {LOG} cannot be written: {error}")
                self._log.close()
                self._log = None
        self._written = count

    def _judge(self) -> Judging:
        if not self._in_process:
            try:
                return Aside(self._settings)
            except OSError as error:
                self._alerts.warn(f"no process can be started to judge in, a thread does: {error}")
        return Judge(self._settings)

    def _see(self, judged: Judged) -> None:
        self.report = report = judged.report
        if judged.trouble:
            self._alerts.warn(judged.trouble)
        if (news := change(self._told, report)) is not None:
            self._told = report.diagnosis
            self._alerts.tell(news)
        if self.stopped_by is None and judged.stop is not None:
            self.stopped_by = judged.stop
            say(f"stop: {judged.stop.summary}")


def _is_evaluation(row: Row) -> bool:
    """Whether a row holds a metric of an evaluation, or a number that is none."""
    return any(
        (isinstance(value, float) and not math.isfinite(value)) or _is_validation(name)
        for name, value in row.items()
    )


@lru_cache(1024)
def _is_validation(name: str) -> bool:
    return "valid_" in (recognised(name) or "")


def _line(row: Row) -> str:
    return json.dumps(row) + "\n"


def _log(news: Change) -> None:
    severity = news.now.severity
    say(f"{severity}: {news.text}", logging.INFO if severity == "ok" else logging.WARNING)


def _rank() -> int:
    """Return the number of this process among those that train together; 0 for a single one."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    text = os.environ.get("RANK", "0")
    return int(text) if text.isdigit() else 0
