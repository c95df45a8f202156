"""The verbs that read: from a path or an address to a run, or to each of several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any

from curvewise.errors import (
    CurvewiseError,
    InputError,
    MixedRunsError,
    UnknownFormatError,
    UsageError,
)
from curvewise.joining import SEVERAL, finished, run_from
from curvewise.model.job import Job
from curvewise.model.listed_run import ListedRun
from curvewise.model.repeated import are_parts, without_repeats
from curvewise.model.run import KINDS, Kind, Run
from curvewise.parsing.decoding import read_metrics
from curvewise.plugin.places import ONE_RUN, Group, groups
from curvewise.plugin.run_files import RunFiles, recognised
from curvewise.plugin.source import Place, RunEntry
from curvewise.sources.files import STDIN
from curvewise.sources.tar import archive_in
from curvewise.sources.trainer_folder import checkpoints_on_disk
from curvewise.storage.walk import CHECKPOINT
from curvewise.text import abridged

Read = tuple[float | None, Run | CurvewiseError]
"""When a run was written, and it, or why it cannot be read."""


def load(path: object, *, kind: Kind | None = None, mapping: Mapping[str, str] | None = None) -> Run:
    """Read one training run.

    Parameters
    ----------
    path
        A file, a job folder, an output folder with ``checkpoint-*``, or ``-`` for standard input; or the
        address of a job on a service: ``ftjob-...``, ``openai://ftjob-...``, ``together://JOB``; or of what
        lies elsewhere: ``https://``, ``s3://``, ``gs://``, ``az://``, ``hf://USER/MODEL``,
        ``wandb://ENTITY/PROJECT/RUN``, ``mlflow://RUN``. `curvewise formats` lists all.
        ``PATH#NAME`` is one of several runs.
        Or what a program holds: a ``Trainer`` of Hugging Face or Lightning, ``trainer.state.log_history``, a
        Keras ``History``, a DataFrame, an Arrow stream, a list of dicts, or a dict of lists.
    kind
        ``"sft"``, ``"dpo"`` or ``"rft"``; found from the metrics when None.
    mapping
        For a table with column names of its own: canonical metric name to column.

    Returns
    -------
    Run
        What all files of the path together know of the run.

    Raises
    ------
    InputError
        If the path does not exist, nothing in it can be read, it holds several runs (the error names
        them), or nothing but that a job has begun.
    ServiceError
        If the service refuses, does not answer, or knows no such job.
    MissingExtraError
        If the package that speaks to the service is not installed.
    UsageError
        If it is neither a path nor an object that holds metrics.

    Examples
    --------
    >>> load([{"step": 10, "loss": 2.0}, {"step": 20, "loss": 1.5}, {"step": 20, "eval_loss": 1.6}])
    <Run 'list': sft, 2 metrics, checkpoints unknown>
    """
    if not isinstance(path, str | PathLike):
        return _load_object(path, kind, mapping or {})
    place, name = _split(fspath(path), kind, mapping)
    place, entries = _entries(place, name)
    with place.telling():
        return _only(place, entries, name, kind)


def _only(place: Place, entries: Iterator[RunEntry], name: str, kind: Kind | None) -> Run:
    """Read the one run of a place."""
    first, *more = islice(entries, 2)
    if more:
        names = [f"{place.text}#{entry.name}" for entry in chain([first], more, entries)]
        raise _several(place, names)
    parted = [] if name else list(islice(_parted(place), 2))
    read = list(_compared(parted[0], place, kind)) if len(parted) == 1 else []
    if len(read) == 1 and isinstance(run := read[0][1], Run):
        return run
    address = f"{place.text}#{name}" if name else place.text
    try:
        run = open_run(place, first, address, kind)
    except MixedRunsError as error:
        parts = [] if name else _parts(place)
        if len(parts) > 1:
            if all(part.is_folder for part in parts):
                why = f": {error.problem}" if len(parts) == 2 else ""
                error.problem, error.field = f"there are {len(parts):,} runs here{why}", None
            error.hint, error.runs = SEVERAL, [part.text for part in parts]
        raise
    if len(parted) > 1 or len(read) > 1:
        raise _several(place, [part.text for part in _parts(place)])
    return run


def _several(place: Place, runs: Sequence[str]) -> MixedRunsError:
    error = MixedRunsError(f"there are {len(runs):,} runs here", hint=SEVERAL, file=place.text)
    error.runs = runs
    return error


def load_all(
    path: str | PathLike[str],
    *,
    kind: Kind | None = None,
    mapping: Mapping[str, str] | None = None,
    on_error: Callable[[CurvewiseError], object] | None = None,
) -> Iterator[Run]:
    r"""Read every training run of a path, one when it is asked for.

    A folder whose files belong together is one run, as for `load`. A folder of several runs gives those
    of each file and folder in it.

    Parameters
    ----------
    path, kind, mapping
        As for `load`.
    on_error
        Called with the error of each run that cannot be read. When None, the other runs are read all the
        same, and the errors are raised after the last.

    Yields
    ------
    Run
        In the order of their names. `load` reads the ``source`` of each.

    Raises
    ------
    InputError
        If the path does not exist or holds no run; or at the end, if some runs cannot be read.
    ServiceError
        If the service refuses or does not answer.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as sweep:
    ...     for name, loss in ("a.csv", 2.5), ("b.csv", 1.5):
    ...         _ = Path(sweep, name).write_text(f"step,train_loss\n1,{loss}\n2,{loss - 1}\n")
    ...     [(run.name, run["train_loss"].value[0].item()) for run in load_all(sweep)]
    [('a', 2.5), ('b', 1.5)]
    """
    place, name = _split(fspath(path), kind, mapping)
    place, entries = _entries(place, name)
    unread: list[CurvewiseError] = []
    for _, result in _each_run(place, entries, kind, name):
        if isinstance(result, Run):
            yield result
        elif on_error is not None:
            on_error(result)
        else:
            unread.append(result)
    if len(unread) == 1:
        raise unread[0]
    if unread:
        raise InputError(
            f"{len(unread)} runs cannot be read: {abridged([error.place for error in unread])}",
            hint=f"the first: {unread[0].problem}; {unread[0].hint}",
            file=place.text,
        )


def runs(path: str | PathLike[str]) -> list[ListedRun]:
    """List the runs of a path; each is read, and one that cannot be read says why.

    Parameters
    ----------
    path
        As for `load_all`.

    Raises
    ------
    InputError
        If the path does not exist or holds no run.
    """
    place, name = _split(fspath(path), None, None)
    place, entries = _entries(place, name)
    return [_listed(place, *found) for found in _each_run(place, entries, None, name)]


def _load_object(value: Any, kind: Kind | None, mapping: Mapping[str, str]) -> Run:
    """Read what a program holds; a Trainer tells where its checkpoints lie, that of Lightning its log."""
    from curvewise.parsing.objects import as_document

    logs = getattr(getattr(value, "logger", None), "log_dir", None)
    if isinstance(logs, str) and Place(logs).is_folder:  # of Lightning, whose Trainer keeps last values
        return load(logs, kind=kind, mapping=mapping)
    _require_kind(kind)
    document = as_document(value, mapping)
    output = getattr(getattr(value, "args", None), "output_dir", "")
    place = Place(output if isinstance(output, str) else "")
    saved = checkpoints_on_disk(place.listing.checkpoints if place.is_folder else ())
    try:
        return run_from(RunFiles((document,), document.name, *saved), document.name, kind=kind)
    except UnknownFormatError as error:
        error.problem = f"no metric is recognised: {error.problem.partition(': ')[2]}"
        error.hint = 'name the keys: `load(..., mapping={"step": KEY, "train_loss": KEY})`'
        held = document.json.values() if document.is_json and isinstance(document.json, dict) else ()
        lengths = sorted({len(each) for each in held if isinstance(each, list)})
        if len(lengths) > 1:
            error.problem = f"its lists have {' and '.join(map(str, lengths))} values"
            error.hint = "give each as many, with None for no value, or use `Run.from_series`"
        raise


def _listed(place: Place, written_at: float | None, result: Run | CurvewiseError) -> ListedRun:
    if isinstance(result, Run):
        return ListedRun(
            address=result.source,
            name=result.name,
            kind=result.kind,
            last_step=result.last_step,
            status=result.status,
            written_at=written_at,
        )
    address = result.file or place.text
    return ListedRun(
        address=address, name=PurePath(address).name, written_at=written_at, problem=result.problem
    )


def _require_kind(kind: Kind | None) -> None:
    if kind is not None and kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}", hint=f"expected one of {', '.join(KINDS)}")


def _split(text: str, kind: Kind | None, mapping: Mapping[str, str] | None) -> tuple[Place, str]:
    """Part ``PATH#NAME``, unless a file has this very name."""
    _require_kind(kind)
    whole = Place(text, mapping)
    before, _, name = text.partition("#") if whole.scheme else text.rpartition("#")
    if not before or not name:
        return whole, ""
    exists = before == STDIN or os.path.lexists(before) or bool(archive_in(before))
    is_page = whole.scheme and name.startswith("/")  # of a program that runs in the browser
    if is_page or (not whole.scheme and (os.path.lexists(text) or not exists)):
        return whole, ""
    return Place(before, mapping), name


