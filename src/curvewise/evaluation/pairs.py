"""Pairs: the standing of each contender, and the comparison of each pair."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.evaluation.score_table import Table
from curvewise.model.decision import Interval, Pair, Standing, Verdict
from curvewise.model.series import FloatArray, IntArray
from curvewise.stats.clustered import mean_interval, score_interval
from curvewise.stats.leading import chances_of_leading, paired_levels
from curvewise.stats.paired import LEVEL, Contrasts, Judged, contrasts, usual_size
from curvewise.stats.paired import judge as judge_pairs
from curvewise.stats.pareto import pareto_front
from curvewise.stats.power import samples_to_tell


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Standings and pairs, before a choice."""

    standings: tuple[Standing, ...]
    pairs: tuple[Pair, ...]
    points: bool
    # pairs (a, b) where a is shown not to be worse than b by the margin or more
    no_worse: frozenset[tuple[str, str]]
    # accuracy by contender as if all had done all samples; ranks them
    levels: Mapping[str, float]


def judge(table: Table, margin: float) -> Judgement:
    """Judge every contender, and every pair on its common samples.

    Two references are compared only if there is no candidate.
    """
    places = [place for place, error in enumerate(table.errors) if not error]
    candidates = [place for place in places if not table.contenders[place].is_reference]
    wanted = [
        (i, j)
        for i, j in combinations(places, 2)
        if (not candidates or i in candidates or j in candidates)
        and np.any(~np.isnan(table.score[:, i]) & ~np.isnan(table.score[:, j]))
    ]
    ordered = np.array([_ordered(table, *pair) for pair in wanted])
    pairs, no_worse = _pairs(table, ordered, margin) if wanted else ((), frozenset())
    levels = paired_levels(table.score[:, places]).round(12)
    return Judgement(
        standings=_standings(table, places, pairs, levels),
        pairs=pairs,
        points=not _beyond(table.score),
        no_worse=no_worse,
        levels={
            table.contenders[place].name: float(level) for place, level in zip(places, levels, strict=True)
        },
    )


def _ordered(table: Table, i: int, j: int) -> tuple[int, int]:
    """Put the candidate first, else the one that is more accurate on the common samples."""
    one, other = table.contenders[i], table.contenders[j]
    if one.is_reference != other.is_reference:
        return (j, i) if one.is_reference else (i, j)
    gain = _mean(table.score[:, i] - table.score[:, j])
    return (j, i) if _clean(gain) < 0 else (i, j)


def _pairs(
    table: Table, places: IntArray, margin: float
) -> tuple[tuple[Pair, ...], frozenset[tuple[str, str]]]:
    """Return the pairs, and which contenders are shown to be no worse than which."""
    widest = _widest(table.score)
    size = usual_size(table.score, places, widest)
    compared = contrasts(table.score, table.cluster, places)
    judged = judge_pairs(compared, size=size, reach=widest)
    needed = _needed(compared, judged, size, margin, widest)
    tokens = _tokens(table, places)
    method = "paired by sample, signs of " + ("clusters" if table.clustered else "samples") + " drawn, max-T"
    pairs, no_worse = [], set[tuple[str, str]]()
    for k, (i, j) in enumerate(places):
        verdict = _verdict(compared, judged, k, margin)
        one, other = table.contenders[i].name, table.contenders[j].name
        if verdict in ("better", "equivalent") or judged.sure_low[k] > -margin:
            no_worse.add((one, other))
        if verdict in ("worse", "equivalent") or judged.sure_high[k] < margin:
            no_worse.add((other, one))
        pairs.append(
            Pair(
                first=one,
                second=other,
                difference=_clean(compared.difference[k]),
                interval=(
                    _clean(max(judged.low[k], -widest)),
                    _clean(min(judged.high[k], widest)),
                ),
                p_value=float(judged.p_value[k]),
                verdict=verdict,
                samples=int(compared.samples[k]),
                clusters=int(compared.clusters[k]),
                samples_needed=needed[k] if verdict == "cannot tell" else None,
                tokens=tokens[k][0],
                tokens_interval=tokens[k][1],
                tokens_p_value=tokens[k][2],
                method=method,
            )
        )
    return tuple(pairs), frozenset(no_worse)


def _verdict(compared: Contrasts, judged: Judged, k: int, margin: float) -> Verdict:
    """Return the verdict; a sure difference within the margin still counts as equivalent."""
    if -margin < judged.inner_low[k] and judged.inner_high[k] < margin:
        return "equivalent"
    if judged.p_value[k] <= LEVEL:
        return "better" if compared.difference[k] > 0 else "worse"
    return "cannot tell"


