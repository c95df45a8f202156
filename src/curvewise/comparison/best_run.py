"""Which run is the best, as far as the noise of the figures allows to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from curvewise.comparison.rows import Entry
from curvewise.derived.validation import ASSUMED_NOISE
from curvewise.model.metrics import in_words
from curvewise.model.run import Note
from curvewise.numbers import certainty, percent
from curvewise.stats.chances import LEVEL, chances, leaders
from curvewise.text import listed

BY_SCORE = "score"


class BestRun(msgspec.Struct, frozen=True, kw_only=True):
    """The winner, the ties, and why; fields as in `Comparison`."""

    headline: str
    reason: str
    winner: int | None = None
    tied: tuple[int, ...] = ()
    by: str | None = None
    better: Literal["lower", "higher"] | None = None
    probabilities: tuple[float | None, ...]


class _Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: runs by their places, values, errors where known, higher is better."""

    by: str
    words: str
    higher: bool
    places: tuple[int, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...] | None
    basis: str


def find_best_run(compared: Sequence[Entry], obstacles: Sequence[Note], *, by_score: bool) -> BestRun:
    """Choose the best run, or say which the noise cannot tell apart, or why there is no choice.

    The probability of being the best is that of `curvewise.stats.best.chances`: normal and independent
    errors. Of several evaluations of the same examples, differences are surer than that.
    """
    nothing: tuple[float | None, ...] = (None,) * len(compared)
    if by_score:
        able = [place for place, entry in enumerate(compared) if entry.row.deploy]
        if len(able) > 1:
            return _by_figure(compared, _scores(compared, able))
        return BestRun(
            headline="No winner: fewer than two of the runs may be deployed.",
            reason=f"{_who(compared, able)} a diagnosis that does not say to deploy nothing.",
            probabilities=nothing,
        )
    judged = [place for place, entry in enumerate(compared) if entry.judged]
    if len(judged) < 2:
        return BestRun(
            headline="No winner: fewer than two of the runs can be judged.",
            reason=f"{_who(compared, judged)} a best checkpoint. Evaluate on a held-out set while training, "
            "or give the scores of an evaluation.",
            probabilities=nothing,
        )
    if obstacles:
        measures = {compared[place].row.measure for place in judged}
        what = measures.pop() if len(measures) == 1 else "loss"
        return BestRun(
            headline=f"No winner: the runs cannot be compared by {what}.",
            reason=" ".join(note.text for note in obstacles)
            + " Evaluate their best checkpoints on the same real task and give the scores.",
            probabilities=nothing,
        )
    return _by_figure(compared, _best_values(compared, judged))


def _who(compared: Sequence[Entry], judged: Sequence[int]) -> str:
    return f"Only {compared[judged[0]].called} has" if judged else "No run has"


def _scores(compared: Sequence[Entry], able: Sequence[int]) -> _Figure:
    rows = [compared[place].row for place in able]
    values = tuple(row.score for row in rows if row.score is not None)
    errors = tuple(row.score_error for row in rows if row.score_error is not None)
    known = len(errors) == len(rows)
    return _Figure(
        by=BY_SCORE,
        words="score",
        higher=True,
        places=tuple(able),
        values=values,
        errors=errors if known else None,
        basis="the noise of the scores" if known else "",
    )


def _best_values(compared: Sequence[Entry], judged: Sequence[int]) -> _Figure:
    chosen = [compared[place] for place in judged]
    metric = chosen[0].row.metric or ""
    assumed = sum(entry.assumed for entry in chosen)
    basis = "the measured noise of the evaluations"
    if assumed == len(chosen):
        basis = f"a noise of {percent(ASSUMED_NOISE)}, assumed since nothing measures it"
    elif assumed:
        basis = f"the noise of the evaluations, {percent(ASSUMED_NOISE)} assumed where nothing measures it"
    return _Figure(
        by=metric,
        words=in_words(metric),
        higher=chosen[0].higher_is_better,
        places=tuple(judged),
        values=tuple(entry.row.best_value or 0.0 for entry in chosen),
        errors=tuple(entry.error or 0.0 for entry in chosen),
        basis=basis,
    )


