"""Members of a zip archive, with a limit: a small archive may unpack to any size."""

from __future__ import annotations

from io import BytesIO

from curvewise.errors import CurvewiseError, MalformedError
from curvewise.limits import JSON_BYTES

_SIGNATURE = b"PK\x03\x04"
_TAIL = 1 << 16


def lists(content: bytes, *names: bytes) -> bool:
    """Whether the bytes are a zip archive whose list holds all names; looks at its end alone."""
    return content.startswith(_SIGNATURE) and all(name in content[-_TAIL:] for name in names)


def member(content: bytes, name: str) -> bytes:
    """Read a member, which is JSON; empty when there is none.

    Raises
    ------
    MalformedError
        If the archive is damaged, encrypted or too large.
    """
    from zipfile import ZipFile

    problem = "the archive is damaged or encrypted"
    try:
        with ZipFile(BytesIO(content)) as archive:
            if name not in archive.namelist():
                return b""
            _require_small(archive.getinfo(name).file_size, name)  # as it says itself
            with archive.open(name) as file:
                data = file.read(JSON_BYTES.value + 1)
    except CurvewiseError:
        raise
    except Exception:  # each decompressor has errors of its own
        raise MalformedError(problem, hint="export it again", field=name) from None
    _require_small(len(data), name)
    return data


def _require_small(size: int, name: str) -> None:
    JSON_BYTES.require(size, f"{name} in the archive has", "export less")
