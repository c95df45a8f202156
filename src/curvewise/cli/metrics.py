"""Show what a metric means and what each source calls it."""

from __future__ import annotations

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand


@click.command(
    cls=ParsedCommand,
    epilog="\b\nExamples:\n  curvewise metrics\n  curvewise metrics eval_loss",
)
@click.argument("name", required=False, metavar="[NAME]", type=options.Name("metric", options.metric_names))
def metrics(name: str | None) -> None:
    """Show what a metric means and what each source calls it; without a name, list all metrics."""
    from curvewise import catalogue
    from curvewise.cli import _reference_pages as pages

    click.echo(
        pages.metric_list(catalogue()) if name is None else pages.metric_page(options.metrics_by_name()[name])
    )
