"""Follow runs in the browser."""

from __future__ import annotations

import click

from curvewise.cli._commands import ParsedCommand

EPILOG = """\b
Examples:
  curvewise serve outputs/
  curvewise serve runs/ --open
  curvewise serve train.log --port 8400

It needs starlette and uvicorn: pip install 'curvewise[serve]'
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="[PATH]", default=".", type=click.Path(exists=True))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of 127.0.0.1.  [default: a free one]"
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1, max=3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two looks.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
def serve(path: str, port: int, interval: float, opens: bool) -> None:
    """Show the runs at PATH on a page of this machine, which follows them while they are written.

    PATH is a run or a folder of runs. The page is served on 127.0.0.1 alone, and its address holds a token:
    whoever has it can see the runs, and nobody else. Ctrl-C ends it.
    """
    from curvewise.serve import serve as serve_page

    def tell(address: str) -> None:
        click.echo(address)
        if opens:
            import webbrowser

            webbrowser.open(address)

    serve_page(path, port=port, interval=interval, tell=tell)