def _entries(place: Place, name: str = "") -> tuple[Place, Iterator[RunEntry]]:
    """List the runs of a place, or the one of a name, which may be a part of a folder."""
    source = place.source
    if source is None:
        raise UsageError(
            f"{place.shown!r} is no address that can be read",
            hint="`curvewise formats` lists those that are; else download the file and pass its path",
        )
    place, entries = source.listed(place)
    with place.telling():
        return _chosen(place, entries, name)


def _chosen(place: Place, entries: Iterator[RunEntry], name: str) -> tuple[Place, Iterator[RunEntry]]:
    if not name:
        first = next(entries, None)
        if first is None:
            raise InputError("there is no run here", hint="pass the path of a run", file=place.text)
        return place, chain([first], entries)
    listed = list(entries)
    for entry in listed:
        if entry.name == name:
            return place, iter([entry])
    if name.isdecimal() and 0 < int(name) <= len(listed) > 1:
        return place, iter([listed[int(name) - 1]])
    for part in place.parts:
        if PurePath(part.text).name == name:
            return _entries(part)
    names = [entry.name for entry in listed]
    if len(listed) < 2:
        names = [PurePath(part.text).name for part in _parts(place)]
    raise UsageError(
        f"there is no run {name!r} here",
        hint=f"pass one of these: {abridged([f'{place.text}#{each}' for each in names])}"
        if names
        else f"pass {place.text} alone",
        field=place.text,
    )


