"""Logs of OpenAI evals: JSON Lines with a ``spec``, events of samples, and a ``final_report``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.harness.inspect_samples import Reading
from curvewise.harness.log_entry import Log
from curvewise.harness.scores import score_from
from curvewise.model.evaluation import Sample, Tokens


def read(files: Iterable[Path], reading: Reading) -> Iterator[Log]:
    """Read those files that are logs of OpenAI evals.

    Raises
    ------
    MalformedError
        If a line is not JSON.
    InputError
        If a log holds no result.
    """
    for file in files:
        if file.suffix != ".jsonl":
            continue
        lines = [line for line in file.read_bytes().splitlines() if line.strip()]
        if not lines or (spec := _spec(lines[0])) is None:
            continue
        events = [_decoded(line, file, number) for number, line in enumerate(lines[1:], 2)]
        samples = tuple(_samples(events, reading, file))
        if not samples:
            raise InputError(
                "this log holds no result of a sample",
                hint="evaluate it again, or leave it out",
                file=str(file),
            )
        models = spec.get("completion_fns") or [spec.get("model_name") or ""]
        yield Log(
            file=str(file),
            model=str(models[0]),
            task=str(spec.get("eval_name") or file.stem),
            harness="OpenAI evals",
            metric=reading.scorer or "match",
            samples=samples,
        )


def _spec(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    spec = found.get("spec") if isinstance(found, dict) else None
    return spec if isinstance(spec, dict) else None


def _decoded(line: bytes, file: Path, number: int) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise MalformedError(
            f"this line is not JSON: {error}", hint="write the log anew", file=str(file), line=number
        ) from error
    return found if isinstance(found, dict) else {}


def _samples(events: list[Mapping[str, Any]], reading: Reading, file: Path) -> Iterator[Sample]:
    """Yield the samples: the result of each, and the tokens of all its calls."""
    results: dict[str, Any] = {}
    errors: dict[str, str] = {}
    tokens: dict[str, Tokens] = {}
    for event in events:
        sample, data = event.get("sample_id"), event.get("data")
        if not isinstance(sample, str) or not isinstance(data, dict):
            continue
        match event.get("type"):
            case "match" if "correct" in data:
                results[sample] = bool(data["correct"])
            case "metrics" if (name := _metric(data, reading)) is not None:
                results.setdefault(sample, data[name])
            case "sampling" if isinstance(usage := data.get("usage"), dict):
                tokens[sample] = _added(tokens.get(sample, Tokens()), usage)
            case "error":
                errors[sample] = str(data.get("message") or data.get("type") or "error")[:500]
    for sample in dict.fromkeys((*results, *errors)):
        try:
            score = score_from(results[sample], reading.scale) if sample in results else None
        except MalformedError as error:
            error.at(file=str(file), field=f"sample {sample}")
            raise
        yield Sample(
            id=sample,
            score=score,
            tokens=tokens.get(sample),
            error=None if score is not None else errors.get(sample),
        )


def _metric(data: Mapping[str, Any], reading: Reading) -> str | None:
    if reading.scorer:
        return reading.scorer if reading.scorer in data else None
    known = [name for name in ("score", "accuracy", "correct") if name in data]
    return known[0] if known else None


def _added(sofar: Tokens, usage: Mapping[str, Any]) -> Tokens:
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    reasoning = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    return Tokens(
        input=sofar.input + (usage.get("prompt_tokens") or 0) - cached,
        output=sofar.output + (usage.get("completion_tokens") or 0),
        reasoning=sofar.reasoning + reasoning,
        cached=sofar.cached + cached,
    )
