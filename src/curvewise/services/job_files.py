"""Job files: the content of a job's folder, from a service or an archive."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import msgspec

from curvewise.model.api_object import number, whole
from curvewise.model.run import Note
from curvewise.parsing.decoding import from_base64
from curvewise.plugin.run_files import Read, RunFiles, recognised, unread_note
from curvewise.plugin.service import Object

JOB, EVENTS, CHECKPOINTS, RESULTS = "job.json", "events.json", "checkpoints.json", "results"
"""Names of the files, and of the folder of result files."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 100


class ResultFile(msgspec.Struct, frozen=True):
    """A result file of a job."""

    id: str
    content: bytes | None  # None when the service does not have it
    stated_bytes: int | None  # None when the service states no size

    @property
    def name(self) -> str:
        """Its file name in the folder of the job."""
        return result_name(self.id)

    @property
    def is_whole(self) -> bool:
        """Whether it has the stated size, as sent or with Base64 undone."""
        if self.content is None:
            return False
        return self.stated_bytes is None or self.stated_bytes in sizes(self.content)

    @property
    def is_cut(self) -> bool:
        """Whether it is shorter than stated."""
        if self.content is None or self.stated_bytes is None or self.is_whole:
            return False
        return min(sizes(self.content)) < self.stated_bytes


def job_files(
    files: Mapping[str, Read],
    job: str,
    results: Collection[ResultFile],
    mapping: Mapping[str, str] | None = None,
) -> RunFiles:
    """Return the files of a job as documents, with notes on missing and cut result files.

    A cut result file is read up to its last whole line: the last number may lack digits.
    """
    cut = {
        result.name: partial(without_cut_line, result.content)
        for result in results
        if result.content and result.is_cut
    }
    documents, unread = recognised({**files, **cut}, mapping or {})
    notes = [unread_note(unread, "no format recognises it")] if unread else []
    notes += [
        missing_result(result.id) if result.content is None else cut_result(result)
        for result in results
        if not result.is_whole
    ]
    return RunFiles(tuple(documents), job, None, tuple(notes))


def result_name(file: str) -> str:
    """Return a safe and unique file name for the id of a result file.

    >>> result_name("file-abc"), result_name("../a")
    ('results/file-abc.csv', 'results/___a-61b4c98b.csv')
    """
    safe = _UNSAFE.sub("_", file)[:_LONGEST]
    if safe != file or not safe:
        from hashlib import sha256

        safe += f"-{sha256(file.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"
    return f"{RESULTS}/{safe}.csv"


def missing_result(file: str) -> Note:
    """Return the note for a result file that the service does not have."""
    return Note("missing_result_file", f"The service does not have the result file {file}.")


def cut_result(file: ResultFile) -> Note:
    """Return the note for a result file that is shorter or longer than stated."""
    held = min(sizes(file.content or b""))
    text = f"The result file {file.id} has {held:,} bytes, and the service states {file.stated_bytes:,}"
    return Note("cut_result_file", f"{text}: its last line was left out." if file.is_cut else f"{text}.")


def without_cut_line(content: bytes) -> bytes:
    r"""Return the whole lines of a cut table, Base64 undone.

    >>> without_cut_line(b"step,loss\n1,2.0\n2,1.")
    b'step,loss\n1,2.0\n'
    """
    decoded = from_base64(content)
    table = content if decoded is None else decoded
    return table[: table.rfind(b"\n") + 1]


def sizes(content: bytes) -> tuple[int, ...]:
    """Return the sizes that a service may state for a content: as sent, and with Base64 undone.

    >>> sizes(b"1,2.0"), sizes(b"MSwyLjAK")
    ((5,), (8, 6))
    """
    decoded = from_base64(content)
    return (len(content),) if decoded is None else (len(content), len(decoded))


def step_of(checkpoint: Object) -> float:
    """Return the step of a checkpoint; 0 when it has none."""
    return number(checkpoint, "step_number") or 0.0


def size_of(file: Object) -> int | None:
    """Return the size in bytes that the service states for a file; None when it states none."""
    return whole(file.get("bytes"))


def as_json(value: Object) -> bytes:
    """Encode an object on one line."""
    return json.dumps(value, separators=(",", ":")).encode()


def as_page(objects: Iterable[Object], has_more: bool = False) -> bytes:
    """Encode a list as one page with one object a line, so that line tools can read it."""
    lines = b",\n".join(map(as_json, objects))
    return b'{"object":"list","data":[\n%s\n],"has_more":%s}\n' % (lines, b"true" if has_more else b"false")
