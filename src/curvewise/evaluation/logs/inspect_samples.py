"""Samples of Inspect AI, converted to ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from curvewise.errors import MalformedError
from curvewise.evaluation.logs.score_values import one_part, score_from
from curvewise.model.evaluation import Sample, Tokens

FIELDS = {"id", "epoch", "scores", "metadata", "model_usage", "total_time", "error"}
"""Fields of a sample that are read."""
FIRST = "score of the task's first scorer"
"""Name of the score without a chosen scorer."""


class _Score(msgspec.Struct, frozen=True):
    value: Any
    reason: str | None = None


class _Usage(msgspec.Struct, frozen=True):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_cache_write: int | None = None
    input_tokens_cache_read: int | None = None
    reasoning_tokens: int | None = None
    total_cost: float | None = None


class _InspectSample(msgspec.Struct, frozen=True):
    id: int | str
    epoch: int = 1
    scores: dict[str, _Score] | None = None
    metadata: dict[str, Any] | None = None
    model_usage: dict[str, _Usage] | None = None
    total_time: float | None = None
    error: Any = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How to read samples.

    Parameters
    ----------
    scorer
        Whose score counts, with ``/part`` where it gives several; None: the first.
    scale
        The worst and the best score.
    cluster
        Key of the samples' metadata that names the family of a sample.
    """

    scorer: str | None = None
    scale: tuple[float, float] = (0.0, 1.0)
    cluster: str = "cluster"


def sample_from_inspect(record: Mapping[str, Any], model: str, reading: Reading) -> Sample:
    """Convert a sample; only the tokens of `model` count, not those of graders."""
    try:
        given = msgspec.convert(record, _InspectSample)
    except msgspec.ValidationError as error:
        raise MalformedError(
            f"this is no sample of Inspect AI: {error}",
            hint="copy the log again, or leave it out",
            field=f"sample {record.get('id')}",
        ) from None
    failed, score = _words(given.error) if given.error else None, None
    if failed is None and not given.scores:
        failed = "it has no score"
    elif failed is None and given.scores:
        score, failed = _score(given.scores, str(given.id), reading)
    usage = (given.model_usage or {}).get(model)
    cluster = (given.metadata or {}).get(reading.cluster)
    return Sample(
        id=str(given.id),
        epoch=given.epoch,
        score=score,
        cluster=None if cluster is None else str(cluster),
        tokens=None if usage is None else _tokens(usage),
        cost=None if usage is None else usage.total_cost,
        seconds=given.total_time,
        error=failed,
    )


def tokens_from_usage(usage: Mapping[str, Any]) -> Tokens:
    """Count tokens as Inspect AI does: input without cached reads, output with reasoning.

    Tokens written to a cache were read by the model, and count as input.
    """
    return _tokens(msgspec.convert(usage, _Usage))


def _tokens(usage: _Usage) -> Tokens:
    return Tokens(
        input=(usage.input_tokens or 0) + (usage.input_tokens_cache_write or 0),
        output=usage.output_tokens or 0,
        reasoning=usage.reasoning_tokens or 0,
        cached=usage.input_tokens_cache_read or 0,
    )


def _score(scores: Mapping[str, _Score], sample: str, reading: Reading) -> tuple[float | None, str | None]:
    """Return the score, or why there is none: a scorer that could not judge returns NaN."""
    wanted = reading.scorer or next(iter(scores))
    scorer, _, part = (wanted, "", "") if wanted in scores else wanted.rpartition("/")
    scorer, part = (scorer, part) if scorer else (part, "")
    if scorer not in scores:
        raise MalformedError(
            f"sample {sample} has no score of {scorer!r}; it has {', '.join(scores)}",
            hint="choose one of them with --scorer",
            field=f"sample {sample}",
        )
    reason = scores[scorer].reason
    try:
        value = one_part(scores[scorer].value, part or None)
        if isinstance(value, float) and value != value:  # NaN
            return None, f"{scorer} could not score it{f': {reason}' if reason else ''}"[:500]
        return score_from(value, reading.scale), None
    except MalformedError as error:
        error.field = f"sample {sample}: {scorer}"
        raise


def _words(error: Any) -> str:
    """Return the informative line of an error."""
    text = str(error.get("message") if isinstance(error, Mapping) else error)
    refused = text.startswith("ModelGenerateError(")  # quotes the request first, with its newlines escaped
    lines = [line.strip() for line in (text.replace("\\n", "\n") if refused else text).splitlines()]
    said = [line for line in lines if line]
    return (said[-1] if refused else said[0])[:500] if said else "it failed without a message"
