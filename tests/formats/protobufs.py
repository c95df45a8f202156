"""Protocol buffers and TensorBoard's records, written byte by byte: their libraries are large."""

from __future__ import annotations

import struct


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
