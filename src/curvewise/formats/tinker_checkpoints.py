"""The format `tinker_checkpoints`: the checkpoints that the Tinker cookbook saved."""

from __future__ import annotations

from typing import Any

from curvewise.errors import MalformedError
from curvewise.model.api_object import text, whole
from curvewise.model.run import Checkpoint, Run
from curvewise.parsing.document import Document
from curvewise.plugin import file_format


def _recognise(document: Document) -> bool:
    return any(
        "batch" in row and ("sampler_path" in row or "state_path" in row) for row in document.rows or ()
    )


@file_format(
    title="Tinker checkpoints.jsonl",
    recognised_by="rows with batch and sampler_path or state_path",
    recognise=_recognise,
)
def tinker_checkpoints(document: Document) -> Run:
    """Read the checkpoints of a Tinker run.

    The name to deploy is the ``sampler_path``; a checkpoint that has only a ``state_path`` serves to go
    on training and cannot be sampled from. ``batch`` counts the batches that were trained before it was
    saved. Batches are numbered from 0, so the rollouts and evaluations of the same step come from it.
    Of several at one batch, such as ``000100`` and ``final``, the last one counts.
    """
    by_step: dict[int, Checkpoint] = {}
    for number, row in enumerate(document.rows or [], start=1):
        saved = _checkpoint(row, number)
        if saved.model is not None or saved.step not in by_step:
            by_step[saved.step] = saved
    final = next((row for row in document.rows or () if row.get("name") == "final"), {})
    return Run(
        checkpoints=tuple(by_step[step] for step in sorted(by_step)),
        final_model=text(final, "sampler_path") or None,
    )


def _checkpoint(row: dict[str, Any], number: int) -> Checkpoint:
    batch = whole(row.get("batch"))
    if batch is None or batch < 0:
        raise MalformedError(
            f"the batch of checkpoint {number} is {str(row.get('batch'))[:40]!r}; expected a whole number",
            hint="pass the checkpoints.jsonl that the training wrote",
            field="batch",
        )
    return Checkpoint(step=batch, model=text(row, "sampler_path") or None, id=text(row, "name") or None)
