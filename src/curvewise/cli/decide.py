"""`curvewise decide`: which evaluated candidate to deploy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _output as output_to
from curvewise.cli import _output_options as output_options
from curvewise.cli._commands import ParsedCommand

if TYPE_CHECKING:
    from curvewise import Decision

EPILOG = """\b
Examples:
  curvewise decide evaluation/
  curvewise decide evaluation/ --margin 0.02
  curvewise decide scores.json --failure-score -1
  curvewise decide scores.json -o decision.md
  curvewise decide evaluation/ --format json | jq -r .winner

Exit codes: 0 there is a decision, be it that the samples cannot tell; 2 nothing could be read or decided.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG, short_help="Decide which evaluated candidate to deploy.")
@click.argument("path", metavar="EVALDIR|SCORES", type=click.Path())
@click.option(
    "--margin",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SCORE",
    help="Differences of accuracy below this do not matter: then fewer tokens win.  [default: 0.03]",
)
@click.option(
    "--failure-score",
    type=float,
    metavar="SCORE",
    help="What a failed sample counts as, in units of the scores.  [default: as it was evaluated, else 0]",
)
@output_options.one_output("json", "markdown", "csv")
def decide(
    path: str, margin: float | None, failure_score: float | None, output_format: str, output: Path | None
) -> None:
    """Decide which candidate to deploy from stored results: a winner or a tie, the cost, the next step.

    EVALDIR is a folder that `curvewise evaluate` has written; SCORES is a JSON file with a list of scores
    for each contender: {"base": {"scores": [0, 1, 1]}, "step 70": {"scores": [1, 1, 1]}}.
    """
    import curvewise

    output_to.spare([path], [output])
    evaluation = curvewise.load_evaluation(path)
    chosen = {} if margin is None else {"margin": margin}
    decision = curvewise.decide(evaluation, failure_score=failure_score, **chosen)
    output_to.write(_render(decision, output_format, to_file=output is not None), output)


def _render(decision: Decision, output_format: str, *, to_file: bool) -> str:
    if output_format == "json":
        from curvewise import encode

        return encode(decision)
    if output_format == "text":
        from curvewise.reports._decision_text import decision_text

        return decision_text(decision, output_to.style(to_file=to_file))
    from curvewise.reports._decision_pages import decision_csv, decision_markdown

    return (decision_markdown if output_format == "markdown" else decision_csv)(decision)
