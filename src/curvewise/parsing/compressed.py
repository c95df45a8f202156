"""Compressed files, unpacked: what gzip, bzip2 and xz wrote, up to a limit."""

from __future__ import annotations

import zlib
from typing import Any

from curvewise.errors import InputError, MalformedError
from curvewise.limits import UNPACKED_BYTES

TIMES = 250
"""Most that a log, which repeats itself, unpacks to, as a multiple of its size; a bomb unpacks to more."""
FLOOR = 2**20
"""Bytes that every file may unpack to."""


_BEGINNINGS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


def unpacked(data: bytes) -> bytes | None:
    """Return what a compressed file holds; None if it is not compressed.

    Raises
    ------
    InputError
        If it holds more than is read, or what is compressed again.
    MalformedError
        If it is cut or damaged.

    Examples
    --------
    >>> import gzip
    >>> unpacked(gzip.compress(b"step,loss"))
    b'step,loss'
    """
    name = next((name for beginning, name in _BEGINNINGS.items() if data.startswith(beginning)), None)
    if name is None:
        return None
    import bz2  # both are loaded where something is compressed
    import lzma

    unpackers = {"bzip2": bz2.BZ2Decompressor, "xz": lzma.LZMADecompressor}
    most = min(UNPACKED_BYTES.value, FLOOR + TIMES * len(data))
    parts: list[bytes] = []
    size, rest = 0, data
    while rest.startswith(data[:2]):  # several may stand one after the other
        one: Any = unpackers[name]() if name in unpackers else zlib.decompressobj(wbits=31)
        try:
            parts.append(one.decompress(rest, most - size + 1))
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            raise _broken(name, "is damaged") from error
        size += len(parts[-1])
        if size > most:
            raise InputError(
                f"the file is {name}-compressed and unpacks to more than {UNPACKED_BYTES.said(most)}",
                hint="unpack it, and give what is needed of it",
            )
        if not one.eof:
            raise _broken(name, "breaks off")
        rest = one.unused_data
    held = b"".join(parts)
    if held.startswith(tuple(_BEGINNINGS)):
        raise InputError("the file is compressed twice", hint="unpack it first")
    return held


def _broken(name: str, how: str) -> MalformedError:
    return MalformedError(f"the file is {name}-compressed and {how}", hint="copy or download the file again")
