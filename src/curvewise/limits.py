"""Limits: how much is read of what others wrote, in one place; the environment raises each."""

from __future__ import annotations

import os

import msgspec

from curvewise.errors import InputError, UsageError


class Limit(msgspec.Struct, frozen=True):
    """The most of something that is read."""

    name: str  # of the variable, after CURVEWISE_MAX_
    most: int  # unless the variable is set
    what: str  # for SECURITY.md
    unit: str

    @property
    def variable(self) -> str:
        """The variable of the environment that sets it."""
        return f"CURVEWISE_MAX_{self.name}"

    @property
    def value(self) -> int:
        """What holds now.

        Raises
        ------
        UsageError
            If the variable holds no whole number above 0.
        """
        is_set = self.variable in os.environ  # which is told in a fifth of the time that `get` takes
        given = os.environ[self.variable] if is_set else ""
        if given and not (given.isdecimal() and len(given) < 19 and int(given) > 0):
            raise UsageError(
                f"it is {given!r}; expected a whole number above 0",
                hint=f"leave it out for {self.most}",
                field=self.variable,
            )
        return int(given) if given else self.most

    def require(self, amount: float, subject: str, hint: str, *, file: str | None = None) -> None:
        """Refuse what is more than the limit.

        Examples
        --------
        >>> COLUMNS.require(20_000, "the table has", "log less")
        Traceback (most recent call last):
        curvewise.errors.InputError: the table has 20,000 columns, and at most 10,000 columns are read
          hint: log less; CURVEWISE_MAX_COLUMNS raises the limit
        """
        if amount > self.value:
            raise self.exceeded(f"{subject} {self.said(amount)}", hint, file=file)

    def exceeded(
        self, found: str, hint: str, *, file: str | None = None, kind: type[InputError] = InputError
    ) -> InputError:
        """Return the error for what is more, with the variable that raises the limit."""
        are = "is" if self.unit == "bytes" else "are"
        return kind(
            f"{found}, and at most {self.said(self.value)} {are} read",
            hint=f"{hint}; {self.variable} raises the limit",
            file=file,
        )

    def said(self, amount: float) -> str:
        """Write an amount with its unit.

        Examples
        --------
        >>> FILE_BYTES.said(2**31), FILE_BYTES.said(20 * 2**20), COLUMNS.said(3000)
        ('2 GiB', '20 MiB', '3,000 columns')
        """
        if self.unit != "bytes":
            return f"{amount:,.0f} {self.unit}"
        return f"{amount / 2**30:.3g} GiB" if amount >= 2**29 else f"{amount / 2**20:.3g} MiB"


FILE_BYTES = Limit("FILE_BYTES", 2 * 2**30, "one file, or standard input", "bytes")
JSON_BYTES = Limit(
    "JSON_BYTES", 2**29, "one document of JSON or JSON Lines, which takes a multiple in memory", "bytes"
)
LINE_BYTES = Limit("LINE_BYTES", 2**20, "one line of a table, a log or another text that is no JSON", "bytes")
COLUMNS = Limit("COLUMNS", 10_000, "the columns of a table, or the keys of a log", "columns")
CELLS = Limit("CELLS", 20_000_000, "the cells of a Parquet or Arrow file, which unpack to any size", "cells")
UNPACKED_BYTES = Limit(
    "UNPACKED_BYTES", 2 * 2**30, "what an archive, or a Parquet or Arrow file, holds, unpacked", "bytes"
)
NAMES = Limit("NAMES", 10_000, "the names in an archive, or in a folder elsewhere", "names")
COPY_SECONDS = Limit("COPY_SECONDS", 600, "until what lies elsewhere is copied", "seconds")
FILES = Limit(
    "FILES", 2_000, "the files of a folder; the others are not looked at, and a note says so", "files"
)
DEPTH = Limit("DEPTH", 6, "levels of folders that are searched", "levels")
ANSWER_BYTES = Limit("ANSWER_BYTES", 2**27, "one answer of a service, unpacked", "bytes")
ANSWER_SECONDS = Limit("ANSWER_SECONDS", 120, "until an answer of a service is whole", "seconds")
PAGES = Limit("PAGES", 1_000, "the pages of one list of a service, of 100 objects each", "pages")
LIST_SECONDS = Limit("LIST_SECONDS", 600, "until one list of a service is whole", "seconds")
