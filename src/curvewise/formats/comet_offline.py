"""The format `comet_offline`: the archive of an offline experiment of Comet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from curvewise.errors import CurvewiseError, MalformedError
from curvewise.model.api_object import as_float, text, whole
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.json_values import read_json
from curvewise.parsing.logged import read_points, with_settings
from curvewise.parsing.zip_members import lists, member
from curvewise.plugin import file_format

_MESSAGES, _EXPERIMENT = "messages.json", "experiment.json"
_NOT_FINITE = frozenset(("nan", "inf", "infinity", "-inf", "-infinity"))
_CLOCKS = ("curr_step", "curr_epoch")


@file_format(
    title="Comet: archive of an offline experiment (ID.zip)",
    recognised_by="a zip archive with messages.json and experiment.json",
    recognise=lambda document: lists(document.content, b"messages.json", b"experiment.json"),
)
def comet_offline(document: Document) -> Run:
    """Read metrics and parameters; a metric without a step is left out."""
    points: dict[str, tuple[list[int], list[float]]] = {}
    settings: dict[str, Any] = {}
    name = ""
    for message in _messages(member(document.content, _MESSAGES)):
        payload = message.get("payload")
        if not isinstance(payload, dict):
            continue
        if isinstance(logged := payload.get("metric"), dict):
            _take(logged, points)
        elif isinstance(said := payload.get("param"), dict) and said.get("paramName") not in _CLOCKS:
            settings[str(said.get("paramName"))] = said.get("paramValue")
        elif payload.get("key") == "Name":
            name = str(payload.get("value") or "")
    if not points:
        raise MalformedError(
            "the experiment logged no metric with a step",
            hint="pass `step=` to `log_metric`",
        )
    arrays = {
        key: (np.array(steps, np.int64), np.array(values, np.float64))
        for key, (steps, values) in points.items()
    }
    experiment = _object(member(document.content, _EXPERIMENT))
    run = with_settings(read_points(arrays, document.mapping), settings)
    return msgspec.structs.replace(run, id=text(experiment, "offline_id") or "", name=name[:200])


def _messages(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        yield _object(line)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = read_json(data) if data.strip() else None
    except CurvewiseError:  # a line that was cut
        value = None
    return value if isinstance(value, dict) else {}


def _take(logged: dict[str, Any], points: dict[str, tuple[list[int], list[float]]]) -> None:
    step, value = whole(logged.get("step")), logged.get("metricValue")
    if isinstance(value, str) and value.lower() in _NOT_FINITE:
        value = float(value)
    if step is None or isinstance(value, bool) or not isinstance(value, int | float):
        return
    steps, values = points.setdefault(str(logged.get("metricName")), ([], []))
    steps.append(step)
    values.append(as_float(value))
