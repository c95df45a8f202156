"""The format `swanlab_log`: the log that SwanLab keeps of a run on disk."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import nan
from struct import unpack_from

import msgspec
import numpy as np

from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.leveldb_log import HEADER, RecordLog
from curvewise.parsing.logged import read_log
from curvewise.parsing.protobuf import BYTES, EIGHT_BYTES, VARINT, fields, text, whole
from curvewise.parsing.rows import RowColumn, RowTable
from curvewise.plugin import file_format

_SIGNATURE = b":SWL"
_START, _FINISH, _SCALAR = 10, 11, 13  # fields of Record
_NAME, _ID = 4, 10  # of StartRecord
_STATE, _ERROR = 1, 2  # of FinishRecord
_KEY, _STEP, _VALUE = 1, 2, 5  # of ScalarRecord
_NUMBER = 1  # of ScalarValue
_STATES: Mapping[int, str] = {1: "succeeded", 2: "failed", 3: "cancelled"}
_SYSTEM = "__swanlab__"


@file_format(
    title="SwanLab run (run-*.swanlab)",
    recognised_by="the letters :SWL at its beginning",
    recognise=lambda document: document.content.startswith(_SIGNATURE),
)
def swanlab_log(document: Document) -> Run:
    """Read the scalars of a run; what is cut or damaged is left out.

    A value stands at ``train/global_step``, where that was logged, else at the step that SwanLab has for it.
    Measurements of the machine are left out.
    """
    log = RecordLog(document.content, HEADER)
    logged = _Logged()
    for record in log:
        try:
            for field, wire, at, stop in fields(record):
                if wire == BYTES:
                    logged.take(record, field, at, stop)
        except ValueError:
            continue  # it is no record
    run = read_log(logged.table(), document.mapping)
    return msgspec.structs.replace(
        run,
        id=logged.id,
        name=logged.name[:200],
        status=logged.status,
        error=logged.error or None,
        notes=(*run.notes, *log.notes()),
    )


class _Logged:
    """What the records say; scalars of one step that follow each other are a row."""

    def __init__(self) -> None:
        self.id = self.name = self.error = ""
        self.status: str | None = None
        self._steps = array("q")
        self._columns: dict[str, tuple[array[int], array[float]]] = {}

    def take(self, data: bytes, field: int, at: int, end: int) -> None:
        """Take a part of a record."""
        if field == _SCALAR:
            self._take_scalar(data, at, end)
        elif field == _START:
            said = {each: (start, stop) for each, wire, start, stop in fields(data, at, end) if wire == BYTES}
            self.name, self.id = (text(data, *said.get(each, (0, 0))) for each in (_NAME, _ID))
        elif field == _FINISH:
            for each, wire, start, stop in fields(data, at, end):
                if (each, wire) == (_STATE, VARINT):
                    self.status = _STATES.get(whole(data, start, stop))
                elif (each, wire) == (_ERROR, BYTES):
                    self.error = text(data, start, stop)[:1000]

    def _take_scalar(self, data: bytes, at: int, end: int) -> None:
        key, step, value = "", 0, 0.0  # what is 0 is left out
        for field, wire, start, stop in fields(data, at, end):
            if (field, wire) == (_KEY, BYTES):
                key = text(data, start, stop)
            elif (field, wire) == (_STEP, VARINT):
                step = whole(data, start, stop)
            elif (field, wire) == (_VALUE, BYTES):
                places = [
                    place
                    for number, kind, *place in fields(data, start, stop)
                    if (number, kind) == (_NUMBER, EIGHT_BYTES)
                ]
                value = unpack_from("<d", data, places[-1][0])[0] if places else 0.0
        if key.startswith(_SYSTEM):
            return
        if not self._steps or self._steps[-1] != step:
            self._steps.append(step)
        rows, values = self._columns.setdefault(key, (array("q"), array("d")))
        rows.append(len(self._steps) - 1)
        values.append(value if value == value else nan)  # a signalling NaN is a NaN

    def table(self) -> RowTable:
        """Return the scalars as a log by key."""
        columns = {
            key: RowColumn(np.array(rows, np.int64), np.array(values, np.float64))
            for key, (rows, values) in self._columns.items()
        }
        count = len(self._steps)
        steps = RowColumn(np.arange(count), np.array(self._steps, np.float64))
        return RowTable(count, {**columns, "_step": steps} if count else {}, {})
