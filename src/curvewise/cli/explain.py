"""Show the page of a diagnosis or a check, or list all."""

from __future__ import annotations

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand


@click.command(
    cls=ParsedCommand,
    epilog="\b\nExamples:\n  curvewise explain\n  curvewise explain overfit\n  curvewise explain diverged -v",
)
@click.argument("name", required=False, type=options.Name("diagnosis or check", options.explained_names))
@click.option("-v", "--verbose", is_flag=True, help="Show the statistics behind it, and the thresholds.")
def explain(name: str | None, verbose: bool) -> None:
    """Show what a diagnosis or check looks like, why it matters and what to do; without a name, list all."""
    from curvewise.cli import _reference_pages as pages
    from curvewise.cli import _terminal as terminal
    from curvewise.plugin import checks, diagnoses

    if name is None:
        click.echo(pages.diagnosis_list(diagnoses()))
        click.echo(pages.check_list(checks()))
        return
    style, parts = terminal.style(to_file=False, detailed=verbose), []
    if name in diagnoses():
        parts.append(pages.diagnosis_page(diagnoses()[name], style))
    if name in checks() and (verbose or not parts):
        parts.append(pages.check_page(checks()[name], style))
    click.echo("\n\n".join(parts))
