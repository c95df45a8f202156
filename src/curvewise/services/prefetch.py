"""Prefetch: result files are parsed while the events of their job are still being requested."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from curvewise.errors import CurvewiseError
from curvewise.parsing.document import Document
from curvewise.plugin.service import Page
from curvewise.services.job_files import result_name


class ResultPrefetch:
    """A download store that keeps nothing, and parses each result file when it arrives."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}

    def pages(self) -> Sequence[Page]:
        """Return no pages: nothing was received before."""
        return ()

    def keep_page(self, page: Page) -> None:
        """Leave the page to the feed of the job."""

    def content(self, file: str) -> bytes | None:
        """Return None: no result file was received before."""
        del file
        return None

    def keep_content(self, file: str, content: bytes) -> None:
        """Parse a result file."""
        with suppress(CurvewiseError):
            document = Document(result_name(file), content)
            if document.header:
                _ = document.table  # which the document keeps
                self.documents[document.name] = document
