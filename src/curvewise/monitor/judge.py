"""Judge: takes what a training logs, and gives its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curvewise.config import Profile
from curvewise.engine import analyze
from curvewise.joining import run_from
from curvewise.model.codec import encode_reports
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.report import Report
from curvewise.model.run import Checkpoint, Kind
from curvewise.monitor.patience import Patience
from curvewise.parsing.document import JsonDocument
from curvewise.plugin import Style, reporters
from curvewise.plugin.run_files import RunFiles
from curvewise.storage.files import write_file

Row = Mapping[str, Any]
REPORT, PAGE, LOG = "curvewise.json", "curvewise.html", "curvewise.jsonl"
"""What is kept beside the checkpoints: the report, its page, and the log of a loop that keeps none itself."""
POINTS = 2_000
"""Points of a curve of the report: enough to look at while it grows."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a training says of itself.

    Parameters
    ----------
    state
        The other keys of a ``trainer_state.json``, where the rows are its ``log_history``; else None.
    saved
        Folder of each checkpoint that there is, by step; None when nobody tells.
    status
        ``running``, or None once it is over.
    """

    name: str = ""
    kind: Kind | None = None
    base_model: str | None = None
    planned_steps: int | None = None
    steps_per_epoch: float | None = None
    validation_examples: int | None = None
    hyperparameters: Mapping[str, str | float | bool | None] = {}
    state: Mapping[str, Any] | None = None
    saved: Mapping[int, str] | None = None
    status: str | None = "running"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to judge, what to stop for, and where to keep the report; None keeps none."""

    folder: str | None = None
    stop_on: tuple[str, ...] = ()
    patience: int | None = None
    page: bool = True
    profile: Profile | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()


class Judged(NamedTuple):
    """A report, the diagnosis that is reason to stop, and why the report could not be kept, or nothing."""

    report: Report
    stop: Diagnosis | None
    trouble: str


class Judge:
    """Judges all that was logged so far, each time that something is added."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rows: list[Row] = []
        self._patience = Patience(settings.stop_on, settings.patience)

    def take(self, rows: Sequence[Row], facts: Facts) -> Judged:
        """Judge with some rows more."""
        self._rows.extend(rows)
        value = self._rows if facts.state is None else {**facts.state, "log_history": self._rows}
        saved = None
        if facts.saved is not None:
            saved = tuple(Checkpoint(step=step, model=path) for step, path in sorted(facts.saved.items()))
        files = RunFiles((JsonDocument("what was logged", value),), facts.name or "training", saved)
        run = run_from(files, self._settings.folder or files.name, kind=facts.kind)
        run = msgspec.structs.replace(
            run,
            status=facts.status,
            base_model=facts.base_model or run.base_model,
            planned_steps=facts.planned_steps or run.planned_steps,
            steps_per_epoch=facts.steps_per_epoch or run.steps_per_epoch,
            validation_examples=facts.validation_examples or run.validation_examples,
            hyperparameters={**run.hyperparameters, **facts.hyperparameters},
        )
        how = self._settings
        report = analyze(run, profile=how.profile, select=how.select, ignore=how.ignore, points=POINTS)
        return Judged(report, self._patience.ends(report), self._keep(report))

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _keep(self, report: Report) -> str:
        if self._settings.folder is None:
            return ""
        folder = Path(self._settings.folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_file(folder / REPORT, encode_reports([report]))
            if self._settings.page:
                write_file(folder / PAGE, reporters()["html"]([report], Style()))
        except OSError as error:
            return f"the report cannot be kept in {folder}: {error.strerror or error}"
        return ""
