"""Event files of TensorBoard: the scalars of each tag, many records of one shape at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from struct import Struct

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.run import Note
from curvewise.model.series import FloatArray, IntArray
from curvewise.parsing.protobuf import BYTES, EIGHT_BYTES, FOUR_BYTES, VARINT, fields, text, varint, whole
from curvewise.parsing.tfrecord import FOOTER, Frames, checksums, checksums_of, frames, words

AT_ONCE = 1 << 20
"""Bytes of records that are looked at together: so many stay in the cache of a processor."""

LONGEST_COMPARED = 4096
"""Bytes up to which records are compared and their checksums looked at; those of pictures are longer."""

FEWEST_ALIKE = 128
"""Records of one length, or of one shape, from which on it is worth to read them together."""

MOST_SHAPES = 4096
"""Shapes that are remembered: the files of a sweep have the same few."""

WORD = 8
"""Bytes that are compared at once."""

Rows = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_WALL_TIME, _STEP, _SUMMARY, _SESSION = 1, 2, 5, 7  # fields of Event
_VALUE = 1  # of Summary
_TAG, _SIMPLE_VALUE, _TENSOR = 1, 2, 8  # of Summary.Value
_DTYPE, _SHAPE, _CONTENT = 1, 2, 4  # of TensorProto
_LISTS = {5: "<f4", 6: "<f8"}  # of TensorProto, too
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
_STRUCTS = {kind: Struct(f"<{code}") for kind, code in zip(_DTYPES.values(), "fdiqe", strict=True)}
_STATUS, _START = 1, 1  # of SessionLog
_HPARAMS = ("_hparams_/", "hparam/")


class Points(msgspec.Struct, frozen=True, eq=False):
    """What a file holds of one tag, in its order: steps, int64, and values, float64, of shape (n,)."""

    step: IntArray
    value: FloatArray


class EventFile(msgspec.Struct, frozen=True, eq=False):
    """The scalars of an event file by tag, and what was left out."""

    points: Mapping[str, Points]
    notes: tuple[Note, ...]


class _Shape(msgspec.Struct, frozen=True, eq=False):
    """Where a record holds what, in bytes from its start; other records of this shape hold it there, too."""

    length: int
    step: tuple[int, int]  # where it begins and ends; both 0 when it is 0, which is left out
    scalars: tuple[tuple[str, int, str], ...]  # tag, place and type
    restarts: bool  # whether it says that a program began to log anew
    varying: list[int]  # the bytes that may differ
    mask: bytes  # the bits that may not: of the step whether it goes on is part of the shape


def is_event_file(data: bytes) -> bool:
    """Whether a file begins as TensorBoard's files do: with a record that names their version."""
    return b"brain.Event:" in data[:64]


