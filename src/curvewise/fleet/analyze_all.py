"""The verb that judges a fleet: every run below some paths, one row each, and what they say together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec

from curvewise import plugin
from curvewise.config import Profile
from curvewise.engine import chosen_by
from curvewise.errors import CurvewiseError, UsageError
from curvewise.fleet.engines import Engine, engine_of, run
from curvewise.fleet.finding import Unit, find
from curvewise.fleet.judging import Rules, judge, refused
from curvewise.fleet.summary import summary
from curvewise.fleet.table import (
    ENDINGS,
    decode_rows,
    encode_rows,
    is_table,
    read_table,
    require_writable,
    write_table,
)
from curvewise.loading import load
from curvewise.model.fleet import Fleet, FleetRow
from curvewise.model.task_names import base
from curvewise.plugin.source import Place
from curvewise.storage.lines import Lines, read_lines
from curvewise.text import abridged, printable

CHUNK = 16
"""Units that a process judges at once, and that are lost with it."""
FEW = 8
"""Runs that are read again to see why none could be judged."""
PARTIAL = ".partial"
"""Ending of the file beside the table that holds what is done, until all is."""


def analyze_all(
    paths: Iterable[str | os.PathLike[str]],
    *,
    profile: Profile | None = None,
    by: str | None = None,
    group: Sequence[str] = (),
    table: str | os.PathLike[str] | None = None,
    resume: bool = False,
    jobs: int | None = None,
    engine: str = "pool",
    progress: Callable[[int, int], object] | None = None,
) -> Fleet:
    r"""Judge every run below some paths, in several processes.

    Parameters
    ----------
    paths
        Folders, files, patterns and addresses; folders are searched to any depth, and what lies together is
        one run. The table of an earlier call is read back, and not judged again.
    profile
        Thresholds that differ from the checks' defaults.
    by
        Metric to choose checkpoints and the best run by; a table must hold runs that were judged by it.
    group
        Hyperparameters to average over, such as ``("seed",)``.
    table
        Where to write one row a run: a file ``.parquet`` (needs ``curvewise[fast]``), ``.csv`` or ``.jsonl``.
        What is done so far is kept beside it until all is.
    resume
        Go on from what a stopped call had done, and from the table itself: files whose size and time, or
        whose content, are what they were are not judged again.
    jobs
        Processes; one for each core when None.
    engine
        Where runs are judged: in a ``"pool"`` of processes, by ``"ray"`` or by ``"dask"``, each with its
        extra; where these have a cluster already, on that.
    progress
        Called with how many files are done, and how many there are.

    Returns
    -------
    Fleet

    Raises
    ------
    UsageError
        If the table has another ending, `resume` has no table, no run has a hyperparameter of `group`, or
        none can be judged by `by`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as sweep:
    ...     for name, loss in ("lr=1.csv", 2.5), ("lr=2.csv", 1.5):
    ...         _ = Path(sweep, name).write_text(f"step,train_loss\n1,{loss}\n2,{loss - 1}\n")
    ...     found = analyze_all([sweep], jobs=1)
    >>> found.judged, [row.hyperparameters for row in found.rows]
    (2, [{'lr': 1.0}, {'lr': 2.0}])
    """
    named = [os.fspath(path) for path in paths]
    out = None if table is None else Path(table)
    if out is not None and out.suffix not in ENDINGS:
        raise UsageError(f"{str(out)!r} is no table", hint=f"name a file that ends in {' or '.join(ENDINGS)}")
    if resume and out is None:
        raise UsageError("there is no table to resume from", hint="name it with -o")
    if out is not None:
        require_writable(out)
    tabled = _tabled([path for path in named if is_table(path)], by)
    searched = [path for path in named if not is_table(path)]
    journal = None if out is None else out.with_name(out.name + PARTIAL)
    earlier = _earlier(out, journal) if resume else {}
    if journal is not None and not resume:
        journal.unlink(missing_ok=True)
    rules = Rules(profile or Profile(), by, "" if engine == "pool" else os.getcwd())  # noqa: PTH109 - a text
    kept, left = _sorted(find(searched), earlier, rules)
    rows = list(kept)
    with ExitStack() as stack:
        lines = stack.enter_context(Lines(journal)) if journal is not None else None
        for done in _judged(left, earlier, rules, partial(_engine, engine, jobs), progress):
            rows.extend(decode_rows(done))
            if lines is not None:
                lines.write(done)
    rows = _once([*rows, *tabled])
    if by is not None and not any(row.metric for row in rows):
        _require_metric(rows, by)
    fleet = summary(rows, group=group, metric=by)
    if out is not None and journal is not None:
        write_table(out, rows)
        journal.unlink(missing_ok=True)
    return fleet


Earlier = Mapping[str, Mapping[str, FleetRow]]
"""What is known of each file from an earlier call, by its path and the address of the run."""


def _tabled(tables: Sequence[str], by: str | None) -> list[FleetRow]:
    """Read the rows of some tables, whose checkpoints were chosen already."""
    rows = [row for path in tables for row in read_table(path)]
    metrics = sorted({row.metric for row in rows if row.metric})
    if by is not None and metrics and base(by) not in map(base, metrics):
        hint = f"its runs are judged by {abridged(metrics)}; pass the runs to judge them by another"
        raise UsageError(f"no run of the table is judged by {by!r}", hint=hint)
    return rows


def _require_metric(rows: Sequence[FleetRow], by: str) -> None:
    """Refuse a metric by which none of the first runs that can be read is judged."""
    for row in rows[:FEW]:
        try:
            run = load(row.address)
        except CurvewiseError:
            continue
        try:
            chosen_by(run, by)
        except UsageError as error:
            problem = f"no run can be judged by {by!r}, such as {row.address}"
            raise UsageError(problem, hint=error.hint) from None


def _once(rows: Iterable[FleetRow]) -> list[FleetRow]:
    """Sort rows, and keep one of a run that several paths reach."""
    found = {(row.address, row.content, row.problem): row for row in rows}
    return [found[key] for key in sorted(found)]


def _earlier(out: Path | None, journal: Path | None) -> Earlier:
    """Return the rows of an earlier call; of a run that has several, the last that was written."""
    known: dict[str, dict[str, FleetRow]] = {}
    kept = [] if out is None or not out.exists() else read_table(str(out))
    if journal is not None:
        kept += read_lines(journal, FleetRow, "row of a fleet", "remove the file, and start again")[0]
    for row in kept:
        known.setdefault(row.file, {})[row.address] = row
    return known


def _sorted(
    found: Iterator[Unit | CurvewiseError], earlier: Earlier, rules: Rules
) -> tuple[list[FleetRow], list[Unit]]:
    """Return the rows that need no judging, and what is to be judged.

    A row of other thresholds, or of another version of curvewise, is judged again.
    """
    kept: list[FleetRow] = []
    left: list[Unit] = []
    seen: set[str] = set()
    for unit in found:
        if isinstance(unit, CurvewiseError):
            kept.append(refused(printable(unit.file or ""), unit))
            continue
        if _place(unit) in seen:
            continue
        seen.add(_place(unit))
        if unit.stamp:
            unit = msgspec.structs.replace(unit, stamp=f"{rules.mark}:{unit.stamp}")
        own = [row for row in _own(unit, earlier) if row.stamp.startswith(f"{rules.mark}:")]
        if own and own[0].stamp == unit.stamp:
            kept.extend(own)
        else:
            left.append(msgspec.structs.replace(unit, digest=own[0].digest) if own else unit)
    return kept, left


def _place(unit: Unit) -> str:
    """Return what is the same for the same run below paths that overlap."""
    return unit.address if "://" in unit.path else f"{os.path.abspath(unit.path)}#{unit.name}"  # noqa: PTH100 - a text


def _judged(
    left: Sequence[Unit],
    earlier: Earlier,
    rules: Rules,
    started: Callable[[int], Engine | None],
    progress: Callable[[int, int], object] | None,
) -> Iterator[list[bytes]]:
    """Yield the rows of each chunk, encoded."""
    total = len(left)
    chunks = [left[start : start + CHUNK] for start in range(0, total, CHUNK)]
    done = 0
    for results in run(partial(_encoded, rules=rules), chunks, started(len(chunks)), _lost):
        yield [line for each in results for line in _lines(each, earlier)]
        done = min(done + CHUNK, total)
        if progress is not None:
            progress(done, total)


def _engine(name: str, jobs: int | None, chunks: int) -> Engine | None:
    """Start an engine; none where this process alone is as quick."""
    workers = jobs or os.cpu_count() or 1
    if name == "pool" and (workers == 1 or chunks < 2):
        return None
    plugin.load_all()  # once, before the processes begin
    return engine_of(name, workers)


def _own(unit: Unit, earlier: Earlier) -> list[FleetRow]:
    rows = earlier.get(unit.path, {})
    if unit.name:
        return [rows[unit.address]] if unit.address in rows else []
    return list(rows.values())


def _encoded(units: Sequence[Unit], rules: Rules) -> list[bytes | Unit]:
    """Judge some units, and encode the rows, which is the smallest form to send."""
    judged = judge(units, rules)
    return [each if isinstance(each, Unit) else encode_rows([each])[0] for each in judged]


def _lines(result: bytes | Unit, earlier: Earlier) -> list[bytes]:
    """Return a row, or those of a file that is what it was, with its new time."""
    if isinstance(result, bytes):
        return [result]
    return encode_rows(msgspec.structs.replace(row, stamp=result.stamp) for row in _own(result, earlier))


def _lost(unit: Unit) -> list[bytes | Unit]:
    problem = "the process that read it died"
    row = refused(unit.address, CurvewiseError(problem, hint="read it alone to see why; it may need memory"))
    return [*encode_rows([msgspec.structs.replace(row, file=Place(unit.path).shown, stamp=unit.stamp)])]