def _by_figure(compared: Sequence[Entry], figure: _Figure) -> BestRun:
    """Decide by one figure."""
    values = np.array(figure.values, dtype=np.float64)
    costs = -values if figure.higher else values
    order = np.lexsort((_tokens(compared, figure), costs))
    best, second = int(order[0]), int(order[1])
    chance = None if figure.errors is None else chances(costs, np.array(figure.errors, dtype=np.float64))
    leading = set(leaders(chance).tolist()) | {best} if chance is not None else set()
    if chance is None:
        leading = set(np.flatnonzero(costs == costs[best]).tolist())
    leading -= {place for place in leading if _wasteful(compared, figure, place, leading)}
    probabilities: list[float | None] = [None] * len(compared)
    if chance is not None:
        for own, place in enumerate(figure.places):
            probabilities[place] = round(float(chance[own]), 4)
    name, other = _name(compared, figure, best), _name(compared, figure, second)
    numbers = f"{figure.words} {_value(figure, best)}{_where(compared, figure, best)}"
    if len(leading) == 1:
        return BestRun(
            headline=f"Take {name}: {numbers}, against {_value(figure, second)} of {other}.",
            reason=_why(compared, figure, best, second, chance),
            winner=figure.places[best],
            by=figure.by,
            better="higher" if figure.higher else "lower",
            probabilities=tuple(probabilities),
        )
    tied = sorted(leading, key=order.tolist().index)
    names = listed([_name(compared, figure, place) for place in tied])
    return BestRun(
        headline=f"Tie between {names}: {figure.words} {listed([_value(figure, place) for place in tied])}.",
        reason=_why_tied(compared, figure, tied, chance),
        tied=tuple(figure.places[place] for place in tied),
        by=figure.by,
        better="higher" if figure.higher else "lower",
        probabilities=tuple(probabilities),
    )


def _tokens(compared: Sequence[Entry], figure: _Figure) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    known = (compared[place].row.tokens_per_rollout for place in figure.places)
    return np.array([np.inf if tokens is None else tokens for tokens in known], dtype=np.float64)


def _wasteful(compared: Sequence[Entry], figure: _Figure, place: int, leading: set[int]) -> bool:
    """Whether another run is exactly as good with fewer tokens: it is strictly better."""
    tokens = _tokens(compared, figure)
    equal = [other for other in leading if figure.values[other] == figure.values[place]]
    return bool(np.isfinite(tokens[place])) and any(tokens[other] < tokens[place] for other in equal)


def _why(
    compared: Sequence[Entry],
    figure: _Figure,
    best: int,
    second: int,
    chance: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None,
) -> str:
    name = _name(compared, figure, best)
    if figure.values[best] == figure.values[second]:
        tokens = _tokens(compared, figure)
        return (
            f"{name} reaches the same {figure.words} with {tokens[best]:,.4g} tokens a rollout instead of "
            f"{tokens[second]:,.4g}, which is strictly better."
        )
    if chance is None:
        return (
            f"{name} has the highest score. How far chance moves the scores is not known: give `n`, the "
            "examples of the evaluation, or `error`."
        )
    return (
        f"{name} is the best with a probability of {certainty(float(chance[best]))}, by {figure.basis}. "
        "Another seed may change more than that."
    )


def _why_tied(
    compared: Sequence[Entry],
    figure: _Figure,
    tied: Sequence[int],
    chance: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None,
) -> str:
    if chance is None:
        return f"They have the same {figure.words}."
    shares = [f"{_name(compared, figure, place)} {certainty(float(chance[place]))}" for place in tied]
    said = f"By {figure.basis}, none is the best with a probability of {certainty(LEVEL)}: {listed(shares)}."
    tokens = _tokens(compared, figure)[list(tied)]
    if np.isfinite(tokens).all() and tokens.min() < tokens.max():
        least = tied[int(tokens.argmin())]
        said += (
            f" Of equals the one with fewer tokens is better: {_name(compared, figure, least)} has "
            f"{tokens.min():,.4g} a rollout."
        )
    return said


def _name(compared: Sequence[Entry], figure: _Figure, place: int) -> str:
    return compared[figure.places[place]].called


def _value(figure: _Figure, place: int) -> str:
    return f"{figure.values[place]:.4g}"


def _where(compared: Sequence[Entry], figure: _Figure, place: int) -> str:
    step = compared[figure.places[place]].row.best_step
    return f" at step {step:,}" if figure.by != BY_SCORE and step is not None else ""
