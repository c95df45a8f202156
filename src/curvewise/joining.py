"""From the documents of a run to the run: each is read by the format that recognises it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import msgspec

from curvewise.derived.full_pass import as_measured
from curvewise.derived.planned import with_plan
from curvewise.derived.standard_errors import with_standard_errors
from curvewise.derived.unrewarded import as_reinforced, as_supervised
from curvewise.errors import CurvewiseError, InputError, MalformedError, MixedRunsError, UnknownFormatError
from curvewise.model.merge import merge
from curvewise.model.repeated import without_repeats
from curvewise.model.run import Checkpoint, Kind, Run
from curvewise.parsing.document import Document
from curvewise.parsing.large_rows import is_array
from curvewise.parsing.table import shown
from curvewise.plugin.file_format import FileFormat, format_of
from curvewise.plugin.run_files import RunFiles, malformed_note
from curvewise.storage.walk import EPOCH, EPOCH_FOLDER

SEVERAL = "pass one of them, several to `curvewise check` or `compare`, or all to `curvewise fleet`:"


def run_from(files: RunFiles, source: str, *, kind: Kind | None = None) -> Run:
    """Join what the documents of one run know; a malformed one beside others of its folder fails alone."""
    runs: list[Run] = []
    malformed: list[MalformedError] = []
    readable: list[str] = []
    for document in files.documents:
        try:
            runs.append(read(document))
            readable.append(document.name)
        except MalformedError as error:
            malformed.append(error)
    for refusal in malformed:  # one alone in its folder may be another run
        if PurePath(refusal.file or "").parent not in {PurePath(name).parent for name in readable}:
            raise refusal
    if files.checkpoints is not None:
        runs.append(Run(checkpoints=_counted_as_logged(files.checkpoints, runs)))
    try:
        run = _merged(runs)
    except MixedRunsError as error:
        error.at(file=source)
        raise
    if malformed and not run.metrics:
        raise malformed[0]
    told = [malformed_note(malformed)] if malformed else []
    keeps_best = run.hyperparameters.get("best_model_checkpoint") or run.hyperparameters.get(
        "load_best_model_at_end"
    )  # then the weights at the end may be those of the best step
    run = msgspec.structs.replace(
        run,
        notes=(*run.notes, *files.notes, *told),
        validation_examples=run.validation_examples or files.validation_examples,
        final_model=run.final_model or (None if keeps_best else files.final_model),
    )
    return finished(run, source, files.name, kind)


def _merged(runs: Sequence[Run]) -> Run:
    """Join what the documents know; where they contradict each other, the same may have been logged twice."""
    try:
        return merge(runs)
    except MixedRunsError:
        fewer = without_repeats(runs)
        if len(fewer) == len(runs):
            raise
        return merge(fewer)


def _counted_as_logged(saved: tuple[Checkpoint, ...], runs: Sequence[Run]) -> tuple[Checkpoint, ...]:
    """Count the epochs of checkpoints as a log does: from 0, or in steps."""
    logged = [series for run in runs for series in run.metrics.values() if len(series)]
    first = min((series.first_step for series in logged), default=1)
    last = max((series.last_step for series in logged), default=0)
    lengths = [run.steps_per_epoch for run in runs if run.steps_per_epoch]
    folders = [one.step for one in saved if (one.id or "").startswith(EPOCH_FOLDER)]
    if folders and not lengths and last % max(folders) == 0:
        lengths = [last / max(folders)]  # one is written at the end of each epoch, the last one included
    length = lengths[0] if lengths else 1.0
    ahead = 1 if first == 0 and length == 1 else 0  # Keras names its files from 1 all the same
    return tuple(
        msgspec.structs.replace(one, step=round(one.step * length) - ahead)
        if (one.id or "").startswith(EPOCH)
        else one
        for one in saved
    )


def finished(run: Run, source: str, name: str, kind: Kind | None) -> Run:
    """Refuse a run without anything to judge, and say where it comes from."""
    if not run.metrics and run.checkpoints is None and run.status is None:
        raise InputError(
            "there is no value of any metric", hint="wait until the first step has been logged", file=source
        )
    run = msgspec.structs.replace(
        run, name=run.name or name, source=source, declared_kind=kind or run.declared_kind
    )
    return with_standard_errors(with_plan(as_reinforced(as_supervised(as_measured(run)))))


def read(document: Document) -> Run:
    """Read one document with the format that recognises it.

    Raises
    ------
    UnknownFormatError
        If no format does.
    """
    try:
        if (form := format_of(document)) is not None:
            _require_one(form, document)
            return form(document)
        if document.refusal is not None:
            raise document.refusal
        if document.is_json and is_report(document.json):
            raise UnknownFormatError(
                "this is a report that was written earlier; expected a run",
                hint="`curvewise report`, `compare` and `plot` take it; to judge the run, give its files",
            )
        raise UnknownFormatError(
            _describe(document),
            hint="run `curvewise formats` to see what can be read, or name the columns with "
            "`--map train_loss=COLUMN` and `--map step=COLUMN`"
            if document.is_json or document.columns
            else "expected lines such as `step 10: loss 1.2`, or a table below the names of its columns; "
            "`curvewise formats` lists what can be read",
        )
    except CurvewiseError as error:
        error.at(file=document.name)
        raise


def _require_one(form: FileFormat, document: Document) -> None:
    parts = form.split(document) if form.split is not None else ()
    if len(parts) > 1:
        error = MixedRunsError(f"{len(parts):,} runs stand here one after the other", hint=SEVERAL)
        error.runs = [part.name for part in parts]
        raise error


def is_report(value: object) -> bool:
    """Tell whether a JSON value is a report that was written earlier, or a list of them."""
    first = value[0] if is_array(value) and value else value
    return isinstance(first, dict) and {"schema_version", "headline"} <= first.keys()


def _describe(document: Document) -> str:
    if document.is_json:
        value = document.rows if document.is_json_lines else document.json
        first = value[0] if is_array(value) and value else value
        keys = list(first)[:6] if isinstance(first, dict) else []
        empty = "an object without keys" if isinstance(value, dict) else "an array"
        many = "an object" if first is value else "objects"
        held = f"{many} with the keys {', '.join(map(repr, keys))}" if keys else empty
        return f"this JSON is no known metrics file: it holds {held}"
    if document.columns:
        columns = ", ".join(map(repr, document.columns[:6]))
        return f"no metric is recognised among the columns {columns}"
    first = next(line for line in document.data.split(b"\n") if line.strip())
    begins = shown(first[:200].decode("utf-8", "replace").strip())
    return f"no metric is recognised in this text, which begins {begins}"
