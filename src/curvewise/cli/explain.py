"""`curvewise explain`: the page of a diagnosis or a check, or the list of all."""

from __future__ import annotations

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand


@click.command(
    cls=ParsedCommand,
    epilog="\b\nExamples:\n  curvewise explain\n  curvewise explain overfit\n  curvewise explain loss_spikes",
    short_help="Show the page of a diagnosis or a check, or list all.",
)
@click.argument("name", required=False, type=options.Name("diagnosis or check", options.explained_names))
def explain(name: str | None) -> None:
    """Show what a diagnosis or a check means, why it matters and its thresholds; without a name, list all."""
    from curvewise.cli import _reference_pages as pages
    from curvewise.plugin import checks, diagnoses

    if name is None:
        click.echo(pages.diagnosis_list(diagnoses()))
        click.echo(pages.check_list(checks()))
        return
    parts = []
    if name in diagnoses():
        parts.append(pages.diagnosis_page(diagnoses()[name]))
    if name in checks():
        parts.append(pages.check_page(checks()[name]))
    click.echo("\n\n".join(parts))
