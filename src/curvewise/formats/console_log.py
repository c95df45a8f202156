"""The format `console_log`: what a training printed, from a file, a pipe or a paste."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from curvewise.errors import MalformedError
from curvewise.formats._lists import hold_a_run
from curvewise.formats._rows import read_history
from curvewise.model.column_names import holds_metrics
from curvewise.model.run import Note, Run
from curvewise.parsing.console import ConsoleLog
from curvewise.parsing.delimited import is_table
from curvewise.parsing.document import Document
from curvewise.plugin import file_format

_HINT = re.compile(
    rb"(?i)loss|cost\b|train\W{1,3}\d|reward|rew_mean|success|perplexity|\bppl\b|acc|trl:|score|_mAP"
    rb"|\bf1\b|correlation|pearson|learn: |'s \w+ ?:|-(?:error|rmse|auc)|objf|objective function"
    rb"|'(?:ner|spancat|textcat)"
)
"""Words of which a console log holds one; a file without any is not looked at further."""


ROUNDED = 5e-4
"""By which part the four digits are off that Hugging Face prints."""


def _recognise(document: Document) -> bool:
    if document.header and holds_metrics(document.header):
        return False
    if not _HINT.search(document.data) or is_table(document.data) or document.text_tables:
        return False
    if hold_a_run(document.printed_lists, document.mapping):
        return False
    return bool(document.mapping) or document.console.table.count > 0


def _split(document: Document) -> list[Document]:
    """Cut a log where a training begins from the start again."""
    begins = document.console.begins
    if not begins:
        return [document]
    lines = document.prose.split(b"\n")
    names = {line: name if list(begins.values()).count(name) == 1 else "" for line, name in begins.items()}
    parts = []
    for number, (first, end) in enumerate(pairwise([*begins, len(lines)]), start=1):
        name = f"{document.name}#{names[first] or number}"
        part = Document(name, b"\n".join(lines[first:end]), document.mapping)
        part.repairs = document.repairs
        part.console = msgspec.structs.replace(part.console, begins={})
        parts.append(part)
    return parts


@file_format(
    title="Console log: Hugging Face, LLaMA-Factory, mlx-lm, verl, NeMo, Keras, Lightning, own loops",
    recognised_by="lines with a known metric: `{'loss': 1.2, 'epoch': 0.5}`, `Iter 10: loss 1.2`, `loss=1.2`",
    recognise=_recognise,
    generic=True,
    last_resort=True,
    split=_split,
)
def console_log(document: Document) -> Run:
    """Read what a training printed, amid progress bars, warnings, timestamps and rank prefixes.

    A row stands at the step of its line, else of the progress bar beside it, else at its epoch. A log that
    tells none of these is read by the number of its rows. What was passed over is said.
    """
    log = document.console
    if not log.table.count:
        raise MalformedError(
            "no line holds a metric that is known",
            hint="expected lines such as `step 10: loss 1.2`; name your own with `--map train_loss=NAME`",
        )
    run, _ = read_history(log.table, document.mapping, ROUNDED)
    notes = (*run.notes, _said(log.used, log.lines, list(run.metrics)))
    if log.numbered:
        text = f"The log tells no step: the {log.table.count:,} rows of metrics are counted from 1."
        notes = (*notes, Note("row_number_as_step", text))
    return msgspec.structs.replace(run, planned_steps=_planned(log, run), notes=notes)


def _planned(log: ConsoleLog, run: Run) -> int | None:
    """Return the planned steps; of epochs, which many runs end early, only that the last of them is done."""
    steps, epochs, last = log.planned_steps, int(log.planned_epochs or 0), run.last_step
    if log.numbered or last is None:
        return None
    epoch = run.get("epoch_index") or run.get("epoch")
    in_the_first = epochs > 1 and epoch is not None and bool((epoch.value == epoch.value[:1]).all())
    least = last + in_the_first  # the first of several epochs is not the end
    if steps and steps >= least:
        return steps
    whole = epochs if run.steps_per_epoch == 1 else (steps or 0) * epochs
    from_zero = any(len(series) and series.first_step == 0 for series in run.metrics.values())
    return last if epochs and whole and last + from_zero == whole else None


def _said(used: int, lines: int, metrics: list[str]) -> Note:
    passed = lines - used
    others = f"; {passed:,} other line{'' if passed == 1 else 's'} passed over" if passed else ""
    one = "" if used == 1 else "s"
    return Note("console_lines", f"{len(metrics)} metrics were read from {used:,} line{one}{others}.")
