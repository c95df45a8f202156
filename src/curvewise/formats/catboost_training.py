"""The format `catboost_training`: what CatBoost writes of a training, catboost_training.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curvewise.errors import MalformedError
from curvewise.formats._rows import read_history
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.rows import read_rows
from curvewise.plugin import file_format

_LOSS = "Min"
"""What CatBoost says of a metric of which less is better."""


def _content(document: Document) -> Mapping[str, Any]:
    if b'"iterations"' not in document.data or document.is_json_lines:
        return {}
    value = document.json
    if not isinstance(value, dict) or not isinstance(value.get("meta"), dict):
        return {}
    return value if isinstance(value.get("iterations"), list) else {}


@file_format(
    title="CatBoost training: catboost_training.json",
    recognised_by="an object with the keys meta and iterations",
    recognise=lambda document: bool(_content(document)),
)
def catboost_training(document: Document) -> Run:
    """Read the metrics of each tree, of the data that were learned from and of each evaluation set.

    The first metric of which less is better is the loss.
    """
    content = _content(document)
    columns = list(_columns(content["meta"]))
    rows = []
    for row in content["iterations"]:
        try:
            values = {name: row[part][place] for part, place, name in columns if part in row}
            rows.append({"iteration": row["iteration"], **values})
        except (KeyError, IndexError, TypeError) as error:
            raise MalformedError(
                f"iteration {len(rows)} does not hold the metrics that meta names",
                hint="pass catboost_training.json as CatBoost wrote it",
                field="iterations",
            ) from error
    run, _ = read_history(read_rows(rows), document.mapping)
    return run


def _columns(meta: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield the part of the data, the place among its metrics, and the name of each."""
    for kind, prefix in ("learn", "train/"), ("test", "val/"):
        metrics = [each for each in _list(meta.get(f"{kind}_metrics")) if isinstance(each, dict)]
        losses = [place for place, each in enumerate(metrics) if each.get("best_value") == _LOSS]
        for number, part in enumerate(_list(meta.get(f"{kind}_sets"))):
            own = f"{part}_" if number else ""
            for place, each in enumerate(metrics):
                name = "loss" if losses[:1] == [place] else str(each.get("name")).lower()
                yield str(part), place, f"{prefix}{own}{name}"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
