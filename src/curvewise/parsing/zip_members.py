"""Members of a zip archive, with a limit: a small archive may unpack to any size."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from curvewise.errors import MalformedError

MAX_MEMBER = 512 << 20
"""Bytes of a member that are read."""

_SIGNATURE = b"PK\x03\x04"
_TAIL = 1 << 16


def lists(content: bytes, *names: bytes) -> bool:
    """Whether the bytes are a zip archive whose list holds all names; looks at its end alone."""
    return content.startswith(_SIGNATURE) and all(name in content[-_TAIL:] for name in names)


def member(content: bytes, name: str) -> bytes:
    """Read a member; empty when there is none.

    Raises
    ------
    MalformedError
        If the archive is damaged, encrypted or too large.
    """
    problem = "the archive is damaged or encrypted"
    try:
        with ZipFile(BytesIO(content)) as archive:
            if name not in archive.namelist():
                return b""
            with archive.open(name) as file:
                data = file.read(MAX_MEMBER + 1)
    except Exception:  # each decompressor has errors of its own
        raise MalformedError(problem, hint="export it again", field=name) from None
    if len(data) > MAX_MEMBER:
        raise MalformedError(
            f"it unpacks to more than {MAX_MEMBER >> 20} MiB", hint="export less", field=name
        )
    return data