def _parted(place: Place) -> Iterator[Group | CurvewiseError]:
    """Part a folder into what is read each by itself; nothing where the folder is one place."""
    found = groups(place, set()) if place.is_folder else iter(())
    first = next(found, None)
    is_whole = isinstance(first, Group) and first.paths == [place.text]
    return iter(()) if first is None or is_whole else chain([first], found)


def _each_run(place: Place, entries: Iterator[RunEntry], kind: Kind | None, name: str = "") -> Iterator[Read]:
    """Give when each run of a path was written, and it, or the error that says why it cannot be read."""
    head = list(islice(entries, 2))
    found = chain.from_iterable(_compared(group, place, kind) for group in _parted(place))
    first = None if name or len(head) > 1 else next(found, None)
    return _each(place, chain(head, entries), kind, name) if first is None else chain([first], found)


def _compared(
    group: Group | CurvewiseError, place: Place, kind: Kind | None, *, is_whole: bool = True
) -> Iterator[Read]:
    """Give the runs of some places; those that log one training are one, and so are those of its parts."""
    if isinstance(group, CurvewiseError):
        yield None, place.told(group)
        return
    parts = [Place(path, place.mapping, place.original) for path in group.paths]
    read = chain.from_iterable(_each_part(part, place, kind) for part in parts)
    if not 1 < len(parts) <= ONE_RUN:
        yield from read
        return
    found = list(read)
    distinct = without_repeats([each for _, each in found if isinstance(each, Run)])
    if is_whole and are_parts(distinct):  # its programs log a part of it each
        yield from _each(*_entries(group.place), kind)
    else:
        yield from _distinct(found, distinct)


