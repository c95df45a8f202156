"""Logs of Inspect AI, which is not needed for them: a ``.eval`` is a ZIP of JSON."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.harness.inspect_samples import Reading, sample_from_inspect
from curvewise.harness.log_entry import Log

ZSTANDARD = 93
"""How Inspect AI may compress a ZIP; Python reads it from 3.14 on."""


def read(files: Iterable[Path], reading: Reading) -> Iterator[Log]:
    """Read those files that are logs of Inspect AI.

    Raises
    ------
    MalformedError
        If a log is damaged.
    InputError
        If a log holds no result, whatever its status says.
    """
    for file in files:
        try:
            content = _content(file)
        except (zipfile.BadZipFile, msgspec.DecodeError, KeyError, OSError) as error:
            if file.suffix != ".eval":
                continue
            raise MalformedError(
                f"this log of Inspect AI cannot be read: {error}", hint="write it anew", file=str(file)
            ) from error
        if content is not None:
            yield _log(file, *content, reading)


def _content(file: Path) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
    """Return the header and the samples of a log; None when the file is none."""
    if file.suffix == ".json":
        found = msgspec.json.decode(file.read_bytes())
        if not (isinstance(found, dict) and isinstance(found.get("eval"), dict) and "status" in found):
            return None
        return found, found.get("samples") or []
    if file.suffix != ".eval":
        return None
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        start = "header.json" if "header.json" in names else "_journal/start.json"
        header = _member(archive, start, file)
        samples = [_member(archive, name, file) for name in names if name.startswith("samples/")]
    return header, samples


def _member(archive: zipfile.ZipFile, name: str, file: Path) -> Any:
    member = archive.getinfo(name)
    if member.compress_type == ZSTANDARD:
        try:
            import importlib

            importlib.import_module("zipfile_zstd")  # it teaches zipfile this compression
        except ImportError:
            raise InputError(
                "this log is compressed with Zstandard",
                hint="pip install 'curvewise[eval]', or convert it: inspect log convert --to json",
                file=str(file),
            ) from None
    return msgspec.json.decode(archive.read(name))


def _log(file: Path, header: Mapping[str, Any], samples: list[Mapping[str, Any]], reading: Reading) -> Log:
    spec = header.get("eval") or {}
    model = str(spec.get("model") or "")
    status = header.get("status") or "started"
    if not samples or (status == "success" and not header.get("results")):
        count = f"{len(samples)} samples and no result" if samples else "no sample"
        failed = next((each["error"] for each in samples if each.get("error")), None)
        said = f": {str(failed.get('message'))[:200]}" if isinstance(failed, Mapping) else ""
        raise InputError(
            f"the log of {model} has the status {status!r}, and {count}{said}",
            hint="evaluate it again, or leave the log out",
            file=str(file),
        )
    try:
        found = tuple(sample_from_inspect(each, model, reading) for each in samples)
    except MalformedError as error:
        error.at(file=str(file))
        raise
    return Log(
        file=str(file),
        model=model,
        task=str(spec.get("task") or file.stem),
        harness=f"Inspect AI {(spec.get('packages') or {}).get('inspect_ai', '')}".strip(),
        metric=reading.scorer or "score of the task's first scorer",
        samples=found,
    )
