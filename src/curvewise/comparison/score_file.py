"""Scores of an evaluation on the real task, read from a file."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import InputError
from curvewise.evaluation.results_folder import HEADER, read_evaluation
from curvewise.model.evaluation import Sample
from curvewise.storage.files import read_file

SHAPE = 'CSV with the columns run,score[,n][,error], JSON such as {"run": 0.81}, or a folder of evaluations'


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What a run reached on the real task; higher is better.

    Parameters
    ----------
    value
        The score.
    n
        Examples that it is the mean of, when it is a share of them.
    error
        Its standard error; found from `n` when None.

    Examples
    --------
    >>> round(Score(value=0.5, n=96).standard_error, 3)
    0.05
    """

    value: float
    n: float | None = None
    error: float | None = None

    @property
    def standard_error(self) -> float | None:
        """As given, else that of a share of `n` examples; None when neither is known.

        A. Agresti and B. A. Coull, "Approximate is better than exact for interval estimation of binomial
        proportions", 1998: two successes and two failures are added, so that 10 of 10 are not certain.
        """
        if self.error is not None or self.n is None or not 0 <= self.value <= 1:
            return self.error
        share = (self.value * self.n + 2) / (self.n + 4)
        return math.sqrt(share * (1 - share) / (self.n + 4))


def read_scores(path: str | PathLike[str]) -> dict[str, Score]:
    """Read the scores of runs from CSV, JSON, or a folder of evaluations.

    Parameters
    ----------
    path
        CSV with a header that names ``run`` and ``score``, and maybe ``n`` and ``error``; or JSON: an object
        of run to score or to such an object, or a list of such objects; or what `curvewise evaluate` wrote,
        or a folder of several of those: a run then has the score of its best checkpoint.

    Returns
    -------
    dict of str to Score

    Raises
    ------
    InputError
        If the file cannot be read, a score is not finite, or a run has two.
    """
    file = fspath(path)
    if Path(file).is_dir():
        return _of_evaluations(Path(file))
    text = read_file(file).decode("utf-8-sig", "replace")
    scores: dict[str, Score] = {}
    try:
        records = _json(text) if text.lstrip().startswith(("{", "[")) else _csv(text)
        for line, record in records:
            run = str(record.get("run") or "").strip()
            if not run:
                raise InputError("a score has no run", hint=f"expected {SHAPE}", line=line, field="run")
            if run in scores:
                raise InputError(f"the run {run!r} has two scores", hint="keep one", line=line)
            value, n, error = (_number(record, field, line) for field in ("score", "n", "error"))
            if value is None:
                hint = f"expected {SHAPE}"
                raise InputError(f"the run {run!r} has no score", hint=hint, line=line, field="score")
            scores[run] = Score(value=value, n=n, error=error)
    except InputError as error:
        error.at(file=file)
        raise
    if not scores:
        raise InputError("there is no score", hint=f"expected {SHAPE}", file=file)
    return scores


def _of_evaluations(folder: Path) -> dict[str, Score]:
    """Return, for the run of each evaluation in a folder, the mean score of the best checkpoint."""
    places = (
        [folder]
        if (folder / HEADER).exists()
        else sorted(place.parent for place in folder.glob(f"*/{HEADER}"))
    )
    scores: dict[str, Score] = {}
    for place in places:
        evaluation = read_evaluation(str(place))
        if evaluation.run in scores:
            hint = "name one of the folders"
            raise InputError(f"the run {evaluation.run!r} has two evaluations", hint=hint, file=str(place))
        measured = [
            _mean(evaluation.samples[each.name], evaluation.failure())
            for each in evaluation.contenders
            if each.step is not None
            and any(sample.score is not None for sample in evaluation.samples.get(each.name, ()))
        ]
        if not measured:
            hint = "evaluate a checkpoint of the run"
            raise InputError("no checkpoint has a score", hint=hint, file=str(place))
        scores[evaluation.run] = max(measured, key=lambda score: score.value)
    if not scores:
        raise InputError("there is no evaluation in this folder", hint=f"expected {SHAPE}", file=str(folder))
    return scores


def _mean(samples: Sequence[Sample], failure: float) -> Score:
    """Return the mean score of samples; several attempts at one are one example."""
    scores = [failure if sample.score is None else sample.score for sample in samples]
    return Score(value=sum(scores) / len(scores), n=len({sample.id for sample in samples}))


def _csv(text: str) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    try:
        if not {"run", "score"} <= {(name or "").strip().lower() for name in rows.fieldnames or ()}:
            raise InputError("the header does not name run and score", hint=f"expected {SHAPE}", line=1)
        for row in rows:
            yield rows.line_num, {str(name).strip().lower(): value for name, value in row.items()}
    except csv.Error as error:
        problem = f"the row cannot be split into cells: {error}"
        raise InputError(problem, hint=f"expected {SHAPE}", line=rows.line_num + 1) from error


def _json(text: str) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not JSON: {error}", hint=f"expected {SHAPE}") from error
    if isinstance(content, dict):
        for run, value in content.items():
            yield None, {**(value if isinstance(value, dict) else {"score": value}), "run": run}
        return
    for record in content:
        if not isinstance(record, dict):
            raise InputError(f"{record!r} is no score", hint=f"expected {SHAPE}")
        yield None, record


def _number(record: Mapping[str, Any], field: str, line: int | None) -> float | None:
    given = record.get(field)
    if given is None or given == "":
        return None
    try:
        value = float(given) if not isinstance(given, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value) or (field != "score" and value <= 0):
        what = "a number" if field == "score" else "a number above 0"
        shown, hint = str(given)[:60], f"expected {SHAPE}"
        raise InputError(f"{shown!r} is not {what}", hint=hint, line=line, field=field)
    return value