def read_event_file(data: bytes) -> EventFile:
    """Read the scalars of every tag; a record whose checksum is wrong is left out."""
    found = frames(data)
    reader = _Reader(data, found)
    lengths = np.minimum(found.lengths, LONGEST_COMPARED + 1).astype(np.uint16)  # which are sorted fast
    order = np.argsort(lengths, kind="stable")
    ends = np.flatnonzero(np.diff(lengths[order])) + 1
    few: list[IntArray] = []
    for indices in np.split(order, ends) if len(order) else ():
        length = int(lengths[indices[0]])
        if length > LONGEST_COMPARED:
            reader.one_by_one(indices)
        elif len(indices) < FEWEST_ALIKE:
            few.append(indices)
        else:
            at_once = max(1, AT_ONCE // (length + FOOTER))
            for start in range(0, len(indices), at_once):
                reader.read(indices[start : start + at_once])
    if few:
        reader.few(np.concatenate(few))
    return EventFile(reader.points(), tuple(_notes(found, reader.damaged, len(data))))


def _notes(found: Frames, damaged: int, size: int) -> Iterator[Note]:
    if damaged:
        text = f"Left out, as the checksum is wrong: {damaged:,} of {len(found.starts):,} records."
        yield Note("damaged_records", text)
    if found.is_damaged:
        text = f"The file is damaged from byte {found.end:,} of {size:,} on; what follows was not read."
        yield Note("damaged_file", text)
    elif found.end < size:
        text = "The last record is cut, as in a run that goes on or was killed, and was left out."
        yield Note("cut_file", text)


class _Reader:
    """Collects the scalars of records."""

    def __init__(self, data: bytes, found: Frames) -> None:
        self.data, self.found = data, found
        self.damaged = 0
        self.pieces: dict[str, list[tuple[IntArray, IntArray, FloatArray]]] = {}
        self.restarts: list[tuple[int, int]] = []

    def read(self, indices: IntArray) -> None:
        """Take records of one length: those of the most common shape, then others that are alike."""
        length = int(self.found.lengths[indices[0]])
        size = length + FOOTER
        windows = np.ndarray((len(self.data) - size + 1,), f"V{size}", self.data, 0, (1,))
        rows = np.zeros((len(indices), -(-size // WORD) * WORD), np.uint8)
        rows[:, :size] = windows[self.found.starts[indices]].view(np.uint8).reshape(-1, size)
        shape, others = self._take_alike(rows, indices)
        if not len(others):
            return
        rows, indices = rows[others], indices[others]
        alone = []
        for group in _groups(rows, shape):
            if len(group) < FEWEST_ALIKE:
                alone.append(group)
            else:
                _, others = self._take_alike(rows[group], indices[group])
                alone.append(group[others])
        if len(rest := np.concatenate(alone)):
            self.few(indices[rest])

    def few(self, indices: IntArray) -> None:
        """Take those of some records whose checksum is right."""
        starts, lengths = self.found.starts[indices], self.found.lengths[indices]
        sound = checksums_of(self.data, starts, lengths) == words(self.data, starts + lengths)
        self.damaged += len(sound) - int(np.count_nonzero(sound))
        self.one_by_one(indices[sound])

    def one_by_one(self, indices: IntArray) -> None:
        """Take records of whatever shapes."""
        found: dict[str, list[tuple[int, int, float]]] = {}
        starts, lengths = self.found.starts[indices].tolist(), self.found.lengths[indices].tolist()
        for index, start, length in zip(indices.tolist(), starts, lengths, strict=True):
            shape = _known_shape(self.data, start, start + length)
            first, end = shape.step
            step = whole(self.data, start + first, start + end) if end else 0
            for tag, at, kind in shape.scalars:
                value = _STRUCTS[kind].unpack_from(self.data, start + at)[0]
                found.setdefault(tag, []).append((index, step, value))
            if shape.restarts:
                self.restarts.append((index, step))
        for tag, points in found.items():
            where, steps, values = zip(*points, strict=True)
            piece = np.array(where), np.array(steps, np.int64), np.array(values, np.float64)
            self.pieces.setdefault(tag, []).append(piece)

    def _place(self, index: int) -> tuple[int, int]:
        start = int(self.found.starts[index])
        return start, start + int(self.found.lengths[index])

    def _take_alike(self, rows: Rows, indices: IntArray) -> tuple[_Shape, IntArray]:
        """Take the rows that have the shape of the one in the middle; return it, and which the others are."""
        middle = len(rows) // 2
        shape = _shape(self.data, *self._place(int(indices[middle])))
        fits = _fits(rows, middle, shape)
        others = np.flatnonzero(~fits)
        fitting = (rows[fits], indices[fits]) if len(others) else (rows, indices)
        self._take(shape, *self._sound(shape, *fitting))
        return shape, others

    def _sound(self, shape: _Shape, rows: Rows, indices: IntArray) -> tuple[Rows, IntArray]:
        """Return the rows of a shape whose checksum is right."""
        sound = checksums(rows[:, : shape.length], shape.varying) == _column(rows, shape.length, "<u4")
        if sound.all():
            return rows, indices
        self.damaged += int(np.sum(~sound))
        return rows[sound], indices[sound]

    def _take(self, shape: _Shape, rows: Rows, indices: IntArray) -> None:
        """Take the scalars of rows of one shape."""
        if not len(rows) or not (shape.scalars or shape.restarts):
            return
        steps = _steps(rows, *shape.step)
        for tag, at, kind in shape.scalars:
            with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN
                values = _column(rows, at, kind).astype(np.float64)
            self.pieces.setdefault(tag, []).append((indices, steps, values))
        if shape.restarts:
            self.restarts.extend(zip(indices.tolist(), steps.tolist(), strict=True))

    def points(self) -> dict[str, Points]:
        """Return the points of each tag in the order of the file, without those that a restart took back."""
        where, limits = self._limits()
        points: dict[str, tuple[int, Points]] = {}
        for tag, held in self.pieces.items():
            index, step, value = (np.concatenate(part) for part in zip(*held, strict=True))
            if np.count_nonzero(index[1:] > index[:-1]) < len(index) - 1:
                order = np.argsort(index, kind="stable")
                index, step, value = index[order], step[order], value[order]
            keep = step < (limits[np.searchsorted(where, index)] if len(where) else limits)
            if keep.all():
                points[tag] = int(index[0]), Points(step, value)
            elif keep.any():
                points[tag] = int(index[0]), Points(step[keep], value[keep])
        return {tag: found for tag, (_, found) in sorted(points.items(), key=lambda item: item[1][0])}

    def _limits(self) -> tuple[IntArray, IntArray]:
        """Where programs began to log anew, and the step that ends what was logged before each of them."""
        where = np.array([index for index, _ in sorted(self.restarts)], np.int64)
        first = np.array([step for _, step in sorted(self.restarts)] + [np.iinfo(np.int64).max], np.int64)
        return where, np.minimum.accumulate(first[::-1])[::-1]


def _column(rows: Rows, at: int, kind: str) -> NDArray[np.generic]:
    """Read a number in each row, without a copy."""
    return np.ndarray((len(rows),), kind, rows, at, (rows.strides[0],))


def _fits(rows: Rows, like: int, shape: _Shape) -> Mask:
    """Whether rows hold what one of them holds, but for what may vary; their checksums are not compared."""
    mask = np.zeros(rows.shape[1], np.uint8)
    mask[: shape.length] = np.frombuffer(shape.mask, np.uint8)
    differing = rows.view(np.uint64) ^ rows[like].view(np.uint64)
    differing &= mask.view(np.uint64)
    fits: Mask = ~differing.any(axis=1)
    return fits


def _steps(rows: Rows, start: int, stop: int) -> IntArray:
    steps = np.zeros(len(rows), np.uint64)
    for column in range(start, stop):
        part = (rows[:, column] & np.uint8(0x7F)).astype(np.uint64)
        steps |= part << np.uint64(7 * (column - start))
    return steps.view(np.int64)


def _groups(rows: Rows, shape: _Shape) -> list[IntArray]:
    """Group rows that probably hold the same, but for time, step and value, whose places one shape tells."""
    compared = rows.copy()
    compared[:, shape.varying] = 0
    compared[:, shape.step[0] : shape.step[0] + 5] = 0  # other steps are longer
    compared[:, shape.length :] = 0
    keys = (compared.view(np.uint64) * _factors(rows.shape[1] // WORD)).sum(axis=1, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


@cache
def _factors(words: int) -> NDArray[np.uint64]:
    """Return odd numbers to multiply words by, so that records with other words differ in the sum."""
    return np.random.default_rng(0).integers(2**63, size=words, dtype=np.uint64) | np.uint64(1)


_SHAPES: dict[int, dict[int, dict[int, _Shape]]] = {}
"""Shapes by their length, by their mask, and by what a record holds there, the last two as numbers."""


def _known_shape(data: bytes, start: int, end: int) -> _Shape:
    """Return the shape of a record, be it that of one which was looked at before."""
    record = int.from_bytes(data[start:end], "little")
    for mask, shapes in [*_SHAPES.get(end - start, {}).items()]:  # another thread may add to it
        if (shape := shapes.get(record & mask)) is not None:
            return shape
    shape = _shape(data, start, end)
    if shape.scalars and shape.length <= LONGEST_COMPARED:  # a text or a picture is like no other
        if sum(len(shapes) for masks in [*_SHAPES.values()] for shapes in [*masks.values()]) >= MOST_SHAPES:
            _SHAPES.clear()
        mask = int.from_bytes(shape.mask, "little")
        _SHAPES.setdefault(shape.length, {}).setdefault(mask, {})[record & mask] = shape
    return shape


def _shape(data: bytes, start: int, end: int) -> _Shape:
    """Look where a record holds what; one that is no event holds nothing."""
    step, restarts = (0, 0), False
    varying: list[int] = []
    scalars: list[tuple[str, int, str]] = []
    try:
        for field, wire, at, stop in fields(data, start, end):
            if (field, wire) == (_STEP, VARINT):
                step = (at - start, stop - start)
                varying += range(*step)
            elif (field, wire) == (_WALL_TIME, EIGHT_BYTES):
                varying += range(at - start, stop - start)
            elif (field, wire) == (_SUMMARY, BYTES):
                scalars += _scalars(data, at, stop)
            elif (field, wire) == (_SESSION, BYTES):
                restarts = _is_start(data, at, stop)
    except ValueError:
        return _Shape(end - start, (0, 0), (), False, [], b"\xff" * (end - start))
    placed = tuple((tag, at - start, kind) for tag, at, kind in scalars)
    varying += chain.from_iterable(range(at, at + int(kind[2:])) for _, at, kind in placed)
    mask = bytearray(b"\xff" * (end - start))
    for at in varying:
        mask[at] = 0x80 if at in range(*step) else 0
    return _Shape(end - start, step, placed, restarts, sorted(set(varying)), bytes(mask))


def _scalars(data: bytes, at: int, end: int) -> Iterator[tuple[str, int, str]]:
    """Give tag, place and type of the scalars of a summary."""
    for field, wire, start, stop in fields(data, at, end):
        if (field, wire) != (_VALUE, BYTES):
            continue
        tag, found = "", None
        for inner, kind, first, last in fields(data, start, stop):
            if (inner, kind) == (_TAG, BYTES):
                tag = text(data, first, last)
            elif (inner, kind) == (_SIMPLE_VALUE, FOUR_BYTES):
                found = first, "<f4"
            elif (inner, kind) == (_TENSOR, BYTES):
                found = _scalar(data, first, last)
        if found is not None and not tag.startswith(_HPARAMS):
            yield tag, *found


def _scalar(data: bytes, at: int, end: int) -> tuple[int, str] | None:
    """Return place and type of the number that a tensor is; None when it is something else."""
    dtype, found = "", None
    for field, wire, start, stop in fields(data, at, end):
        if (field, wire) == (_DTYPE, VARINT):
            dtype = _DTYPES.get(varint(data, start, stop)[0], "")
        elif (field, wire) == (_SHAPE, BYTES) and start < stop:
            return None  # it has a dimension
        elif field in _LISTS or (field, wire) == (_CONTENT, BYTES):
            found = start, stop - start, _LISTS.get(field, dtype)
    if found is None or found[2] != dtype or not dtype or found[1] != int(dtype[2:]):
        return None
    return found[0], dtype


def _is_start(data: bytes, at: int, end: int) -> bool:
    return any(
        (field, wire) == (_STATUS, VARINT) and varint(data, start, stop)[0] == _START
        for field, wire, start, stop in fields(data, at, end)
    )
