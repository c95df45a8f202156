"""The application: a page, the reports in it, and a stream of what changed, for one origin with one token."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from curvewise.serve.board import Board

POLL = 0.2
"""Seconds between two looks of a stream at the board."""
BEAT = 15.0
"""Seconds after which a silent stream says that it is alive."""
MOST_STREAMS = 500
"""Streams at once; a page beyond asks again later."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
TYPES = {"page.js": "text/javascript", "page.css": "text/css"}


class OneOrigin:
    """Lets nobody in but pages of this server: the host, the origin and the token must be its own."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that is allowed."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal:
            await PlainTextResponse(refusal, 403, HEADERS)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> str:
        host = request.headers.get("host", "")
        if host not in self._hosts:
            return "this page is for this machine alone\n"
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "none")
        if origin not in (None, f"http://{host}") or site not in ("none", "same-origin"):
            return "this page answers no other origin\n"
        token = request.url.path.split("/")[1]
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return "the token in the address is wrong: open the address that `curvewise serve` printed\n"
        return ""


class Pages:
    """What is answered to a page of this server."""

    def __init__(self, board: Board) -> None:
        self._board, self._streams = board, 0

    async def index(self, _: Request) -> Response:
        """Return the page."""
        return HTMLResponse(_file("page.html"), headers={**HEADERS, "Content-Security-Policy": POLICY})

    async def asset(self, request: Request) -> Response:
        """Return a part of the page."""
        name = request.path_params["name"]
        if name not in TYPES:
            return PlainTextResponse("there is no such page\n", 404, HEADERS)
        return Response(_file(name), media_type=TYPES[name], headers=HEADERS)

    async def run(self, request: Request) -> Response:
        """Return the report of a run."""
        page = await asyncio.to_thread(self._board.page, request.path_params["run"])
        if page is None:
            return PlainTextResponse("there is no such run\n", 404, HEADERS)
        return HTMLResponse(page, headers={**HEADERS, "Content-Security-Policy": "frame-ancestors 'self'"})

    async def events(self, _: Request) -> Response:
        """Return the stream of the list, sent again at each change."""
        if self._streams >= MOST_STREAMS:
            return PlainTextResponse("too many pages are open\n", 503, {**HEADERS, "Retry-After": "10"})
        return StreamingResponse(self._changes(), media_type="text/event-stream", headers=HEADERS)

    async def _changes(self) -> AsyncIterator[str]:
        self._streams += 1
        try:
            shown, silent = -1, 0.0
            while not self._board.is_over:
                if self._board.version != shown:
                    shown, silent = self._board.version, 0.0
                    yield f"data: {self._board.listing()}\n\n"
                elif silent >= BEAT:
                    silent = 0.0
                    yield ": alive\n\n"
                await asyncio.sleep(POLL)
                silent += POLL
        finally:
            self._streams -= 1


def make_app(board: Board, port: int, token: str) -> OneOrigin:
    """Make the application for a board."""
    pages = Pages(board)
    routes = [
        Route("/{token}/", pages.index),
        Route("/{token}/events", pages.events),
        Route("/{token}/run/{run}", pages.run),
        Route("/{token}/{name}", pages.asset),
    ]
    return OneOrigin(Starlette(routes=routes), port, token)


def _file(name: str) -> str:
    return files("curvewise.serve").joinpath("page", name).read_text(encoding="utf-8")
