"""Compressed files, unpacked: what gzip, bzip2 and xz wrote, up to a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from io import BufferedIOBase, BytesIO
from itertools import islice

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
    import bz2  # these are loaded where something is compressed
    import gzip
    import lzma

    openers: dict[str, Callable[[BytesIO], BufferedIOBase]] = {
        "gzip": gzip.open,
        "bzip2": bz2.open,
        "xz": lzma.open,
    }
    most = min(UNPACKED_BYTES.value, FLOOR + TIMES * len(data))
    try:
        with openers[name](BytesIO(data)) as file:  # several may stand one after the other
            held = b"".join(islice(iter(partial(file.read, FLOOR), b""), most // FLOOR + 1))
    except EOFError as error:
        raise _broken(name, "breaks off") from error
    except (zlib.error, lzma.LZMAError, OSError) as error:
        raise _broken(name, "is damaged") from error
    if len(held) > most:
        raise InputError(
            f"the file is {name}-compressed and unpacks to more than {UNPACKED_BYTES.said(most)}",
            hint="unpack it, and give what is needed of it",
        )
    if held.startswith(tuple(_BEGINNINGS)):
        raise InputError("the file is compressed twice", hint="unpack it first")
    return held


def _broken(name: str, how: str) -> MalformedError:
    return MalformedError(f"the file is {name}-compressed and {how}", hint="copy or download the file again")
