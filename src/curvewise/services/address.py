"""Addresses of jobs on a service: ``ftjob-abc``, ``openai://ftjob-abc``, ``azure://ftjob-abc``."""

from __future__ import annotations

import os
import re

import msgspec

from curvewise import plugin
from curvewise.errors import CredentialsError, UsageError
from curvewise.plugin.service import Service
from curvewise.secrets import Redaction
from curvewise.text import suggestion

_ADDRESS = re.compile(r"(?P<provider>[A-Za-z][A-Za-z0-9_+-]*)://(?P<job>.*)", re.DOTALL)
_BARE = re.compile(r"ftjob[-_][A-Za-z0-9_-]+")
_JOB = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


class Address(msgspec.Struct, frozen=True):
    """A job on a service."""

    job: str
    provider: str | None = None  # None: the one that the environment names

    def __str__(self) -> str:
        return f"{self.provider}://{self.job}" if self.provider else self.job


def parse(text: str, *, may_be_path: bool = True) -> Address | None:
    """Return the address of a job; None for a path.

    >>> parse("azure://ftjob-1"), parse("results.csv")
    (Address(job='ftjob-1', provider='azure'), None)
    """
    if _BARE.fullmatch(text) and not (may_be_path and os.path.lexists(text)):
        return Address(text)
    if not (match := _ADDRESS.fullmatch(text)):
        return None
    name, job, shown = match["provider"], match["job"], Redaction().text(text)
    known = plugin.providers()
    if name not in known:
        expected = " or ".join(f"{each}://JOB" for each in known)
        raise UsageError(
            f"{shown!r} is no address that can be read; expected {expected}",
            hint="name a job on one of these services, or download the file and pass its path",
        )
    if not _JOB.fullmatch(job):
        raise UsageError(
            f"{shown!r} names no job; expected an id such as {name}://ftjob-abc123",
            hint="run `curvewise jobs` for the ids of your jobs",
        )
    return Address(job, name)


def connect(name: str | None = None) -> Service:
    """Connect to a service by name, or to the one that the environment has credentials for."""
    known = plugin.providers()
    if name is not None and name not in known:
        hint = suggestion(name, known, f"expected one of {', '.join(known)}")
        raise UsageError(f"there is no provider {name!r}", hint=hint)
    if name is None:
        configured = [each for each in known.values() if each.is_configured()]
        if not configured:
            raise CredentialsError(
                "there are no credentials for a fine-tuning service in the environment",
                hint="set OPENAI_API_KEY; or AZURE_OPENAI_ENDPOINT with AZURE_OPENAI_API_KEY or a login of "
                "Entra ID; or AZURE_AI_PROJECT_ENDPOINT",
            )
        if len(configured) > 1:
            listed = " and ".join(f"{each.title} ({each.name}://JOB)" for each in configured)
            raise UsageError(
                f"the environment has credentials for {listed}",
                hint="say which one is meant: write the address in full, or pass --provider",
            )
        return configured[0].connect()
    return known[name].connect()
