"""The exceptions that curvewise raises, each with a place, an expectation and a hint."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.text import printable

LONGEST = 2_000
"""Characters of a problem or a hint that are shown."""
MOST_RUNS = 20
"""Runs of a folder that are listed."""


class CurvewiseError(Exception):
    """Base of every error that a user can cause and mend.

    Parameters
    ----------
    problem
        What is wrong, in one sentence; when something else was expected, it says so.
    hint
        What the user can do about it.
    file
        The file, as the user named it.
    line
        Line in the file, from 1.
    field
        Column, key or option.
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.problem = problem
        self.hint = hint
        self.file = file
        self.line = line
        self.field = field
        super().__init__(problem)

    @property
    def place(self) -> str:
        """``file:line: field``, as far as it is known, and the problem does not quote it."""
        parts = [part for part in (self.file, str(self.line) if self.line is not None else None) if part]
        place = ":".join(parts)
        field = self.field or ""
        is_quoted = repr(field.rpartition(".")[2]) in self.problem
        return ": ".join(part for part in (place, "" if is_quoted else field) if part)

    def at(
        self, *, file: str | None = None, line: int | None = None, field: str | None = None
    ) -> CurvewiseError:
        """Fill in the parts of the place that were not known where the error arose; returns itself."""
        self.file = self.file or file
        self.line = self.line if self.line is not None else line
        self.field = self.field or field
        return self

    def __str__(self) -> str:
        place = f"{printable(self.place)}: " if self.place else ""
        return f"{place}{printable(self.problem, LONGEST)}\n  hint: {printable(self.hint, LONGEST)}"


class InputError(CurvewiseError):
    """A file or folder cannot be read as a training run."""


class UnknownFormatError(InputError):
    """No file format recognises the content."""


class MalformedError(InputError):
    """The format is recognised, and the content breaks its rules."""


class MixedRunsError(InputError):
    """One file or folder holds several runs, so no single verdict can be given."""

    runs: Sequence[str] = ()
    """What to pass for each of them, where that is known."""

    def __str__(self) -> str:
        more = [f"and {len(self.runs) - MOST_RUNS:,} more"] if len(self.runs) > MOST_RUNS else []
        listed = [printable(run) for run in self.runs[:MOST_RUNS]]
        return "\n    ".join([super().__str__(), *listed, *more])


class UsageError(CurvewiseError):
    """A name or value that the caller passed does not exist or does not fit."""


class ConfigError(CurvewiseError):
    """A configuration file or a threshold is wrong."""


class PluginError(CurvewiseError):
    """A plug-in breaks the rules of its kind."""


class MissingExtraError(CurvewiseError):
    """A package that only some features need is not installed."""


class ServiceError(CurvewiseError):
    """A service does not answer, refuses, or answers with something that is not its API.

    Parameters
    ----------
    status
        HTTP status of the answer; None when there was none.
    temporary
        Whether the same request may succeed later: too many requests, a failure of the server, no connection.
    wait
        Seconds that the service asks to wait before; None when it does not say.
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        status: int | None = None,
        temporary: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(problem, hint=hint, file=file, line=line, field=field)
        self.status = status
        self.temporary = temporary
        self.wait = wait


class CredentialsError(ServiceError):
    """There is no key, it cannot be sent, or the service refuses it."""


class NotFoundError(ServiceError):
    """The service knows no job, file or page by this name (any longer)."""
