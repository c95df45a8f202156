"""Decide which evaluated candidate to deploy."""

from __future__ import annotations

import click

from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing

EPILOG = """\b
Examples:
  curvewise decide evaluation/
  curvewise decide evaluation/ --margin 0.02
  curvewise decide scores.json --failure-score -1
  curvewise decide scores.json -o decision.md
  curvewise decide evaluation/ --format json | jq -r .winner

Exit codes: 0 there is a decision, be it that the samples cannot tell; 2 nothing could be read or decided.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
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
@writing
def decide(
    path: str,
    margin: float | None,
    failure_score: float | None,
    output_format: str | None,
    outputs: tuple[Output, ...],
) -> None:
    """Decide which candidate to deploy from stored results: a winner or a tie, the cost, the next step.

    EVALDIR is a folder that `curvewise evaluate` has written; SCORES is a JSON file with a list of scores
    for each contender: {"base": {"scores": [0, 1, 1]}, "step 70": {"scores": [1, 1, 1]}}.
    """
    import curvewise

    destination = Destination("decision", outputs, output_format, reads=[path])
    evaluation = curvewise.load_evaluation(path)
    chosen = {} if margin is None else {"margin": margin}
    decision = curvewise.decide(evaluation, failure_score=failure_score, **chosen)
    destination.deliver(decision)
