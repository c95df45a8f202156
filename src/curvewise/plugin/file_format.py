"""File formats: each recognises a document by its content, and reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import msgspec

from curvewise.discovery import discover
from curvewise.errors import CurvewiseError
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin.decorating import plugin_of


class FileFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A file format: how it is recognised, by content, and how it is read. Made by `file_format`.

    Parameters
    ----------
    name
        The name of the function and of its file.
    title
        What to call it, such as ``OpenAI / Azure OpenAI result file``.
    recognised_by
        For the user: what in the content tells it.
    recognise
        Whether a document is of this format. Looks at the content only.
    function
        Reads a document into a `Run` that holds what this one file knows.
    generic
        Tried only when no other format recognises the document, or when the user maps columns.
    last_resort
        Tried only when no other format at all recognises the document, or any file of its folder.
    split
        Gives the runs that a document holds one after the other, each as a document of its own.
    """

    name: str
    title: str
    recognised_by: str
    recognise: Callable[[Document], bool]
    function: Callable[[Document], Run]
    generic: bool = False
    last_resort: bool = False
    split: Callable[[Document], Sequence[Document]] | None = None

    @property
    def rank(self) -> tuple[bool, bool]:
        """Formats are tried from the lowest rank up."""
        return (self.last_resort, self.generic)

    def takes(self, document: Document) -> bool:
        """Whether it recognises a document; only a generic one may where the user maps columns of a text."""
        is_mapped = bool(document.mapping) and document.refusal is None
        return (self.generic or not is_mapped) and self.recognise(document)

    def __call__(self, document: Document) -> Run:
        """Read a document; an error is given the document's name, and the run what decoding repaired."""
        try:
            run = self.function(document)
        except CurvewiseError as error:
            error.at(file=document.name)
            raise
        return msgspec.structs.replace(
            run,
            formats=(self.name,),
            source=run.source or document.name,
            notes=(*document.repairs, *run.notes),
        )


def file_format(
    *,
    title: str,
    recognised_by: str,
    recognise: Callable[[Document], bool],
    generic: bool = False,
    last_resort: bool = False,
    split: Callable[[Document], Sequence[Document]] | None = None,
) -> Callable[[Callable[[Document], Run]], FileFormat]:
    """Turn a function ``(document) -> Run`` into a `FileFormat`."""
    return plugin_of(
        FileFormat,
        title=title,
        recognised_by=recognised_by,
        recognise=recognise,
        generic=generic,
        last_resort=last_resort,
        split=split,
    )


def formats() -> Mapping[str, FileFormat]:
    """Every file format by name."""
    return discover("formats", FileFormat)


def format_of(document: Document) -> FileFormat | None:
    """Return the format that recognises a document, the most specific first; None when none does."""
    known: dict[str, FileFormat | None] = document.__dict__
    if "form" not in known:  # asked when runs are listed, and again when one is read
        known["form"] = next((each for each in _in_order() if each.takes(document)), None)
    return known["form"]


@cache
def _in_order() -> list[FileFormat]:
    return sorted(formats().values(), key=lambda each: each.rank)


def split(document: Document) -> Sequence[Document]:
    """Return the runs that a document holds one after the other; mostly it is one."""
    form = format_of(document)
    return [document] if form is None or form.split is None else form.split(document)
