"""Records of Weights & Biases: what a run logged, and what it says of itself."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from curvewise.errors import CurvewiseError
from curvewise.parsing.json_values import read_json
from curvewise.parsing.protobuf import BYTES, fields, text, varint
from curvewise.parsing.rows import MAX_DEPTH, RowColumn, RowTable

_HISTORY, _CONFIG, _METRIC, _RUN, _EXIT = 2, 5, 12, 17, 18  # fields of Record
_ITEM, _STEP = 1, 2  # of HistoryRecord
_KEY, _NESTED_KEY, _VALUE = 1, 2, 16  # of HistoryItem and ConfigItem
_UPDATE = 1  # of ConfigRecord
_ID, _RUN_CONFIG, _DISPLAY_NAME = 1, 4, 8  # of RunRecord
_NAME, _GLOB, _STEP_METRIC = 1, 2, 4  # of MetricRecord
_NUMBER = 1  # of RunExitRecord, its code, and of HistoryStep
_TYPE = "_type"
_KEYS = (_KEY << 3 | BYTES, _NESTED_KEY << 3 | BYTES)
_VALUE_FOLLOWS = b"\x82\x01"
_SHORT = 128
"""Bytes of an item below which no part of it has a length of two bytes."""
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}

Place = tuple[int, int]


class WandbRun:
    """What the records of a run say."""

    def __init__(self, records: Iterable[bytes]) -> None:
        self.id = self.name = ""
        self.config: dict[str, Any] = {}
        self.axes: dict[str, str] = {}  # the step metric of a metric, or of a pattern such as rollout/*
        self.exit_code: int | None = None  # None while it runs, or when it was killed
        self._count = 0
        self._columns: defaultdict[bytes, tuple[array[int], array[float]]] = defaultdict(
            lambda: (array("q"), array("d"))
        )
        self._media: set[bytes] = set()
        self.take(records)

    def take(self, records: Iterable[bytes]) -> None:
        """Take what further records say."""
        readers = {
            _HISTORY: self._read_history,
            _CONFIG: self._read_config,
            _METRIC: self._read_metric,
            _RUN: self._read_run,
            _EXIT: self._read_exit,
        }
        for record in records:
            try:
                for field, wire, at, stop in fields(record):
                    if wire == BYTES and field in readers:
                        readers[field](record, at, stop)
            except ValueError:
                continue  # it is no record

    @property
    def history(self) -> RowTable:
        """What was logged, without the parts of pictures and histograms."""
        media = tuple(key + b"/" for key in self._media)
        columns = {
            key.decode("utf-8", "replace"): RowColumn(np.array(rows, np.int64), np.array(values, np.float64))
            for key, (rows, values) in self._columns.items()
            if not key.startswith(media)
        }
        return RowTable(self._count, columns, {})

    def _read_history(self, data: bytes, at: int, end: int) -> None:
        step, columns, count = None, self._columns, self._count
        for field, wire, start, stop in fields(data, at, end):
            if field == _ITEM and wire == BYTES:
                key, value = _item(data, start, stop)
                try:
                    number = float(value)
                except ValueError:
                    self._take_value(key, _json(value), MAX_DEPTH)
                    continue
                rows, values = columns[key]
                rows.append(count)
                values.append(number)
            elif field == _STEP and wire == BYTES:
                step = start, stop
        rows, _ = columns[b"_step"]
        if step is not None and not (rows and rows[-1] == count):
            self._append(b"_step", _number(data, *step))
        self._count += 1

    def _take_value(self, key: bytes, value: object, depth: int) -> None:
        """Take a number, or those within an object; an object with a type is a picture or the like."""
        if isinstance(value, str):
            if value in _SPECIAL:
                self._append(key, _SPECIAL[value])
            elif key.endswith(f"/{_TYPE}".encode()):
                self._media.add(key.rpartition(b"/")[0])
        elif isinstance(value, dict) and depth and _TYPE not in value:
            for inner, within in value.items():
                self._take_value(key + b"/" + inner.encode("utf-8", "replace"), within, depth - 1)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._append(key, float(value))

    def _append(self, key: bytes, value: float) -> None:
        rows, values = self._columns[key]
        rows.append(self._count)
        values.append(value)

    def _read_config(self, data: bytes, at: int, end: int) -> None:
        for start, stop in _parts(data, at, end, _UPDATE):
            key, value = _item(data, start, stop)
            self.config[key.decode("utf-8", "replace")] = _json(value)

    def _read_metric(self, data: bytes, at: int, end: int) -> None:
        said = {
            field: text(data, start, stop)
            for field, wire, start, stop in fields(data, at, end)
            if wire == BYTES
        }
        if (name := said.get(_NAME) or said.get(_GLOB)) and _STEP_METRIC in said:
            self.axes[name] = said[_STEP_METRIC]

    def _read_run(self, data: bytes, at: int, end: int) -> None:
        for field, wire, start, stop in fields(data, at, end):
            if (field, wire) == (_ID, BYTES):
                self.id = text(data, start, stop)
            elif (field, wire) == (_DISPLAY_NAME, BYTES):
                self.name = text(data, start, stop)
            elif (field, wire) == (_RUN_CONFIG, BYTES):
                self._read_config(data, start, stop)

    def _read_exit(self, data: bytes, at: int, end: int) -> None:
        self.exit_code = _number(data, at, end)


def _item(data: bytes, at: int, end: int) -> tuple[bytes, bytes]:
    """Read key and value of an item; the keys of nested objects are joined."""
    if 1 < end - at < _SHORT and data[at] in _KEYS:  # a key and a value, as nearly always
        stop = at + 2 + data[at + 1]
        if stop + 2 < end and data[stop : stop + 2] == _VALUE_FOLLOWS and stop + 3 + data[stop + 2] == end:
            return data[at + 2 : stop], data[stop + 3 : end]
    keys, value = [], b""
    for field, wire, start, stop in fields(data, at, end):
        if wire == BYTES and field in (_KEY, _NESTED_KEY):
            keys.append(data[start:stop])
        elif (field, wire) == (_VALUE, BYTES):
            value = data[start:stop]
    return b"/".join(keys), value


def _parts(data: bytes, at: int, end: int, wanted: int) -> Iterator[Place]:
    return (
        (start, stop)
        for field, wire, start, stop in fields(data, at, end)
        if (field, wire) == (wanted, BYTES)
    )


def _number(data: bytes, at: int, end: int) -> int:
    """Read the number that a message holds; 0 is left out."""
    found = [
        varint(data, start, stop)[0]
        for field, wire, start, stop in fields(data, at, end)
        if field == _NUMBER and not wire
    ]
    return found[-1] if found else 0


def _json(value: bytes) -> Any:
    try:
        return read_json(value)
    except CurvewiseError:
        return None
