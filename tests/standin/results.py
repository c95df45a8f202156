"""The files of a stand-in job: its result file, as each service writes it, and the data that it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.standin.dialects import Dialect, FileName
from tests.standin.script import JobScript, Record

_RENAMED: Mapping[str, str] = {"train_mean_token_accuracy": "train_accuracy"}
"""What OpenAI's result file calls a metric of the events."""

_LOSSES = ("train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy")
_FULL = ("full_valid_loss", "full_valid_mean_token_accuracy")
_DURATIONS: Mapping[str, str] = {
    "sampling": "sampling_duration",
    "training": "training_duration",
    "eval": "eval_duration",
    "full_iteration": "total_duration",
}
_EXAMPLE = '{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hello."}]}\n'


def file_body(script: JobScript, what: FileName, dialect: Dialect) -> bytes:
    """Return the body of a file: some data, or the table of results, which OpenAI sends as base64."""
    if what != "results":
        return (_EXAMPLE * (10 if what == "training" else 3)).encode()
    text = result_table(script, dialect) if script.results is None else script.results
    body = text.encode("utf-8", "surrogatepass")
    usual = "plain" if dialect.is_azure else "base64"
    if (usual if script.result_encoding == "dialect" else script.result_encoding) == "plain":
        return body
    from base64 import b64encode

    return b64encode(body)


def result_table(script: JobScript, dialect: Dialect) -> str:
    """Write the records as a table with a row for each step; what was not measured is a blank cell.

    OpenAI rounds to five decimals and leaves the full validation passes out; Azure does neither.
    """
    rows = [dict(_cells(record)) for record in script.records]
    columns = _columns(script, dialect, rows)
    names = {} if dialect.is_azure or script.method == "reinforcement" else _RENAMED
    lines = [",".join(("step", *(names.get(column, column) for column in columns)))]
    for record, row in zip(script.records, rows, strict=True):
        cells = (_cell(row.get(column), dialect) for column in columns)
        lines.append(",".join((str(record.step), *cells)))
    return "".join(f"{line}\n" for line in lines)


def _columns(script: JobScript, dialect: Dialect, rows: Sequence[Mapping[str, float]]) -> list[str]:
    usual = () if script.method == "reinforcement" else (*_LOSSES, *(_FULL if dialect.is_azure else ()))
    measured = (name for row in rows for name in row)
    hidden = () if dialect.is_azure or script.method == "reinforcement" else _FULL
    return [name for name in dict.fromkeys((*usual, *measured)) if name not in hidden]


def _cells(record: Record) -> Iterator[tuple[str, float]]:
    for name, value in record.data.items():
        if isinstance(value, Mapping):
            yield from _nested(name, value)
        elif value is not None:
            yield name, value


def _nested(part: str, value: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Flatten a nested part of a reinforcement event to the paths of the result file."""
    for grader in value.get("graders", ()):
        path = f"{part}/graders/{grader['type']}/{grader['name']}"
        middle = "" if part == "scores" else f"/{part}"
        for name, number in grader.items():
            if name not in ("type", "name") and number is not None:
                yield f"{path}{middle}/{name}", number
    for name, number in value.get("samples", {}).items():
        yield f"{part}/samples/{name}", number
    for name, number in value.get("step", {}).items():
        yield _DURATIONS[name], number


def _cell(value: float | None, dialect: Dialect) -> str:
    if value is None:
        return ""
    return str(value if dialect.is_azure or isinstance(value, int) else round(value, 5))
