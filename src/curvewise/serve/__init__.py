"""A page on this machine that follows runs while they are written."""

from __future__ import annotations

from collections.abc import Callable

from curvewise.extras import load_extra

__all__ = ["serve"]


def serve(
    path: str = ".", *, port: int = 0, interval: float = 1.0, tell: Callable[[str], object] = print
) -> None:
    """Serve a page of the runs at a path, on this machine alone, until it is interrupted.

    Parameters
    ----------
    path
        A run, or a folder of runs, as for `load_all`.
    port
        Of 127.0.0.1; 0 takes a free one.
    interval
        Seconds between two looks at the path.
    tell
        Called with the address of the page, which holds a secret, once it can be opened.

    Raises
    ------
    MissingExtraError
        If the packages of the extra ``serve`` are not installed.
    UsageError
        If the port is taken.
    """
    load_extra("starlette.applications", "starlette", "serve")
    load_extra("uvicorn", "uvicorn", "serve")
    from curvewise.serve.server import run_server

    run_server(path, port, interval, tell)
