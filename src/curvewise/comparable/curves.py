"""The curves of a run that a report draws, thinned so that their peaks stay."""

from __future__ import annotations

from collections.abc import Mapping

from curvewise.model.report import Curve
from curvewise.model.run import Run
from curvewise.stats.thinning import thin

POINTS = 400
"""Most points a curve of a report has: enough for a terminal or a small picture."""
DRAWN = (
    "train_loss",
    "valid_loss",
    "full_valid_loss",
    "train_mean_reward",
    "full_valid_mean_reward",
    "train_grader_reward",
    "valid_grader_reward",
    "completion_tokens_mean",
    "reasoning_tokens_mean",
    "train_reward_margin",
    "full_valid_reward_margin",
    "train_mean_token_accuracy",
    "full_valid_mean_token_accuracy",
)
"""Metrics worth drawing, with the members of their families."""


def curves_to_draw(run: Run, points: int = POINTS) -> Mapping[str, Curve]:
    """Return the curves of a report.

    Parameters
    ----------
    run
        The run.
    points
        Most points of one curve.
    """
    curves = {}
    for name, series in run.metrics.items():
        if name.partition("/")[0] in DRAWN and len(series):
            kept = thin(series.value, points)
            curves[name] = Curve(
                step=tuple(series.step[kept].tolist()),
                value=tuple(series.value[kept].tolist()),
                points=len(series),
            )
    return curves
