"""Service: what curvewise asks of a service that runs fine-tuning jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

Object = Mapping[str, Any]
"""A JSON object as the service sent it, without what is secret."""


class Page(msgspec.Struct, frozen=True):
    """One page of a list.

    Parameters
    ----------
    objects
        In the order of the service.
    has_more
        Whether the service says that another page follows.
    """

    objects: tuple[Object, ...]
    has_more: bool = False


class Service(Protocol):
    """A connection to a fine-tuning service, safe to use from several threads.

    Every method is one request (and its retries). It raises `CredentialsError` when the key is refused,
    `NotFoundError` when the service does not know the id, and `ServiceError` for the rest; ``temporary``
    says whether to try again later. No error and no answer holds a secret.

    The order of a list is the service's own, and may be newest or oldest first. ``after`` is the id of the
    last object of the page before; ``limit`` the size of the page.
    """

    provider: str

    def job(self, job: str) -> Object:
        """Return the object of a job."""

    def jobs(self, *, after: str | None = None, limit: int = 20) -> Page:
        """Return a page of the jobs of the account."""

    def events(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        """Return a page of the events of a job."""

    def checkpoints(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        """Return a page of the checkpoints of a job."""

    def file(self, file: str) -> Object:
        """Return the object of a file: its name and size."""

    def content(self, file: str) -> bytes:
        """Return the content of a file, as it is sent."""

    def pause(self, job: str) -> Object:
        """Ask the service to pause a job, and return the job."""

    def cancel(self, job: str) -> Object:
        """Ask the service to cancel a job, and return the job."""

    def close(self) -> None:
        """Close the connections."""
