"""Files: read one, or say plainly why that fails; replace one as a whole."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from curvewise.errors import InputError
from curvewise.limits import FILE_BYTES

_KINDS = (
    (stat.S_ISFIFO, "a named pipe", "pipe the content in instead: `... | curvewise check -`"),
    (stat.S_ISSOCK, "a socket", "pass a file or a folder"),
    (stat.S_ISCHR, "a device", "pass a file or a folder"),
    (stat.S_ISBLK, "a device", "pass a file or a folder"),
)


def status(path: str) -> os.stat_result:
    """Return the status of a path, symbolic links followed."""
    try:
        return os.stat(path)  # noqa: PTH116 - every file is asked
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except PermissionError:
        raise not_permitted(path) from None
    except (OSError, ValueError) as error:  # a loop of links, a name that is too long, a NUL in it
        raise InputError(f"this path cannot be used: {error}", hint="check the path", file=path) from None


def modified(*paths: str) -> float | None:
    """Return when the last of some files was written, in seconds since 1970; None where that is unknown."""
    try:
        return max((os.stat(path).st_mtime for path in paths), default=None)  # noqa: PTH116 - of many files
    except OSError:
        return None


def read_file(path: str) -> bytes:
    """Read a regular file."""
    properties = status(path)
    for is_kind, what, hint in _KINDS:
        if is_kind(properties.st_mode):
            raise InputError(f"this is {what}; expected a file", hint=hint, file=path)
    if properties.st_size > FILE_BYTES.value:
        raise too_large(path, properties.st_size)
    try:
        return Path(path).read_bytes()
    except PermissionError:
        raise not_permitted(path) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}", hint="check the disk", file=path
        ) from None


def read_stored(file: Path) -> bytes | None:
    """Read a file that curvewise wrote; None if there is none."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        hint = "check the path, and the rights of the file"
        raise InputError(f"cannot read: {error.strerror}", hint=hint, file=str(file)) from error


def write_file(path: Path, content: str | bytes) -> None:
    """Replace a file as a whole; after an `OSError` it has its old content.

    The content is written and synced beside the file before it takes the name. A symbolic link is followed,
    the mode of an existing file is kept, and a device or a pipe is written to.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and any(is_kind(mode) for is_kind, _, _ in _KINDS):
        path.write_bytes(data)
        return
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".curvewise-{os.urandom(6).hex()}")
    try:
        with temporary.open("xb") as file:
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def too_large(path: str, size: int) -> InputError:
    """Return the error for a file that is too large."""
    hint = "pass the metrics file alone; if it is one, log less often"
    return FILE_BYTES.exceeded(f"it has {FILE_BYTES.said(size)}", hint, file=path)


def _missing(path: str) -> InputError:
    if os.path.lexists(path):
        target = Path(path).readlink() if Path(path).is_symlink() else path
        return InputError(
            f"this is a symbolic link to {str(target)!r}, which does not exist",
            hint="pass the file itself",
            file=path,
        )
    if "://" in path:
        return InputError(
            "addresses cannot be read, only files and folders", hint="download it first", file=path
        )
    import difflib  # heavy for what is rarely needed

    place = Path(path)
    while not place.parent.is_dir():  # name the first part that is missing
        place = place.parent
    near = difflib.get_close_matches(place.name, _names(place.parent), n=3, cutoff=0.6)
    proposals = " or ".join(str(place.parent / name) for name in near)
    why = f"{str(place)!r} is a file" if place.exists() else f"there is no {str(place)!r}"
    beginning = "" if place == Path(path) else f": {why}"
    return InputError(
        f"no such file or folder{beginning}",
        hint=f"did you mean {proposals}?" if near else "check the path",
        file=path,
    )


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def not_permitted(path: str) -> InputError:
    """Return the error for a path without permission."""
    return InputError(
        "permission denied", hint="check the rights of the file and of the folders above it", file=path
    )
