"""The verbs: load a run, analyze it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fspath

import msgspec

from curvewise import plugin
from curvewise.comparable.curves import curves_to_draw
from curvewise.config import Profile
from curvewise.errors import CurvewiseError, InputError, MixedRunsError, UnknownFormatError, UsageError
from curvewise.model.finding import STATUSES, Finding
from curvewise.model.merge import merge
from curvewise.model.report import Report, RunFacts
from curvewise.model.run import KINDS, Kind, Run
from curvewise.model.selection import Selection
from curvewise.reading.document import Document
from curvewise.sources import local
from curvewise.version import VERSION


def load(
    path: str | PathLike[str], *, kind: Kind | None = None, mapping: Mapping[str, str] | None = None
) -> Run:
    """Read one training run.

    Parameters
    ----------
    path
        A file, a job folder, an output folder with ``checkpoint-*``, or ``-`` for standard input.
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
        If the path does not exist, nothing in it can be read, or it holds several runs.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}", hint=f"expected one of {', '.join(KINDS)}")
    path = fspath(path)
    found = local.find(path, mapping or {})
    runs = [read(document) for document in found.documents]
    if found.checkpoints is not None:
        runs.append(Run(checkpoints=found.checkpoints))
    try:
        run = merge(runs)
    except MixedRunsError as error:
        error.at(file=path)
        raise
    if not run.metrics and run.checkpoints is None and run.status is None:
        raise InputError(
            "there is no value of any metric", hint="wait until the first step has been logged", file=path
        )
    return msgspec.structs.replace(
        run,
        name=run.name or found.name,
        source=path,
        declared_kind=kind or run.declared_kind,
        notes=(*run.notes, *found.notes),
    )


def read(document: Document) -> Run:
    """Read one document with the format that recognises it.

    Raises
    ------
    UnknownFormatError
        If no format does.
    """
    try:
        for candidate in sorted(plugin.formats().values(), key=lambda each: each.generic):
            if document.mapping and not candidate.generic:
                continue  # the user maps columns, so the names in the file mean what the user says
            if candidate.recognise(document):
                return candidate(document)
        raise UnknownFormatError(
            _describe(document),
            hint="run `curvewise formats` to see what can be read, or name the columns with "
            "`--map train_loss=COLUMN` and `--map step=COLUMN`",
        )
    except CurvewiseError as error:
        error.at(file=document.name)
        raise


def _describe(document: Document) -> str:
    if document.is_json:
        value = document.json
        keys = list(value)[:6] if isinstance(value, dict) else []
        held = (
            f"an object with the keys {', '.join(map(repr, keys))}" if keys else f"a {type(value).__name__}"
        )
        return f"this JSON is no known metrics file: it holds {held}"
    if document.header:
        columns = ", ".join(map(repr, document.header[:6]))
        return f"no metric is recognised among the columns {columns}"
    return "the content is neither a table nor JSON"


def analyze(
    run: Run,
    *,
    profile: Profile | None = None,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> Report:
    """Judge a run with every check and choose among its checkpoints.

    Parameters
    ----------
    run
        The run.
    profile
        Thresholds that differ from the checks' defaults.
    select
        Names of the only checks to run; all of them when None.
    ignore
        Names of checks to leave out.

    Returns
    -------
    Report

    Raises
    ------
    UsageError
        If a name is not that of a check.
    ConfigError
        If the profile does not fit the checks.
    """
    known, profile = plugin.checks(), profile or Profile()
    profile.require_known(known)
    thresholds = {name: profile.thresholds(name, known[name].thresholds) for name in _chosen(select, ignore)}
    run = msgspec.structs.replace(run, declared_kind=run.kind)  # found once, asked for by every check
    order = {status: rank for rank, status in enumerate(STATUSES)}
    findings = sorted(
        (known[name].run(run, own) for name, own in thresholds.items()),
        key=lambda finding: (order[finding.status], finding.check),
    )
    selection = choose(run)
    return Report(
        version=VERSION,
        headline=headline(run, findings, selection),
        run=facts(run),
        findings=tuple(findings),
        selection=selection,
        curves=curves_to_draw(run),
        profile={name: own for name, own in thresholds.items() if own},
        notes=run.notes,
    )


def _chosen(select: Iterable[str] | None, ignore: Iterable[str]) -> list[str]:
    known = plugin.checks()
    ignored, wanted = set(ignore), list(known if select is None else select)
    for name in (*wanted, *ignored):
        if name not in known:
            raise UsageError(f"there is no check {name!r}", hint="run `curvewise explain` for the list")
    return [name for name in dict.fromkeys(wanted) if name not in ignored]


def choose(run: Run) -> Selection:
    """Choose among the checkpoints of a run, by the selector of its kind."""
    for selector in plugin.selectors().values():
        if run.kind in selector.kinds:
            return selector(run)
    return Selection(best=None, reason=f"No selector is installed for {run.kind} runs.")


def facts(run: Run) -> RunFacts:
    """Return the facts of a run that a report states."""
    last = run.last_step
    first = min((series.first_step for series in run.metrics.values() if len(series)), default=None)
    return RunFacts(
        id=run.id,
        name=run.name,
        kind=run.kind,
        source=run.source,
        formats=run.formats,
        status=run.status,
        base_model=run.base_model,
        final_model=run.final_model,
        first_step=first,
        last_step=last,
        planned_steps=run.planned_steps,
        epochs=None if last is None else run.epoch_at(last),
        validation_examples=run.validation_examples,
        metrics={name: len(series) for name, series in run.metrics.items()},
        checkpoints=None if run.checkpoints is None else sum(c.model is not None for c in run.checkpoints),
    )


def headline(run: Run, findings: Iterable[Finding], selection: Selection) -> str:
    """Return the report in one sentence: what is wrong, and which checkpoint to take."""
    worst = [finding for finding in findings if finding.status in ("crashed", "problem", "warning")]
    problems = [finding for finding in worst if finding.status == "problem"]
    judged = [finding for finding in findings if finding.status in ("ok", "warning", "problem")]
    return " ".join((_verdict(problems, worst, judged), _choice(run, selection)))


def _verdict(problems: list[Finding], worst: list[Finding], judged: list[Finding]) -> str:
    if problems:
        names = ", ".join(finding.check.replace("_", " ") for finding in problems[:3])
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        return f"{len(problems)} problem{'s' if len(problems) > 1 else ''}: {names}{more}."
    if worst:
        names = ", ".join(finding.check.replace("_", " ") for finding in worst[:3])
        more = f" and {len(worst) - 3} more" if len(worst) > 3 else ""
        return f"No problem, but watch {names}{more}."
    if not judged:
        return "Nothing could be judged."
    return f"No problem in the {len(judged)} checks that could judge."


def _choice(run: Run, selection: Selection) -> str:
    best = selection.best
    if best is None:
        return selection.reason
    verb = {"rft": "Evaluate first"}.get(run.kind, "Deploy")
    if best.existence == "exists" and best.model:
        return f"{verb} {run.where(best.step)}."
    return f"The checkpoint to want is {run.where(best.step)}; no checkpoint list says whether it exists."
