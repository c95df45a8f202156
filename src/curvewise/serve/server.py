"""The server: on 127.0.0.1, with a token in its address, until it is interrupted."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from curvewise.errors import UsageError
from curvewise.serve.app import make_app
from curvewise.serve.board import Board

HOST = "127.0.0.1"
WAITING = 256
"""Connections that may wait to be accepted."""
GRACE = 3
"""Seconds that open streams have to end when the server does."""


class _Server(uvicorn.Server):
    """A server that lets its streams end before it does."""

    def __init__(self, config: uvicorn.Config, board: Board) -> None:
        super().__init__(config)
        self._board = board

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, on a signal."""
        self._board.is_over = True
        super().handle_exit(sig, frame)


def run_server(path: str, port: int, interval: float, tell: Callable[[str], object]) -> None:
    """Serve until an interrupt."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen(WAITING)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"the port {port} cannot be used: {error}", hint="pass --port 0 for a free one"
            ) from None
        port = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        board = Board(path, interval)
        board.start()
        try:
            config = uvicorn.Config(
                make_app(board, port, token),
                log_level="error",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=GRACE,
                server_header=False,
            )
            tell(f"http://{HOST}:{port}/{token}/")
            _Server(config, board).run(sockets=[listening])
        except KeyboardInterrupt:
            pass
        finally:
            board.close()
