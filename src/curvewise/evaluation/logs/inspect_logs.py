"""Logs of Inspect AI, read without it: a ``.eval`` file is a ZIP of JSON."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import CurvewiseError, InputError, MalformedError
from curvewise.evaluation.logs.inspect_samples import FIRST, Reading, sample_from_inspect
from curvewise.evaluation.logs.log_entry import Log
from curvewise.evaluation.logs.score_values import metric_name
from curvewise.limits import UNPACKED_BYTES
from curvewise.parsing.json_values import read_json
from curvewise.storage.files import read_file

ZSTANDARD = 93
"""ZIP compression that Inspect AI may use, and Python knows from 3.14 on."""


class _Spec(msgspec.Struct, frozen=True):
    model: str = ""
    task: str = ""
    packages: dict[str, Any] | None = None


class _Header(msgspec.Struct, frozen=True):
    eval: _Spec
    status: str = "started"
    results: Any = None


def read(files: Iterable[Path], reading: Reading) -> Iterator[Log]:
    """Read the logs of Inspect AI among some files."""
    for file in files:
        if (content := _content(file)) is not None:
            yield _log(file, *content, reading)


def _content(file: Path) -> tuple[Any, Any] | None:
    """Return the header and samples of a log; None if the file is none."""
    if file.suffix == ".json":
        return _from_json(file)
    if file.suffix != ".eval":
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            unpacked = sum(member.file_size for member in archive.infolist())
            UNPACKED_BYTES.require(unpacked, "unpacked it has", "evaluate fewer samples", file=str(file))
            start = "header.json" if "header.json" in names else "_journal/start.json"
            header = _member(archive, start, file)
            samples = [_member(archive, name, file) for name in names if name.startswith("samples/")]
    except CurvewiseError:
        raise
    except Exception as error:  # a damaged or encrypted ZIP; each decompressor has errors of its own
        raise MalformedError(
            f"this log of Inspect AI cannot be read: {error}",
            hint="copy it again, or leave it out; one that is still being written cannot be read",
            file=str(file),
        ) from error
    return header, samples


def _from_json(file: Path) -> tuple[Any, Any] | None:
    content = read_file(str(file))
    try:
        log = read_json(content)
    except MalformedError as error:
        if b'"eval"' in content[:1000] and b'"status"' in content[:1000]:  # as a log begins
            raise error.at(file=str(file)) from None
        return None
    if not (isinstance(log, dict) and isinstance(log.get("eval"), dict) and "status" in log):
        return None
    return log, log.get("samples") or []


def _member(archive: zipfile.ZipFile, name: str, file: Path) -> Any:
    member = archive.getinfo(name)
    if member.compress_type == ZSTANDARD:
        try:
            import importlib

            importlib.import_module("zipfile_zstd")  # it adds this compression to zipfile
        except ImportError:
            raise InputError(
                "this log is compressed with Zstandard",
                hint="pip install 'curvewise[eval]', or convert it: inspect log convert --to json",
                file=str(file),
            ) from None
    try:
        with archive.open(name) as opened:  # an archive that understates a size is cut there
            return read_json(opened.read(member.file_size))
    except InputError as error:
        raise error.at(file=str(file), field=name) from None


def _log(file: Path, content: Any, samples: Any, reading: Reading) -> Log:
    try:
        header = msgspec.convert(content, _Header)
        samples = msgspec.convert(samples, list[dict[str, Any]])
    except msgspec.ValidationError as error:
        raise MalformedError(
            f"this is no log of Inspect AI: {error}", hint="copy it again, or leave it out", file=str(file)
        ) from None
    spec, status = header.eval, header.status
    if not samples or (status == "success" and not header.results):
        count = f"{len(samples)} samples and no result" if samples else "no sample"
        failed = next((each["error"] for each in samples if each.get("error")), None)
        said = f": {str(failed.get('message'))[:200]}" if isinstance(failed, Mapping) else ""
        raise InputError(
            f"the log of {spec.model} has the status {status!r}, and {count}{said}",
            hint="evaluate it again, or leave the log out",
            file=str(file),
        )
    try:
        converted = tuple(sample_from_inspect(each, spec.model, reading) for each in samples)
    except MalformedError as error:
        raise error.at(file=str(file)) from None
    return Log(
        file=str(file),
        model=spec.model,
        task=spec.task or file.stem,
        harness=f"Inspect AI {(spec.packages or {}).get('inspect_ai', '')}".strip(),
        metric=metric_name(reading.scorer or FIRST, reading.scale),
        samples=converted,
        unfinished="" if status == "success" else f"its log has the status {status!r}",
    )
