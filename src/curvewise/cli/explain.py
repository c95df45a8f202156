"""`curvewise explain`: the page of a check, or the list of all checks."""

from __future__ import annotations

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand


@click.command(
    cls=ParsedCommand,
    epilog="\b\nExamples:\n  curvewise explain\n  curvewise explain overfitting",
    short_help="Show the page of a check, or list all checks.",
)
@click.argument("name", required=False, metavar="[CHECK]", type=options.Name("check", options.check_names))
def explain(name: str | None) -> None:
    """Show what a check means, why it matters and its thresholds; without a name, list all checks."""
    from curvewise.cli import _reference_pages as pages
    from curvewise.plugin import checks

    click.echo(pages.check_list(checks()) if name is None else pages.check_page(checks()[name]))
