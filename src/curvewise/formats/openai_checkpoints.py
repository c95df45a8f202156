"""The format `openai_checkpoints`."""

from __future__ import annotations

from curvewise.errors import MalformedError
from curvewise.formats._api_lists import (
    Object,
    holds,
    is_empty_list,
    job_id,
    numbers,
    oldest_first,
    read_list,
)
from curvewise.formats._names import named
from curvewise.model.api_object import text, whole
from curvewise.model.run import Checkpoint, Note, Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.table import shown
from curvewise.plugin import file_format

_SUFFIX = ":ckpt-step-"


def _is_checkpoint(item: Object) -> bool:
    return item.get("object") == "fine_tuning.job.checkpoint" or {
        "fine_tuned_model_checkpoint",
        "step_number",
    } <= set(item)


@file_format(
    title="OpenAI and Azure OpenAI checkpoint list",
    recognised_by="objects called fine_tuning.job.checkpoint in list pages, an array, JSON Lines or alone; "
    "an empty list in a file named after checkpoints",
    recognise=lambda document: (
        holds(document, _is_checkpoint) or (is_empty_list(document) and "checkpoint" in document.name.lower())
    ),
)
def openai_checkpoints(document: Document) -> Run:
    """Read the checkpoints of a fine-tuning job, in any order.

    ``step_number`` is the step; ``metrics.step`` only stands in for it. The last checkpoint carries the name
    of the tuned model, without ``:ckpt-step-``. Any metric may be null or absent; the others become points
    of the series as well. An empty list says that no checkpoint exists.

    Raises
    ------
    MalformedError
        If a checkpoint has no step: which one.
    MixedRunsError
        If the checkpoints belong to several jobs.
    """
    listed = read_list(document, "checkpoints")
    job = job_id(listed.objects)
    by_step: dict[int, Object] = {_step(item): item for item in oldest_first(listed.objects)}
    notes = listed.notes
    if replaced := len(listed.objects) - len(by_step):
        said = f"{replaced} checkpoint{'s' if replaced > 1 else ''} replaced by a newer one of the same step."
        notes = (*notes, Note("repeated_checkpoints", said))
    values = {step: _values(by_step[step]) for step in sorted(by_step)}
    columns = dict.fromkeys(name for held in values.values() for name in held)
    metrics, contradictions = named(
        ((name, Series.from_points(*zip(*_points(values, name), strict=True))) for name in columns), "openai"
    )
    models = {step: text(item, "fine_tuned_model_checkpoint") for step, item in by_step.items()}
    return Run(
        id=job,
        metrics=metrics,
        checkpoints=tuple(
            Checkpoint(
                step=step,
                model=models[step],
                metrics={
                    name: value for name, series in metrics.items() if (value := series.at(step)) is not None
                },
                id=text(by_step[step], "id"),
            )
            for step in values
        ),
        final_model=next((name for name in models.values() if name and _SUFFIX not in name), None),
        notes=(*notes, *contradictions),
    )


def _step(item: Object) -> int:
    metrics = item.get("metrics")
    held = item.get("step_number")
    if held is None and isinstance(metrics, dict):
        held = metrics.get("step")
    step = whole(held)
    if step is None:
        raise MalformedError(
            f"{text(item, 'id') or 'a checkpoint'} has the step {shown(str(held))}; expected a whole number",
            hint="save the list as the API returns it",
            field="step_number",
        )
    return step


def _values(item: Object) -> dict[str, float]:
    metrics = item.get("metrics")
    return {
        name: value for name, value in numbers(metrics if isinstance(metrics, dict) else {}) if name != "step"
    }


def _points(values: dict[int, dict[str, float]], name: str) -> list[tuple[int, float]]:
    return [(step, held[name]) for step, held in values.items() if name in held]
