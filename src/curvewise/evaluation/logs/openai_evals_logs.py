"""Logs of OpenAI evals: JSON Lines with a ``spec``, events of samples, and a ``final_report``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.evaluation.logs.inspect_samples import Reading
from curvewise.evaluation.logs.log_entry import Log, read_line
from curvewise.evaluation.logs.score_values import metric_name, score_from
from curvewise.model.evaluation import Sample, Tokens
from curvewise.parsing.json_values import read_json
from curvewise.storage.files import read_file
from curvewise.storage.lines import whole_lines


class _Details(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


def read(files: Iterable[Path], reading: Reading) -> Iterator[Log]:
    """Read the logs of OpenAI evals among some files."""
    for file in files:
        if file.suffix != ".jsonl":
            continue
        lines = whole_lines(read_file(str(file)) + b"\n")[0]
        if not lines or (spec := _spec(lines[0][1])) is None:
            continue
        records = (read_line(line, file, number) for number, line in lines[1:])
        events: list[Mapping[str, Any]] = [event for event in records if isinstance(event, dict)]
        samples = tuple(_samples(events, reading, file))
        if not samples:
            raise InputError(
                "this log holds no result of a sample",
                hint="evaluate it again, or leave it out",
                file=str(file),
            )
        models = spec.get("completion_fns") or spec.get("model_name") or ""
        yield Log(
            file=str(file),
            model=str(models[0] if isinstance(models, list) else models),
            task=str(spec.get("eval_name") or file.stem),
            harness="OpenAI evals",
            metric=metric_name(reading.scorer or "match", reading.scale),
            samples=samples,
            unfinished="" if any("final_report" in event for event in events) else "its log has no report",
        )


def _spec(line: bytes) -> Mapping[str, Any] | None:
    try:
        record = read_json(line)
    except InputError:
        return None
    spec = record.get("spec") if isinstance(record, dict) else None
    return spec if isinstance(spec, dict) else None


def _samples(events: list[Mapping[str, Any]], reading: Reading, file: Path) -> Iterator[Sample]:
    """Yield the samples: the result of each, with the tokens of all its calls."""
    results: dict[str, Any] = {}
    errors: dict[str, str] = {}
    tokens: dict[str, Tokens | None] = {}
    for event in events:
        sample, data = event.get("sample_id"), event.get("data")
        if not isinstance(sample, str) or not isinstance(data, dict):
            continue
        match event.get("type"):
            case "match" if "correct" in data:
                results[sample] = bool(data["correct"])
            case "metrics" if (name := _metric(data, reading)) is not None:
                results.setdefault(sample, data[name])
            case "sampling":
                tokens[sample] = _added(tokens.get(sample), data.get("usage"), sample, file)
            case "error":
                errors[sample] = str(data.get("message") or data.get("type") or "error")[:500]
    if not results and not errors:
        return
    for sample in dict.fromkeys((*results, *errors, *tokens)):
        try:
            score = score_from(results[sample], reading.scale) if sample in results else None
        except MalformedError as error:
            error.field = f"sample {sample}"
            raise error.at(file=str(file)) from None
        yield Sample(
            id=sample,
            score=score,
            tokens=tokens.get(sample),
            error=None if score is not None else errors.get(sample, "it has no result"),
        )


def _metric(data: Mapping[str, Any], reading: Reading) -> str | None:
    if reading.scorer:
        return reading.scorer if reading.scorer in data else None
    known = [name for name in ("score", "accuracy", "correct") if name in data]
    return known[0] if known else None


def _added(sofar: Tokens | None, record: Any, sample: str, file: Path) -> Tokens | None:
    """Add the tokens of a call; None until a call states them."""
    if not isinstance(record, dict):
        return sofar
    try:
        usage = msgspec.convert(record, _Usage)
    except msgspec.ValidationError as error:
        raise MalformedError(
            f"this is no count of tokens: {error}",
            hint="write the log anew",
            file=str(file),
            field=f"sample {sample}: usage",
        ) from None
    before = sofar or Tokens()
    cached = (usage.prompt_tokens_details or _Details()).cached_tokens or 0
    reasoning = (usage.completion_tokens_details or _Details()).reasoning_tokens or 0
    return Tokens(
        input=before.input + (usage.prompt_tokens or 0) - cached,
        output=before.output + (usage.completion_tokens or 0),
        reasoning=before.reasoning + reasoning,
        cached=before.cached + cached,
    )
