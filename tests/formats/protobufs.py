"""Files of TensorBoard, Weights & Biases and SwanLab, written byte by byte: their libraries are large."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*parts, value))


def field(number: int, value: float | bytes | str) -> bytes:
    """A field: a whole number, a float of 32 bits, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def crc32c(data: bytes) -> int:
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def event(step: int, *parts: bytes, time: float = 1.7e9) -> bytes:
    """A record of an event; a step of 0 is left out, as protocol buffers do."""
    place = field(2, step) if step else b""
    return record(b"\x09" + struct.pack("<d", time + step) + place + b"".join(parts))


def summary(*values: bytes) -> bytes:
    return field(5, b"".join(field(1, value) for value in values))


def scalar(tag: str, value: float) -> bytes:
    return field(1, tag) + field(2, value)


def tensor(tag: str, *values: float, shape: bytes = b"") -> bytes:
    """A tensor of 32-bit floats as Keras writes it; of rank 0 when there is no shape."""
    content = struct.pack(f"<{len(values)}f", *values)
    return field(1, tag) + field(8, field(1, 1) + field(2, shape) + field(4, content))


START = event(0, field(3, "brain.Event:2"))


def event_file(*events: bytes) -> bytes:
    return START + b"".join(events)


def logged(tag: str, steps: range, scale: float = 1.0) -> list[bytes]:
    """An event a step, with a value that a float of 32 bits holds exactly."""
    return [event(step, summary(scalar(tag, scale * step))) for step in steps]


def wandb_log(*records: bytes, head: bytes = b":W&B\xe1\xbe\x00") -> bytes:
    """A log of Weights & Biases, or of SwanLab: records in chunks, in blocks of 32 KiB."""
    log = bytearray(head)
    for record in records:
        rest, is_first = record, True
        while is_first or rest:
            room = 32768 - len(log) % 32768
            if room < 7:
                log += bytes(room)
                continue
            chunk, rest = rest[: room - 7], rest[room - 7 :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[
                is_first, not rest
            ]
            log += struct.pack("<IHB", zlib.crc32(bytes((kind,)) + chunk), len(chunk), kind) + chunk
            is_first = False
    return bytes(log)


def items(values: Mapping[str, object], *, key: int = 2) -> bytes:
    """The items of a history, or of a configuration; a path of keys is written with ``>``."""
    return b"".join(
        field(1, b"".join(field(key, part) for part in name.split(">")) + field(16, json.dumps(value)))
        for name, value in values.items()
    )


def history(number: int, **values: object) -> bytes:
    """A record of the history: values by key, ``__`` standing for a slash."""
    named = {name.replace("__", "/"): value for name, value in values.items()}
    return field(1, number) + field(2, items(named) + field(2, field(1, number) if number else b""))


def wandb_run(name: str = "my run", **config: object) -> bytes:
    """The record of a run."""
    said = field(1, f"id-{name}") + field(4, items(config, key=1)) + field(8, name)
    return field(1, 2) + field(17, said)


def step_metric(axis: str, *, name: str = "", pattern: str = "") -> bytes:
    said = (field(1, name) if name else b"") + (field(2, pattern) if pattern else b"") + field(4, axis)
    return field(12, said)


def exit_of(code: int) -> bytes:
    return field(18, field(1, code) if code else b"")


def swanlab_log(*records: bytes) -> bytes:
    return wandb_log(*records, head=b":SWL\xd6\xe1\x02")


def swanlab_scalar(key: str, step: int, value: float) -> bytes:
    number = b"\x09" + struct.pack("<d", value) if value else b""
    return field(1, step) + field(13, field(1, key) + (field(2, step) if step else b"") + field(5, number))


def swanlab_start(name: str) -> bytes:
    return field(1, -1) + field(10, field(1, "project") + field(4, name) + field(10, f"id-{name}"))


def swanlab_finish(state: int, error: str = "") -> bytes:
    return field(11, field(1, state) + (field(2, error) if error else b""))
