"""Prune: which checkpoints on a disk could be deleted, and deleting them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from msgspec.structs import replace

from curvewise.engine import analyze
from curvewise.errors import CurvewiseError, InputError, UsageError
from curvewise.evaluation.decide import load_evaluation
from curvewise.loading import load
from curvewise.model.api_object import as_list
from curvewise.model.pruning import Pruning, Stored
from curvewise.model.run import Run
from curvewise.parsing.json_values import read_json
from curvewise.plugin.source import Place
from curvewise.pruning.rules import KEEP, Rule, kept_steps
from curvewise.storage.files import read_file
from curvewise.storage.walk import walk
from curvewise.text import listed, suggestion

LARGEST_DECISION = 2**24
"""Bytes; no decision is larger."""


def prunable(
    folder: str, *, keep: Iterable[str] = KEEP, decisions: Iterable[str] = (), by: str | None = None
) -> Pruning:
    """Find the checkpoints of a run that could be deleted; nothing is deleted.

    The last checkpoint is always kept, and so is one that a decision or an evaluation names, or that the
    trainer itself chose. What a symbolic link leads to is left alone.

    Parameters
    ----------
    folder
        The output folder of one run.
    keep
        What else to keep: ``best``, ``ties``, ``candidates``, ``pareto``; ``last`` is kept in any case.
    decisions
        Decisions as JSON, and folders of evaluations, besides the decisions that lie in the folder.
    by
        Metric that tells the best checkpoint, as for `analyze`.

    Raises
    ------
    UsageError
        If a rule does not exist, the best is to be kept and nothing supports a choice, or `by` is no metric
        of the run.
    InputError
        If it is no output folder of a single run with checkpoints.
    """
    rules = tuple(keep)
    for rule in rules:
        if rule not in get_args(Rule):
            hint = suggestion(rule, get_args(Rule), f"expected {listed(get_args(Rule), 'or')}")
            raise UsageError(f"there is no rule {rule!r}", hint=hint)
    top = Path(folder)
    if top.is_symlink() or not Place(folder).is_folder:
        raise InputError("this is no folder", hint="pass the output folder itself", file=folder)
    run = load(folder)
    steps = _on_disk(folder, run)
    if not steps:
        raise InputError("there is no checkpoint here", hint="pass an output folder", file=folder)
    report = analyze(run, points=50, by=by)
    if "best" in rules and report.selection.best is None:
        raise UsageError(
            f"nothing supports a choice of the best checkpoint: {report.selection.reason}",
            hint="`--keep last` keeps the last one alone",
        )
    why = kept_steps(run, report, rules)
    named = _named(folder, decisions)
    found = []
    for path, step in sorted(steps.items(), key=lambda item: item[1]):
        reason = why.get(step, "") or named.get(step, "") or named.get(os.path.realpath(path), "")
        reason = reason or named.get(Path(path).name, "")
        found.append(Stored(path=path, step=step, bytes=_size(path), kept=reason or _left_alone(top, path)))
    return Pruning(folder=folder, checkpoints=tuple(found))


def prune(plan: Pruning) -> Pruning:
    """Delete what a plan says could be deleted; what cannot be deleted is said."""
    deleted, failed = [], []
    for each in plan.removable:
        path = Path(each.path)
        try:
            if why := _left_alone(Path(plan.folder), each.path):
                failed.append(f"{each.path}: {why}")
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            deleted.append(each.path)
        except OSError as error:
            failed.append(f"{each.path}: {error.strerror or error}")
    return replace(plan, deleted=tuple(deleted), failed=tuple(failed))


def _on_disk(folder: str, run: Run) -> dict[str, int]:
    """Return the checkpoints by path, with the step at which the log has them."""
    there = {each.path: each.step for each in walk(folder).checkpoints}
    logged = {saved.model: saved.step for saved in run.checkpoints or () if saved.model in there}
    return {path: logged.get(path, step) for path, step in there.items()}


def _left_alone(top: Path, path: str) -> str:
    """Say why a path is none of ours to delete: it, or a folder above it, is a link; or it lies elsewhere."""
    place = Path(path)
    between = [place, *place.parents]
    between = between[: between.index(top)] if top in between else between
    if top not in place.parents or any(each.is_symlink() for each in between):
        return "a symbolic link, which is not followed"
    if not place.resolve().is_relative_to(top.resolve()):
        return "it lies outside of the folder"
    return ""


def _size(path: str) -> int:
    """Return the bytes that deleting a checkpoint frees: of a file with a second name none."""
    place = Path(path)
    if place.is_symlink():
        return 0
    files = (
        [place] if place.is_file() else [Path(at, name) for at, _, names in os.walk(path) for name in names]
    )
    total = 0
    for file in files:
        try:
            about = file.lstat()
        except OSError:
            continue
        total += about.st_size if about.st_nlink == 1 and stat.S_ISREG(about.st_mode) else 0
    return total


def _named(folder: str, decisions: Iterable[str]) -> dict[object, str]:
    """Return the steps and models that decisions and evaluations name."""
    found: dict[object, str] = {}
    for file in walk(folder).files:
        if file.endswith(".json"):
            found |= _of_decision(file) or {}
    for path in decisions:
        if Place(path).is_folder:
            for contender in load_evaluation(path).contenders:
                found |= {contender.step: "an evaluation names it", contender.model: "an evaluation names it"}
            continue
        named = _of_decision(path)
        if named is None:
            raise InputError(
                "this is no decision", hint="pass what `curvewise decide --format json` wrote", file=path
            )
        found |= named
    return {key: why for key, why in found.items() if key is not None}


def _of_decision(path: str) -> dict[object, str] | None:
    """Return what a decision names; None when a file is none."""
    try:
        if Path(path).stat().st_size > LARGEST_DECISION:
            return None
        value = read_json(read_file(path))
    except (CurvewiseError, OSError):
        return None
    if not isinstance(value, dict) or not {"standings", "winner"} <= value.keys():
        return None
    return {named: "a decision names it" for row in as_list(value["standings"]) for named in _names(row)}


def _names(row: Mapping[str, object]) -> Iterable[object]:
    yield row.get("step")
    if isinstance(model := row.get("model"), str):
        yield from (model, os.path.realpath(model), Path(model).name)
