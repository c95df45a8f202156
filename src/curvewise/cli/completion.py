"""Print the completion script of a shell."""

from __future__ import annotations

import click

from curvewise.cli._commands import ParsedCommand

EPILOG = """\b
Examples:
  eval "$(curvewise completion bash)"    in ~/.bashrc
  eval "$(curvewise completion zsh)"     in ~/.zshrc, after compinit
  curvewise completion fish > ~/.config/fish/completions/curvewise.fish
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    app = ctx.find_root().command
    click.echo(kind(app, {}, "curvewise", "_CURVEWISE_COMPLETE").source())
