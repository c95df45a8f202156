"""Scored: the choice of a checkpoint where an evaluation on the real task has had its say."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.proxy import SCORE
from curvewise.model.run import Run
from curvewise.model.selection import Pick, Row, Selection
from curvewise.model.series import Series

NONE_TO_DEPLOY = "none_to_deploy"
"""Code of the note that no scored checkpoint is shown to improve on what one has, or on anything."""


def by_score(run: Run, selection: Selection) -> Selection:
    """Let scores decide among the checkpoints that have one and exist; a loss or a reward only stands in.

    Tied are the checkpoints whose score is lower by less than two standard errors of the difference, taken
    as if the samples were others. `curvewise decide` compares the same samples, and is sharper.

    Parameters
    ----------
    run
        The run, with or without scores.
    selection
        The choice by loss or reward, which stays when no scored checkpoint can be deployed.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss={10: 1.0, 20: 0.9}, evaluation_score={10: 0.8, 20: 0.6})
    >>> by_score(run, Selection(best=None, reason="")).best.step
    10
    """
    finite = finite_series(run, SCORE)
    if not len(finite):
        return selection
    models = {saved.step: saved.model for saved in run.checkpoints or () if saved.model}
    able = [step for step in finite.step.tolist() if run.checkpoints is None or step in models]
    if not able:
        return selection
    chosen = finite.where(np.isin(finite.step, able, assume_unique=True))
    best = int(np.argmax(chosen.value))
    tied = _tied(chosen, best)
    among = "checkpoints that exist" if run.checkpoints is not None else "steps"
    count = len(chosen)
    place_of = (
        f"the highest score of {count:,} evaluated {among}" if count > 1 else "and no other has a score"
    )
    why = f"{chosen.value[best]:.3f} on the real task, {place_of}"
    near = (
        "; noise does not tell it from step " + ", ".join(f"{chosen.step[n]:,}" for n in tied) if tied else ""
    )

    def pick(place: int, text: str) -> Pick:
        step = int(chosen.step[place])
        return Pick(
            step=step,
            model=models.get(step),
            existence="exists" if step in models else "unknown",
            metric=SCORE,
            value=float(chosen.value[place]),
            standard_error=_error(chosen, place),
            role="best",
            why=text,
            better="higher",
        )

    return msgspec.structs.replace(
        selection,
        best=pick(best, why),
        tied=tuple(pick(n, f"{chosen.value[n]:.3f}, within the noise of the highest") for n in tied),
        candidates=(),
        gone=None,
        columns=(SCORE, *selection.columns),
        table=tuple(_scored(row, finite) for row in selection.table),
        reason=f"{run.where(int(chosen.step[best])).capitalize()} has {why}{near}.",
    )


def _scored(row: Row, scores: Series) -> Row:
    return msgspec.structs.replace(row, values={**row.values, SCORE: scores.at(row.step)})


def _error(scores: Series, place: int) -> float | None:
    errors = scores.standard_error
    return None if errors is None or not np.isfinite(errors[place]) else float(errors[place])


def _tied(scores: Series, best: int) -> list[int]:
    own = _error(scores, best) or 0.0
    return [
        place
        for place in range(len(scores))
        if place != best
        and scores.value[best] - scores.value[place] <= 2 * float(np.hypot(own, _error(scores, place) or 0.0))
    ]
