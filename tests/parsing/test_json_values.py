"""JSON as training tools write it."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import InputError, MalformedError
from curvewise.parsing.document import Document
from curvewise.parsing.json_values import is_json_lines, looks_like_json, read_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def same(first: Any, second: Any) -> bool:
    return json.dumps(first) == json.dumps(second)


@given(st.lists(values) | st.dictionaries(st.text(), values), st.sampled_from([None, 2]))
def test_reads_whatever_python_writes(value: Any, indent: int | None) -> None:
    assert same(read_json(json.dumps(value, indent=indent).encode()), value)


@pytest.mark.parametrize("between", ["\n", ",\n", ""])
def test_reads_objects_that_stand_one_after_another(between: str) -> None:
    rows = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": math.nan}]
    text = between.join(json.dumps(row, indent=2) for row in rows) + between
    assert same(read_json(text.encode()), rows)


@given(st.lists(st.dictionaries(st.text(), st.floats() | st.text()), min_size=2, max_size=5))
def test_reads_json_lines_that_python_writes(rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert same(Document("log", text.encode()).rows, rows)


def test_bare_nan_and_infinity_are_floats_but_text_stays() -> None:
    value = read_json(b'{"a": NaN, "b": [Infinity, -Infinity], "c": ": NaN, \\" Infinity"}')
    assert math.isnan(value["a"])
    assert value["b"] == [math.inf, -math.inf]
    assert value["c"] == ': NaN, " Infinity'


def test_of_a_repeated_key_the_last_value_counts() -> None:
    assert read_json(b'{"loss": 1.0, "loss": 2.0}') == {"loss": 2.0}


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b'{\n "a": 1,\n "b" 2\n}', 3, "column 6: expecting ':' delimiter"),
        (b'{"a": 1,}', 1, "expecting property name"),
        (b'{"a": 1} x', 1, "more follows"),
        (b"[1]\n[2]", 2, "more follows"),
        (b'{"a": "b\nc"}', 1, "invalid control character"),
        (b'["\xe9"]', 1, "0xE9 is not UTF-8"),
        (b"[" + b"1" * 6000 + b"]", 1, "a number cannot be read"),
    ],
)
def test_an_error_says_where_and_what(data: bytes, line: int, said: str) -> None:
    with pytest.raises(MalformedError, match=said) as caught:
        read_json(data)
    assert caught.value.line == line


WHOLE = b'{"log_history": [{"step": 1, "loss": NaN, "on": true, "name": "\xc3\xa9 x"}]}'


CUTS = [length for length in range(1, len(WHOLE)) if WHOLE[length - 1] != 0xC3]  # within no character


@pytest.mark.parametrize("length", CUTS)
def test_a_document_cut_anywhere_is_called_cut_short(length: int) -> None:
    with pytest.raises(MalformedError, match="cut short") as caught:
        read_json(WHOLE[:length])
    assert "again" in caught.value.hint


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_nesting_bomb_is_refused(opening: bytes) -> None:
    with pytest.raises(MalformedError, match="nested too deeply"):
        read_json(opening * 100_000)


def test_a_nesting_bomb_among_lines_is_refused() -> None:
    data = b'{"a": 1}\n{"a": ' + b"[" * 100_000 + b"\n{}\n"
    with pytest.raises(MalformedError, match="nested too deeply") as caught:
        _ = Document("log", data).rows
    assert caught.value.line == 2


def test_a_document_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURVEWISE_MAX_JSON_BYTES", "10")
    with pytest.raises(InputError, match="at most"):
        read_json(b'{"a": 123456789}')


@pytest.mark.parametrize(
    ("data", "json_value", "rows"),
    [
        (b'{"a": 1}\n{"a": 2}', None, [{"a": 1}, {"a": 2}]),
        (b'{"a": 1}\r\n\r\n{"a": 2}\r\n', None, [{"a": 1}, {"a": 2}]),
        (b'\n {"a": 1}\n', {"a": 1}, [{"a": 1}]),
        (b'{\n"a": 1\n}', {"a": 1}, None),
        (b'[{"a": 1},\n{"a": 2}]', [{"a": 1}, {"a": 2}], None),
        (b"step,loss\n1,2\n", None, None),
    ],
)
def test_one_document_and_json_lines_are_told_apart(data: bytes, json_value: Any, rows: Any) -> None:
    document = Document("file", data)
    assert document.json == json_value
    assert document.rows == rows


def test_a_cut_last_line_is_left_out_and_noted() -> None:
    document = Document("log", b'{"step": 1}\n{"step": 2}\n{"step": 3, "lo')
    assert document.rows == [{"step": 1}, {"step": 2}]
    assert [note.code for note in document.repairs] == ["cut_last_line"]


@pytest.mark.parametrize("broken", [b'{"step": 2, "lo', b'{"step" 2}', b"[2]", b"null", b'{"step": 2}, '])
def test_a_broken_line_in_the_middle_is_an_error_with_its_number(broken: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        _ = Document("log", b'{"step": 1}\n\n' + broken + b'\n{"step": 3}\n').rows
    assert caught.value.line == 3


def test_a_complete_last_line_that_breaks_the_rules_is_an_error() -> None:
    with pytest.raises(MalformedError, match="delimiter"):
        _ = Document("log", b'{"step": 1}\n{"step" 2}').rows


def test_recognising_a_large_document_on_one_line_is_cheap() -> None:
    data = b'{"log_history": [' + b'{"step": 1}, ' * 1_000_000 + b"{}]}"
    start = time.process_time()
    assert looks_like_json(data)
    assert not is_json_lines(data)
    assert time.process_time() - start < 0.5
