"""The format `clearml_offline`: what ClearML keeps of a task in offline mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from curvewise.errors import CurvewiseError, MalformedError
from curvewise.model.api_object import as_float, text, whole
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.json_values import read_json
from curvewise.parsing.logged import read_points, setting, with_settings
from curvewise.parsing.zip_members import lists, member
from curvewise.plugin import file_format
from curvewise.splits import SPLITS

_METRICS, _TASK = "metrics.jsonl", "task.json"
_BEGINS = (b'[{"timestamp"', b'{"timestamp"')


def _is_log(document: Document) -> bool:
    head = document.data[:1000]
    return head.startswith(_BEGINS) and b'"variant"' in head and b'"metric"' in head and b'"iter"' in head


@file_format(
    title="ClearML: session of offline mode (offline-*.zip, or its metrics.jsonl)",
    recognised_by="a zip archive with metrics.jsonl and task.json; or such events",
    recognise=lambda document: lists(document.content, b"metrics.jsonl", b"task.json") or _is_log(document),
)
def clearml_offline(document: Document) -> Run:
    """Read scalars by title and series: ``loss`` with the series ``train`` is ``train/loss``."""
    is_log = document.refusal is None
    points: dict[str, tuple[list[int], list[float]]] = {}
    for event in _events(document.data if is_log else member(document.content, _METRICS)):
        step, value = whole(event.get("iter")), event.get("value")
        if step is None or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        steps, values = points.setdefault(_name(event), ([], []))
        steps.append(step)
        values.append(as_float(value))
    if not points:
        raise MalformedError(
            "the session holds no scalar", hint="pass the session of a task that reported some"
        )
    arrays = {
        key: (np.array(each[0], np.int64), np.array(each[1], np.float64)) for key, each in points.items()
    }
    task = {} if is_log else _object(_read(member(document.content, _TASK)))
    run = with_settings(read_points(arrays, document.mapping), _settings(task))
    return msgspec.structs.replace(run, id=text(task, "id") or "", name=(text(task, "name") or "")[:200])


def _name(event: Mapping[str, Any]) -> str:
    title, series = str(event.get("metric")), str(event.get("variant"))
    if series == title:
        return title
    return f"{series}/{title}" if series.lower() in SPLITS else f"{title}/{series}"


def _events(data: bytes) -> Iterator[Mapping[str, Any]]:
    """Give the events; each line is an array of those that were sent together."""
    for line in data.splitlines():
        value = _read(line)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                yield each


def _read(data: bytes) -> Any:
    try:
        return read_json(data) if data.strip() else None
    except CurvewiseError:  # a line that was cut
        return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _settings(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters of every section."""
    return {
        name: setting(str(_object(entry).get("value")))
        for section in _object(task.get("hyperparams")).values()
        for name, entry in _object(section).items()
    }