def _distinct(found: Sequence[Read], runs: Sequence[Run]) -> Iterator[Read]:
    """Leave out what logs again the training of another."""
    kept = {run.source: run for run in runs}
    for written_at, result in found:
        if not isinstance(result, Run):
            yield written_at, result
        elif result.source in kept:
            yield written_at, kept[result.source]


def _each(place: Place, entries: Iterator[RunEntry], kind: Kind | None, name: str = "") -> Iterator[Read]:
    """Give the runs that a source lists, or those of each part where one turns out to be several."""
    head = list(islice(entries, 2))
    for entry in chain(head, entries):
        address = f"{place.text}#{entry.name}" if name or len(head) > 1 else place.text
        try:
            yield entry.written_at, open_run(place, entry, address, kind)
        except CurvewiseError as error:
            if len(head) == 1 and _holds_several(place, error):
                parts = Group(place, [part.text for part in place.parts])
                yield from _compared(parts, place, kind, is_whole=False)
            else:
                yield entry.written_at, place.told(error.at(file=address))


def _holds_several(place: Place, error: CurvewiseError) -> bool:
    """Whether an error comes from several runs in a folder, or from one of them that cannot be read."""
    if isinstance(error, MixedRunsError):
        return bool(place.parts)
    folders = [part for part in place.parts if part.is_folder and not CHECKPOINT.fullmatch(part.path.name)]
    return len(folders) > 1 and not isinstance(error, UnknownFormatError)


def _each_part(part: Place, place: Place, kind: Kind | None) -> Iterator[Read]:
    try:
        for written_at, result in _each(*_entries(part), kind):
            if not isinstance(result, UnknownFormatError):  # it is no run, but lies beside one
                yield written_at, result
    except CurvewiseError as error:
        yield None, place.told(error.at(file=part.text))


def _parts(place: Place) -> list[Place]:
    """Return the files and folders of a folder that can be read as runs of their own."""
    return [
        part
        for part in place.parts
        if part.is_folder or recognised({part.text: partial(read_metrics, part.text)}, place.mapping)[0]
    ]


def open_run(place: Place, entry: RunEntry, address: str, kind: Kind | None = None) -> Run:
    """Read a run that a source lists; one of which nothing is known yet is an error."""
    opened = entry.open()
    if isinstance(opened, RunFiles):
        run = run_from(opened, address, kind=kind)
    else:
        run = finished(opened, address, entry.name, kind)
    _require_news(run)
    return place.named(run)


def _require_news(run: Run) -> None:
    """Refuse a job of which nothing is known but that no error was reported: that is no all-clear."""
    if run.metrics or run.checkpoints or run.error or not run.status:
        return
    phase = Job(id=run.id, status=run.status).phase
    address = run.source if "://" in run.source else run.id or "JOB"
    if phase != "over":
        raise InputError(
            f"the job is {run.status} and has no value of any metric yet",
            hint=f"`curvewise watch {address}` follows it",
            file=run.source,
        )
    if run.status == "succeeded":
        raise InputError(
            "the job succeeded, and there is no value of any metric",
            hint="its events and result files may have been deleted; without them nothing can be judged",
            file=run.source,
        )
