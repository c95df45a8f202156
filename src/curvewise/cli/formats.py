"""`curvewise formats`: what can be read."""

from __future__ import annotations

import click

from curvewise.cli._commands import ParsedCommand


@click.command(
    cls=ParsedCommand,
    epilog="\b\nExample:\n  curvewise formats",
    short_help="Show what can be read, and how it is recognised.",
)
def formats() -> None:
    """Show what can be read, and how each format is recognised."""
    from curvewise.cli import _reference_pages as pages
    from curvewise.plugin import formats as known

    click.echo(pages.format_list(known()))
