"""Outputs of lm-evaluation-harness: ``samples_<task>_<time>.jsonl`` beside ``results_<time>.json``.

They hold no tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from curvewise.errors import InputError, MalformedError
from curvewise.evaluation.logs.inspect_samples import Reading
from curvewise.evaluation.logs.log_entry import Log, read_line
from curvewise.evaluation.logs.score_values import metric_name, score_from
from curvewise.model.evaluation import Sample
from curvewise.parsing.json_values import read_json
from curvewise.storage.files import read_file
from curvewise.storage.lines import whole_lines

NAME = re.compile(r"samples_(?P<task>.+?)(?:_(?P<time>\d{4}-\d\d-\d\dT[\d\-.:]+))?\.jsonl")
METRICS = ("exact_match", "acc", "acc_norm", "pass@1", "f1", "mcc")
"""Default metrics, in order of preference."""


def read(files: Iterable[Path], reading: Reading) -> Iterator[Log]:
    """Read the samples of lm-evaluation-harness among some files."""
    for file in files:
        if match := NAME.fullmatch(file.name):
            lines = whole_lines(read_file(str(file)) + b"\n")[0]
            if not lines:
                raise InputError(
                    "this file holds no sample", hint="evaluate it again, or leave it out", file=str(file)
                )
            metric = ""
            samples: dict[str, Sample] = {}
            for number, line in lines:
                record = _decoded(line, file, number)
                metric = metric or _metric(record, reading, file)
                sample = _sample(record, metric, reading, file, number)
                samples.setdefault(sample.id, sample)  # one line for each filter; the first is the strictest
            yield Log(
                file=str(file),
                model=_model(file, match["time"]),
                task=match["task"],
                harness="lm-evaluation-harness",
                metric=metric_name(metric, reading.scale),
                samples=tuple(samples.values()),
            )


def _decoded(line: bytes, file: Path, number: int) -> Mapping[str, Any]:
    record = read_line(line, file, number)
    if not isinstance(record, dict) or "doc_id" not in record:
        raise MalformedError(
            "this line is no sample; it has no doc_id",
            hint="pass what lm_eval --log_samples wrote",
            file=str(file),
            line=number,
        )
    return record


def _metric(record: Mapping[str, Any], reading: Reading, file: Path) -> str:
    numbers = [name for name, value in record.items() if isinstance(value, int | float) and name != "doc_id"]
    if reading.scorer and reading.scorer in numbers:
        return reading.scorer
    named = record.get("metrics")
    known = [name for name in (*(named if isinstance(named, list) else ()), *METRICS) if name in numbers]
    if reading.scorer or not known:
        raise InputError(
            f"the samples have no {reading.scorer or 'metric that is known'}; they have {', '.join(numbers)}",
            hint="choose one of them with --scorer",
            file=str(file),
        )
    return str(known[0])


def _sample(record: Mapping[str, Any], metric: str, reading: Reading, file: Path, number: int) -> Sample:
    cluster = (record.get("doc") or {}).get(reading.cluster) if isinstance(record.get("doc"), dict) else None
    try:
        score = score_from(record.get(metric), reading.scale)
    except MalformedError as error:
        error.at(file=str(file), line=number)
        raise
    return Sample(id=str(record["doc_id"]), score=score, cluster=None if cluster is None else str(cluster))


def _model(file: Path, time: str | None) -> str:
    """Return the name of the model, from the results file or else the folder."""
    beside = sorted(file.parent.glob(f"results_{time}.json" if time else "results*.json"))
    for results in beside:
        try:
            content = read_json(read_file(str(results)))
        except InputError:
            continue
        if isinstance(content, dict) and content.get("model_name"):
            return str(content["model_name"])
    return file.parent.name.replace("__", "/")