def _needed(compared: Contrasts, judged: Judged, size: FloatArray, margin: float, widest: float) -> list[int]:
    """Return how many more samples would decide each pair, in clusters like those so far."""
    variance = compared.variance(size) * compared.design_effect(size)
    rare = max(margin * (widest - margin), 0.0) * compared.design_effect(widest)
    needed = [
        samples_to_tell(
            float(difference),
            margin,
            float(own),
            within=float(least),
            limit=judged.limit,
            inner_limit=judged.inner_limit,
        )
        for difference, own, least in zip(
            compared.difference, variance, np.maximum(variance, rare), strict=True
        )
    ]
    return [max(1, total - int(have)) for total, have in zip(needed, compared.samples, strict=True)]


def _tokens(table: Table, places: IntArray) -> list[tuple[float | None, Interval | None, float | None]]:
    """Return the token difference of each pair, its interval and p-value; None where unknown."""
    score = np.where(np.isnan(table.score), np.nan, table.tokens)
    both = ~np.isnan(score[:, places[:, 0]]) & ~np.isnan(score[:, places[:, 1]])
    known = np.flatnonzero(both.any(axis=0))
    answers: list[tuple[float | None, Interval | None, float | None]] = [(None, None, None)] * len(places)
    if len(known) == 0:
        return answers
    compared = contrasts(score, table.cluster, places[known])
    judged = judge_pairs(compared)
    for position, k in enumerate(known):
        ends = (float(judged.low[position]), float(judged.high[position]))
        answers[k] = (
            _clean(compared.difference[position]),
            ends if np.isfinite(ends).all() else None,
            float(judged.p_value[position]),
        )
    return answers


def _standings(
    table: Table, places: list[int], pairs: tuple[Pair, ...], levels: FloatArray
) -> tuple[Standing, ...]:
    score = table.score[:, places]
    index = np.array(list(combinations(range(len(places)), 2)), dtype=np.intp).reshape(-1, 2)
    size = float(np.mean(usual_size(score, index, _widest(score)))) if len(index) else 1.0
    chances = chances_of_leading(score, table.cluster, size=size)
    accuracy = np.array([_mean(column) for column in table.score.T])
    tokens = np.array([_mean(column) for column in table.tokens.T])
    front = _front(table, places, levels)
    standings = []
    for place, contender in enumerate(table.contenders):
        start = Standing(
            name=contender.name,
            model=contender.model,
            step=contender.step,
            role=contender.role,
            failures=table.failures[place],
            error=table.errors[place],
        )
        if table.errors[place]:
            standings.append(start)
            continue
        own = table.score[:, place]
        interval = _interval(own, table.cluster, scores=not _beyond(table.score))
        known_tokens = not np.isnan(tokens[place])
        cost = _mean(table.cost[:, place])
        standings.append(
            msgspec.structs.replace(
                start,
                accuracy=_clean(accuracy[place]),
                accuracy_interval=interval,
                samples=int(np.sum(~np.isnan(own))),
                tokens=_clean(tokens[place]) if known_tokens else None,
                tokens_interval=_spent(table.tokens[:, place], table.cluster),
                cost=None if np.isnan(cost) else _clean(cost),
                cost_interval=_spent(table.cost[:, place], table.cluster),
                probability_best=float(chances[places.index(place)]),
                on_pareto_front=bool(front[place]) if known_tokens else None,
                equivalent_to=_equivalent_to(contender.name, pairs),
            )
        )
    return tuple(standings)


def _front(table: Table, places: list[int], levels: FloatArray) -> NDArray[np.bool_]:
    """Return which contenders are on the Pareto front, as if all had done all samples."""
    gain, cost = np.full((2, len(table.contenders)), np.nan)
    gain[places] = levels
    known = [place for place in places if not np.isnan(table.tokens[:, place]).all()]
    if known:
        cost[known] = paired_levels(table.tokens[:, known]).round(9)
    return pareto_front(gain, cost)


def _equivalent_to(name: str, pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    return tuple(
        pair.second if pair.first == name else pair.first
        for pair in pairs
        if pair.verdict == "equivalent" and name in (pair.first, pair.second)
    )


def _interval(values: FloatArray, cluster: IntArray, *, scores: bool = False) -> Interval | None:
    known = ~np.isnan(values)
    if not known.any():
        return None
    interval = (score_interval if scores else mean_interval)(values[known], cluster[known])
    return None if interval is None else (_clean(interval[0]), _clean(interval[1]))


def _spent(values: FloatArray, cluster: IntArray) -> Interval | None:
    """Return the interval of a mean amount spent, which is never negative."""
    interval = _interval(values, cluster)
    return None if interval is None else (max(interval[0], 0.0), interval[1])


def _beyond(score: FloatArray) -> bool:
    """Whether a score is not between 0 and 1."""
    return bool(np.nanmin(score) < 0 or np.nanmax(score) > 1)


def _widest(score: FloatArray) -> float:
    """Return the largest possible difference of two scores: 1, or the observed one beyond 0 to 1."""
    return float(np.nanmax(score) - np.nanmin(score)) or 1.0 if _beyond(score) else 1.0


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _clean(value: float) -> float:
    """Remove rounding errors: the mean of equal values is that value."""
    return round(float(value), 12)
