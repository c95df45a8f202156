"""Evaluations: the folder that holds what a harness measured, line by line as it came.

::

    EVALDIR/evaluation.json            all of the `Evaluation` but its samples
    EVALDIR/samples/<contender>.jsonl  one sample a line, appended as they come
    EVALDIR/plan.json                  which samples were to be done, to tell what is missing
    EVALDIR/logs/                      what the harness itself writes
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from curvewise.errors import InputError, MalformedError, UsageError
from curvewise.model.evaluation import SCHEMA_VERSION, Evaluation, Sample
from curvewise.model.run import Note
from curvewise.storage.files import read_stored, write_file
from curvewise.storage.lines import Lines, cannot_write, read_lines
from curvewise.storage.lock import locked

HEADER, PLAN, SAMPLES, LOGS = "evaluation.json", "plan.json", "samples", "logs"
HINT = "name a folder that `curvewise evaluate` has written"
NO_PLAN = "remove the file: it is written again, and no sample is lost"


def read_evaluation(path: str) -> Evaluation:
    """Read a folder of results; of several results of a sample the first success counts, else the first."""
    folder = EvaluationFolder(path)
    header = folder.header()
    if header is None:
        raise InputError(f"there is no {HEADER}, so this is no evaluation", hint=HINT, file=path)
    try:
        header.failure()
    except UsageError as error:
        raise MalformedError(
            error.problem, hint=HINT, file=str(folder.path / HEADER), field=error.field
        ) from error
    notes: list[Note] = []
    samples: dict[str, tuple[Sample, ...]] = {}
    for contender in header.contenders:
        samples[contender.name], cut = folder.samples(contender.name)
        if cut:
            text = f"The last line of the samples of {contender.name} was cut and is not counted."
            notes.append(Note("cut_sample", text))
    return msgspec.structs.replace(header, samples=samples, notes=(*header.notes, *notes))


class EvaluationFolder:
    """A folder of results, written by one process at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.logs = self.path / LOGS

    def header(self) -> Evaluation | None:
        """Return everything but the samples; None if nothing is stored yet."""
        file = self.path / HEADER
        content = read_stored(file)
        if content is None:
            return None
        try:
            header = msgspec.json.decode(content, type=Evaluation)
        except (ValueError, RecursionError) as error:
            raise MalformedError(f"this is no evaluation: {error}", hint=HINT, file=str(file)) from error
        if header.schema_version > SCHEMA_VERSION:
            raise MalformedError(
                f"the evaluation has the schema version {header.schema_version}; this curvewise reads up to "
                f"{SCHEMA_VERSION}",
                hint="update curvewise",
                file=str(file),
                field="schema_version",
            )
        if header.scale is not None and header.scale[0] == header.scale[1]:
            problem = f"the worst and the best score are both {header.scale[0]:g}"
            raise MalformedError(problem, hint=HINT, file=str(file), field="scale")
        return header

    def write_header(self, evaluation: Evaluation) -> None:
        """Write everything but the samples."""
        self._write(HEADER, msgspec.structs.replace(evaluation, samples={}))

    def plan(self) -> Mapping[str, object] | None:
        """Return the stored plan; None if nothing is stored yet."""
        file = self.path / PLAN
        content = read_stored(file)
        try:
            return None if content is None else msgspec.json.decode(content, type=dict[str, object])
        except (ValueError, RecursionError) as error:
            raise MalformedError(
                f"this is no plan of an evaluation: {error}", hint=NO_PLAN, file=str(file)
            ) from error

    def write_plan(self, plan: object) -> None:
        """Write the plan."""
        self._write(PLAN, plan)

    def samples_file(self, contender: str) -> Path:
        """Return the file for the samples of a contender."""
        return self.path / SAMPLES / f"{file_name(contender)}.jsonl"

    def samples(self, contender: str) -> tuple[tuple[Sample, ...], bool]:
        """Return the samples of a contender in stored order, and whether the last line was cut."""
        lines, cut = self._lines(contender)
        kept: dict[tuple[str, int], Sample] = {}
        for sample in lines:
            key = sample.id, sample.epoch
            if key not in kept or kept[key].score is None:
                kept[key] = sample
        return tuple(kept.values()), cut

    def failures(self, contender: str) -> dict[str, int]:
        """Count the failures of each attempt, by ``id/epoch``."""
        from collections import Counter

        return Counter(f"{each.id}/{each.epoch}" for each in self.stored(contender) if each.score is None)

    def stored(self, contender: str) -> list[Sample]:
        """Return every stored line of a contender, including failures that were repeated."""
        return self._lines(contender)[0]

    def _lines(self, contender: str) -> tuple[list[Sample], bool]:
        hint = "remove the line: its sample is then asked for again"
        return read_lines(self.samples_file(contender), Sample, "sample", hint)

    def appender(self, contender: str) -> Lines:
        """Open the samples of a contender for appending."""
        return Lines(self.samples_file(contender))

    def append(self, contender: str, samples: Iterable[Sample]) -> None:
        """Append samples, and sync them to the disk."""
        with self.appender(contender) as lines:
            lines.write(map(msgspec.json.encode, samples))

    def lock(self) -> AbstractContextManager[int]:
        """Lock the folder for this process and the children that inherit the handle."""
        return locked(
            self.path,
            ".lock",
            taken="another `curvewise evaluate` is writing to this folder",
            hint="wait until it has ended; one that was killed still takes in the answers under way",
        )

    def _write(self, name: str, value: object) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_file(self.path / name, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
        except OSError as error:
            raise cannot_write(error, self.path / name) from error


def file_name(contender: str) -> str:
    """Return a safe and unique file name for a contender.

    >>> file_name("step 70"), file_name("../etc")
    ('step 70', 'etc-f7f9121f')
    """
    import hashlib
    import re

    safe = re.sub(r"[^A-Za-z0-9_. -]+", "-", contender)[:80].strip("-. ")
    if safe and safe == contender.lower():  # some file systems ignore case
        return safe
    digest = hashlib.sha256(contender.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe}-{digest}".lstrip("-")
