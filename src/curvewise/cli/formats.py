"""Show what can be read, and how it is recognised."""

from __future__ import annotations

import click

from curvewise.cli._commands import ParsedCommand


@click.command(
    cls=ParsedCommand,
    epilog="\b\nExample:\n  curvewise formats",
)
def formats() -> None:
    """Show what can be read: how each file format, and each kind of place, is recognised."""
    from curvewise.cli import _reference_pages as pages
    from curvewise.plugin import formats as known
    from curvewise.plugin import sources

    click.echo(pages.format_list(known(), sources()))
