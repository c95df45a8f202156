"""A file on the web, by its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from curvewise.errors import CredentialsError, NotFoundError, ServiceError, UsageError
from curvewise.http import asked_wait, is_loopback, is_momentary
from curvewise.plugin.source import Place, source
from curvewise.sources._mirror import CHUNK, RemoteFile, copied
from curvewise.version import VERSION

if TYPE_CHECKING:
    from email.message import Message
    from http.client import HTTPMessage, HTTPResponse
    from urllib.request import HTTPRedirectHandler, Request

_TIMEOUT = 30.0
"""Seconds to wait for a connection, and for each piece of the answer."""

_PAGE = re.compile(r"https://github\.com/([^/]+/[^/]+)/(?:blob|raw)/(.+)")
"""The page of a file on GitHub, which is not the file."""


@source(
    title="File on the web",
    recognised_by="an address https://..., or http:// on this machine",
    recognise=lambda place: place.scheme.lower() in ("https", "http"),
    generic=True,
)
def web(place: Place) -> Place:
    """Copy a file; neither a key nor a cookie is ever sent, and none follows a redirect."""
    return copied(WebFile(place.text, place.shown), place.mapping)


class WebFile:
    """A file on the web, as a `Remote`."""

    def __init__(self, url: str, address: str) -> None:
        self._url = _PAGE.sub(r"https://raw.githubusercontent.com/\1/\2", url)
        self.address = address
        _require_safe(self._url, from_loopback=True)
        self._name = unquote(urlsplit(self._url).path).rstrip("/").rpartition("/")[2] or "page"

    def files(self) -> list[RemoteFile]:
        """Name the file; what else is known of it comes with its content."""
        name = re.sub(r"[\x00-\x1f\x7f<>:\"|?*\\]", "_", self._name)[-200:]
        return [RemoteFile(name, is_address=True)]

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        """Read the file in pieces."""
        del file
        with closing(self._opened()) as answer:
            stated, size = answer.length, 0
            while piece := self._piece(answer):
                size += len(piece)
                yield piece
        if stated is not None and size < stated:
            raise _failure(f"the answer broke off after {size:,} of {stated:,} bytes", temporary=True)

    def _opened(self) -> HTTPResponse:
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, build_opener

        headers = {"User-Agent": f"curvewise/{VERSION}", "Accept-Encoding": "identity"}
        opener = build_opener(_redirects())
        failure: ServiceError | UsageError
        try:
            answer: HTTPResponse = opener.open(Request(self._url, headers=headers), timeout=_TIMEOUT)  # noqa: S310 - `_require_safe` looked at it
        except HTTPError as error:
            with error:
                failure = _of_status(error.code, error.headers)
        except UsageError as error:
            failure = error
        except (URLError, OSError, HTTPException, ValueError) as error:
            failure = self._broken(error)
        else:
            return answer
        raise failure

    def _piece(self, answer: HTTPResponse) -> bytes:
        from http.client import HTTPException

        failure: ServiceError
        try:
            return answer.read(CHUNK)
        except (OSError, HTTPException) as error:
            failure = self._broken(error)
        raise failure

    def _broken(self, error: BaseException) -> ServiceError:
        reason = getattr(error, "reason", error)
        host = urlsplit(self._url).hostname
        what = "does not answer in time" if isinstance(reason, TimeoutError) else "does not answer"
        if "CERTIFICATE_VERIFY_FAILED" in str(reason):
            return _failure(f"the certificate of {host} is not trusted")
        return _failure(f"{host} {what} ({type(reason).__name__})", temporary=True)


def _require_safe(url: str, *, from_loopback: bool) -> None:
    """Refuse what is not https, but for this machine, where nobody listens on the way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host = ""
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError("this is no web address", hint="expected https://HOST/FILE")
    if "@" in parts.netloc:
        raise UsageError(
            "the address holds a user or a password, which is never sent",
            hint="download the file, and pass its path",
        )
    if is_loopback(url):
        if not from_loopback:
            raise UsageError("the address redirects to this machine", hint="check the address")
    elif parts.scheme.lower() != "https":
        raise UsageError(
            "what comes by http:// may have been altered on the way",
            hint="use https://, or download the file and pass its path",
        )


def _redirects() -> HTTPRedirectHandler:
    from urllib.request import HTTPRedirectHandler

    class Redirects(HTTPRedirectHandler):
        """Follows redirects to safe addresses only."""

        max_redirections = 5

        def redirect_request(
            self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
        ) -> Request | None:
            is_here = is_loopback(req.full_url)
            try:
                _require_safe(newurl, from_loopback=is_here)
            except UsageError:
                fp.close()
                raise
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    return Redirects()


def _failure(problem: str, *, temporary: bool = False) -> ServiceError:
    return ServiceError(
        problem, hint="try again, or download the file and pass its path", temporary=temporary
    )


def _of_status(status: int, headers: Message) -> ServiceError:
    if status in (401, 403):
        return CredentialsError(
            f"the file is not public (status {status})",
            hint="download the file with your own credentials, and pass its path",
            status=status,
        )
    if status in (404, 410):
        return NotFoundError("there is no file at this address", hint="check the address", status=status)
    return ServiceError(
        "the server asks for fewer requests" if status == 429 else f"the server answers with status {status}",
        hint="try again later, or download the file and pass its path",
        status=status,
        temporary=is_momentary(status),
        wait=asked_wait(dict(headers)),
    )
