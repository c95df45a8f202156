"""Columns that no check judges, and what the one that looks like a missing metric could be."""

from __future__ import annotations

import re
from shlex import quote

from curvewise.derived.task_metric import task_metric
from curvewise.model.metrics import find
from curvewise.model.run import Note, Run
from curvewise.splits import EVALUATION, ON_TRAINING
from curvewise.text import abridged

MISSING = "missing_metric"
"""Code of a note that names a column for a metric of which the run has nothing."""
_ASIDE = re.compile(
    r"time|second|runtime|duration|latency|timing|date|throughput|memory|gpu|cpu|flops|usage|tokens|samples|"
    r"count|mean_train_loss|steps?$|^iter|epoch|progress|percent|learning_rate|(^|[/_])lr($|[/_])|grad|norm|rank|world|seed|logits",
    re.IGNORECASE,
)
"""What is logged beside a training, and what says how far it is."""
_HELD_OUT = re.compile(rf"(^|[/_. -])({EVALUATION}|held_?out)($|[/_. -])", re.IGNORECASE)
_LOSS, _REWARD, _GRADED = (
    re.compile(words, re.I)
    for words in (
        "loss|nll|entropy|ppl|objective",
        "reward|score|return",
        "reward|score|return|accura|correct|solve|success|pass",
    )
)
_GUESSES = (
    ("full_valid_loss", ("sft", "dpo"), ("full_valid_loss", "valid_loss"), _LOSS),
    ("full_valid_mean_reward", ("rft",), ("full_valid_mean_reward",), _GRADED),
    ("train_mean_reward", ("rft",), ("train_mean_reward",), _REWARD),
    ("train_loss", ("sft", "dpo"), ("train_loss",), _LOSS),
)
"""A metric, the kinds of run that need it, what stands for it already, and names that it may have."""


def not_understood(run: Run) -> tuple[Note, ...]:
    """Return a note on the columns that were left unjudged, with a suggestion where one may be missed.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(not_understood(make_run(train_loss=[2.0, 1.0], metrics={"val": [1.5, 1.4]}))[0].text)
    Not understood: val. For the validation loss: --map full_valid_loss=val.
    """
    task = task_metric(run)
    known = () if task is None else (task.metric, *task.members(run))
    columns = [
        name
        for name in run.metrics
        if name not in known and find(name) is None and not (_ASIDE.search(name) or ON_TRAINING.match(name))
    ]
    if not columns:
        return ()
    guess = _guess(run, columns)
    text = f"Not understood: {abridged(columns)}."
    if guess is None:
        return (Note("not_understood", text),)
    metric, column = guess
    what = metric.removeprefix("full_").replace("valid", "validation").replace("_", " ")
    return (Note(MISSING, f"{text} For the {what}: --map {quote(f'{metric}={run.called(column)}')}."),)


def _guess(run: Run, columns: list[str]) -> tuple[str, str] | None:
    """Return a metric that the run lacks and the column that may hold it."""
    for metric, kinds, present, names in _GUESSES:
        if run.kind not in kinds or any(name in run or run.family(name) for name in present):
            continue
        held_out = "valid" in metric
        for column in columns:
            bare = held_out and _HELD_OUT.fullmatch(column)
            if bool(_HELD_OUT.search(column)) == held_out and (bare or names.search(column)):
                return metric, column
    return None
