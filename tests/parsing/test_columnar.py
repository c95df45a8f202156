"""Parquet and Arrow files, written by pyarrow."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curvewise.errors import InputError
from curvewise.loading import load
from curvewise.parsing import columnar
from curvewise.parsing.decoding import decode
from tests.fuzz.trying import limited

pa: Any = pytest.importorskip("pyarrow")
parquet: Any = pytest.importorskip("pyarrow.parquet")


def table() -> Any:
    return pa.table(
        {
            "step": pa.array([1, 2, 3], pa.int64()),
            "train_loss": pa.array([0.1, float("nan"), 0.3], pa.float64()),
            "val_loss": pa.array([None, 0.5, None], pa.float32()),
            "phase": pa.array(["a", "b", "a"]).dictionary_encode(),
            "half": pa.array(np.array([1, 2, 3], np.float16)),
        }
    )


def as_parquet(content: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(content, out)
    return out.getvalue()


def as_arrow(content: Any) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, content.schema) as writer:
        writer.write_table(content)
    return out.getvalue()


@pytest.mark.parametrize("written", [as_parquet, as_arrow])
def test_a_table_of_columns_is_read(written: Callable[[Any], bytes], tmp_path: Path) -> None:
    (tmp_path / "metrics").write_bytes(written(table()))
    run = load(tmp_path / "metrics")
    assert str(run["train_loss"].value.tolist()) == "[0.1, nan, 0.3]"
    assert (run["full_valid_loss"].step.tolist(), run["full_valid_loss"].value.tolist()) == ([2], [0.5])


def test_columns_of_other_things_are_left_out() -> None:
    content = table().append_column("tokens", pa.array([[1], [2], [3]]))
    _, (note,) = decode(as_parquet(content))
    assert note.text == "Columns that hold neither numbers nor text were left out: tokens."


@pytest.mark.parametrize("written", [as_parquet, as_arrow])
def test_a_damaged_file_is_no_crash(written: Callable[[Any], bytes]) -> None:
    content = written(table())
    for place in range(8, len(content), 7):
        for damaged in (content[:place], content[:place] + b"\xff" * 5 + content[place + 5 :]):
            try:
                decode(damaged)
            except InputError as error:
                assert error.hint


def test_a_data_set_is_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURVEWISE_MAX_CELLS", "10")
    for content in (as_parquet(table()), as_arrow(table())):
        with pytest.raises(InputError, match="data set"):
            decode(content)


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="an Arrow file") as caught:
        decode(as_arrow(table()))
    assert "curvewise[fast]" in caught.value.hint


def _parquet(**columns: Any) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def _arrow(**columns: Any) -> bytes:
    out, table = io.BytesIO(), pa.table(columns)
    with pa.ipc.new_file(out, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table, 1000)
    return out.getvalue()


LONG = {"step": range(2000), "loss": [0.5] * 2000}


@pytest.mark.parametrize("write", [_parquet, _arrow])
@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({"text": ["x" * (2 << 20)] + ["y"] * 1999}, "LINE_BYTES"),
        ({"text": ["x" * 10_000] * 2000}, "UNPACKED_BYTES"),
        ({f"m{number}": [0.5] * 2000 for number in range(60)}, "COLUMNS"),
        ({f"m{number}": [0.5] * 2000 for number in range(40)}, "CELLS"),
    ],
)
def test_what_unpacks_to_too_much_is_refused(
    write: Callable[..., bytes], more: dict[str, Any], limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("UNPACKED_BYTES", 10**7), ("COLUMNS", 50), ("CELLS", 50_000)):
        monkeypatch.setenv(f"CURVEWISE_MAX_{name}", str(value))
    content = write(**{name: list(values) for name, values in {**LONG, **more}.items()})
    assert len(content) < 10**6
    with limited(), pytest.raises(InputError, match="at most") as caught:
        decode(content)
    assert f"CURVEWISE_MAX_{limit}" in caught.value.hint


@pytest.mark.parametrize("write", [_parquet, _arrow])
def test_what_is_nested_is_not_unpacked(write: Callable[..., bytes]) -> None:
    deep: Any = 1.5
    for _ in range(20):
        deep = [deep]
    content = {name: list(values) for name, values in LONG.items()}
    _, (note,) = decode(write(**content, deep=[deep] * 2000))
    assert note.code == "nested_columns"
