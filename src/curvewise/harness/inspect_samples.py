"""Samples of Inspect AI: from a sample of its logs to one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from curvewise.errors import MalformedError
from curvewise.harness.scores import score_from
from curvewise.model.evaluation import Sample, Tokens

FIELDS = {"id", "epoch", "scores", "metadata", "model_usage", "total_time", "error"}
"""What is read of a sample."""


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


def sample_from_inspect(found: Mapping[str, Any], model: str, reading: Reading) -> Sample:
    """Read one sample of a log.

    Parameters
    ----------
    found
        The sample as JSON.
    model
        Whose tokens count: those of graders do not.
    reading
        How to read it.

    Raises
    ------
    MalformedError
        If the score is none, or the scorer did not run.
    """
    error = found.get("error")
    scores = found.get("scores") or {}
    failed = _words(error) if error else None
    usage = (found.get("model_usage") or {}).get(model)
    cluster = (found.get("metadata") or {}).get(reading.cluster)
    sample = str(found.get("id"))
    if failed is None and not scores:
        failed = "it has no score"
    return Sample(
        id=sample,
        epoch=int(found.get("epoch") or 1),
        score=None if failed is not None else _score(scores, sample, reading),
        cluster=None if cluster is None else str(cluster),
        tokens=None if usage is None else tokens_from_usage(usage),
        cost=None if usage is None else usage.get("total_cost"),
        seconds=found.get("total_time"),
        error=failed,
    )


def tokens_from_usage(usage: Mapping[str, Any]) -> Tokens:
    """Count tokens as Inspect AI does: input without cached reads, output with reasoning.

    What was written to a cache was read by the model and counts as input.
    """
    return Tokens(
        input=(usage.get("input_tokens") or 0) + (usage.get("input_tokens_cache_write") or 0),
        output=usage.get("output_tokens") or 0,
        reasoning=usage.get("reasoning_tokens") or 0,
        cached=usage.get("input_tokens_cache_read") or 0,
    )


def _score(scores: Mapping[str, Any], sample: str, reading: Reading) -> float:
    scorer, _, part = (reading.scorer or next(iter(scores))).partition("/")
    if scorer not in scores:
        raise MalformedError(
            f"sample {sample} has no score of {scorer!r}; it has {', '.join(scores)}",
            hint="choose one of them with --scorer",
            field="score",
        )
    try:
        return score_from(scores[scorer].get("value"), reading.scale, part or None)
    except MalformedError as error:
        error.at(field=f"sample {sample}: {scorer}")
        raise


def _words(error: Any) -> str:
    """Return the line of an error that says what went wrong."""
    text = str(error.get("message") if isinstance(error, Mapping) else error)
    refused = text.startswith("ModelGenerateError(")  # quotes the request first, with its newlines escaped
    lines = [line.strip() for line in (text.replace("\\n", "\n") if refused else text).splitlines()]
    said = [line for line in lines if line]
    return (said[-1] if refused else said[0])[:500] if said else "it failed without a message"
