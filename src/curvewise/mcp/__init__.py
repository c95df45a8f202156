"""Answers for agents, over the Model Context Protocol on standard input and output."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.extras import load_extra

__all__ = ["serve"]


def serve(roots: Sequence[str], *, services: bool = False) -> None:
    """Answer a client until it closes standard input.

    Parameters
    ----------
    roots
        Folders that may be read, with all below them.
    services
        Whether addresses may be read too: jobs on services, trackers, buckets, the Hub and the web.
    """
    load_extra("mcp.server.lowlevel", "mcp", "mcp")
    from curvewise.mcp.server import answer_client

    answer_client(roots, services=services)
