"""Download folder: what an archive has received, so that nothing is requested again after an interruption."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from curvewise.errors import UsageError
from curvewise.plugin.service import Page
from curvewise.services.job_files import as_json, result_name
from curvewise.storage.files import write_file

_PAGES = "events.jsonl"


class DownloadFolder:
    """Pages of events and result files that were received, in a folder.

    Pages are JSON Lines after a first line that names the job; reading ends at the first line that is cut or
    damaged. Result files are stored whole or not at all.
    """

    def __init__(
        self,
        folder: Path,
        provider: str,
        job: str,
        *,
        archived: Callable[[str], bytes | None],
        keeps_results: bool,
        changed: Callable[[int, int], None],
    ) -> None:
        self._folder, self._archived, self._keeps_results = folder, archived, keeps_results
        self._changed, self._result_files = changed, 0
        title = {"provider": provider, "job": job}
        path = folder / _PAGES
        lines, end = read_lines(path.read_bytes() if path.is_file() else b"")
        if lines and lines[0] != title:
            raise UsageError(
                f"an interrupted archive of {_described(lines[0])} is in this folder",
                hint=f"finish it first, or delete {folder}",
                file=str(folder.parent),
            )
        self._pages = [Page(tuple(line["data"]), bool(line["has_more"])) for line in lines[1:]]
        self._events = sum(len(page.objects) for page in self._pages)
        self._file = FileIO(path, "ab")
        self._file.truncate(end)
        if not lines:
            self._write(title)

    def pages(self) -> Sequence[Page]:
        """Return the pages of events that were received."""
        return self._pages

    def keep_page(self, page: Page) -> None:
        """Store a page of events."""
        self._write({"data": page.objects, "has_more": page.has_more})
        self._events += len(page.objects)
        self._changed(self._events, self._result_files)

    def content(self, file: str) -> bytes | None:
        """Return a result file that was received whole; None if it was not."""
        if not self._keeps_results:
            return None
        path = self._folder / result_name(file)
        return path.read_bytes() if path.is_file() else self._archived(file)

    def keep_content(self, file: str, content: bytes) -> None:
        """Store a result file."""
        if self._keeps_results:
            path = self._folder / result_name(file)
            path.parent.mkdir(exist_ok=True)
            write_file(path, content)
        self._result_files += 1
        self._changed(self._events, self._result_files)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        left = as_json(line) + b"\n"
        while left:  # a disk that is nearly full may write only a part
            left = left[self._file.write(left) :]


def read_lines(data: bytes) -> tuple[list[dict[str, Any]], int]:
    r"""Read the title and the pages up to the first line that is cut or damaged, with their size in bytes.

    >>> read_lines(b'{"job": "a"}\n{"data": [], "has_more": true}\n{"data": [')
    ([{'job': 'a'}, {'data': [], 'has_more': True}], 44)
    """
    lines: list[dict[str, Any]] = []
    end = 0
    while (after := data.find(b"\n", end) + 1) > 0:
        try:
            line = json.loads(data[end:after])
        except ValueError:
            break
        if not (isinstance(line, dict) and (not lines or _is_page(line))):
            break
        lines.append(line)
        end = after
    return lines, end


def _is_page(line: dict[str, Any]) -> bool:
    held = line.get("data")
    return isinstance(held, list) and all(isinstance(item, dict) for item in held) and "has_more" in line


def _described(title: dict[str, Any]) -> str:
    return f"{title.get('provider')} job {title.get('job')}"
