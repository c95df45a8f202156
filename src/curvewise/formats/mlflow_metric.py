"""The format `mlflow_metric`: one metric of an MLflow file store."""

from __future__ import annotations

import re
from pathlib import PurePath

import numpy as np

from curvewise.errors import MalformedError
from curvewise.model.column_names import MAX_NAME
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray
from curvewise.parsing.document import Document
from curvewise.parsing.logged import read_points
from curvewise.plugin import file_format

_LINE = re.compile(rb"\d{12,14} \S{1,40} -?\d{1,18}\r?(?:\n|\Z)")


def _recognise(document: Document) -> bool:
    return _LINE.match(document.data) is not None


@file_format(
    title="MLflow metric file (mlruns/<experiment>/<run>/metrics/<name>)",
    recognised_by="lines 'timestamp_ms value step'",
    recognise=_recognise,
)
def mlflow_metric(document: Document) -> Run:
    """Read the file of one metric; its name is that of the file, with the folders below ``metrics``.

    Give the folder of the run to read all its metrics.
    """
    return read_points({metric_name(document.name): read_metric(document)}, {})


def read_metric(document: Document) -> tuple[IntArray, FloatArray]:
    """Read steps and values in the order in which they were logged."""
    steps, values = [], []
    for number, line in enumerate(document.data.decode().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _, value, step = line.split()
            values.append(float(value))
            steps.append(int(step))
        except ValueError:
            steps.append(2**63)
        if abs(steps[-1]) >= 2**53:
            raise MalformedError(
                f"expected 'timestamp value step', and found {line[:60]!r}",
                hint="pass a file of the folder `metrics` of an MLflow run",
                line=number,
            )
    return np.array(steps, np.int64), np.array(values, np.float64)


def metric_name(path: str) -> str:
    """Return the name of a metric: its file, with the folders below ``metrics``."""
    parts = PurePath(path.replace("\\", "/")).parts
    below = parts[len(parts) - parts[::-1].index("metrics") :] if "metrics" in parts[:-1] else parts[-1:]
    return "/".join(below)[-MAX_NAME:] or "metric"
