"""Reading ahead: result files are read while the events of their job are still on the way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from curvewise.errors import CurvewiseError
from curvewise.parsing.document import Document
from curvewise.plugin.service import Page
from curvewise.services.job_files import result_name


class ResultPrefetch:
    """A `services.live_job.DownloadStore` that keeps nothing, and reads each result file when it is there."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}

    def pages(self) -> Sequence[Page]:
        """Return no pages: nothing was received before."""
        return ()

    def keep_page(self, page: Page) -> None:
        """Let the feed of the job keep a page of events."""

    def content(self, file: str) -> bytes | None:
        """Return None: no result file was received before."""
        del file  # it is the same for all
        return None

    def keep_content(self, file: str, content: bytes) -> None:
        """Read a result file."""
        with suppress(CurvewiseError):
            document = Document(result_name(file), content)
            if document.header:
                _ = document.table  # which the document keeps
                self.documents[document.name] = document
