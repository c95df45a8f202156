"""What separates good runs from bad: the effect of each hyperparameter on the best value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from curvewise.derived.saved import ABOUT_SAVING
from curvewise.model.fleet import Effect, FleetRow, Setting
from curvewise.model.metrics import find
from curvewise.model.series import IntArray
from curvewise.stats.effects import FactorEffect, factor_effects, sampling_error
from curvewise.stats.quantiles import Z90

LEAST_RUNS = 8
"""Runs with a best value from which on effects are looked for."""
FEW_LEVELS = 6
"""Distinct values up to which each is a level of its own; numbers beyond become ranges."""
RANGES = 4
"""Ranges of a number with many values, with as many runs in each."""
LEAST_OF_LEVEL = 2
"""Runs at a level, without which it tells nothing."""
MOST_FACTORS = 24
"""Hyperparameters that are looked at, those that most runs state first: one that is looked at costs power."""
MOST_RUNS = 5_000
"""Runs that are looked at, evenly spread: more tell no more of an effect that matters."""
REAL = 0.05
"""Probability by chance, corrected, below which a hyperparameter separates."""
_ABOUT_THE_RUN = ("name", "id", "dir", "path", "time", "date", "user", "host", "version", "port")
"""Words in the names of what may say which run it is, and not how it was trained."""


def separating(rows: Sequence[FleetRow], *, grouped: Sequence[str] = ()) -> tuple[list[Effect], list[str]]:
    """Return the hyperparameters that separate, the strongest first, and the names of all looked at.

    Parameters
    ----------
    rows
        Runs that are judged by the same metric, each with a best value.
    grouped
        Hyperparameters that were averaged over, such as the seed.
    """
    rows = rows[:: -(-len(rows) // MOST_RUNS)] if rows else rows
    if len(rows) < LEAST_RUNS:
        return [], []
    higher = rows[0].higher_is_better
    values = np.array([row.best for row in rows], dtype=np.float64)
    as_ratio = not higher and bool((values > 0).all())
    factors: dict[str, IntArray] = {}
    names: dict[str, list[str]] = {}
    for name in varied(rows):
        levels = None if name in grouped or is_about_the_run(rows, name) else _levels(rows, name)
        if levels is not None and len(factors) < MOST_FACTORS and not _repeats(levels[0], factors):
            factors[name], names[name] = levels
    found = factor_effects(np.log(values) if as_ratio else values, factors)
    examples = _validation_examples(rows) if as_ratio else None
    effects = []
    for name, each in found.items():
        if each.p >= REAL:
            continue
        means = np.exp(each.means) if as_ratio else each.means
        reach = _reach(each, float(values.mean()), examples)
        sizes = (each.difference, each.difference - reach, each.difference + reach)
        effect, low, high = map(math.exp, sizes) if as_ratio else sizes
        better, worse = (each.high_level, each.low_level) if higher else (each.low_level, each.high_level)
        effects.append(
            Effect(
                name=name,
                levels=tuple(zip(names[name], means.tolist(), strict=True)),
                better=names[name][better],
                worse=names[name][worse],
                effect=effect,
                low=low,
                high=high,
                is_factor=as_ratio,
                p=each.p,
                validation_examples=examples,
            )
        )
    effects.sort(key=lambda each: (-abs(math.log(each.effect)) if as_ratio else -each.effect, each.name))
    return effects, list(factors)


def _validation_examples(rows: Sequence[FleetRow]) -> int | None:
    """Return the examples that a loss in nats is a mean over, of the smallest set; None if not known."""
    metric = find(rows[0].metric or "")
    if metric is None or metric.unit != "nats per token" or metric.split != "valid":
        return None
    return min((row.validation_examples for row in rows if row.validation_examples), default=None)


def _reach(effect: FactorEffect, loss: float, examples: int | None) -> float:
    """Return half the interval of an effect, with what the choice of the validation examples adds.

    That is the same for all pairs of levels, and so is not corrected for their number.
    """
    reach = effect.high - effect.difference
    return math.hypot(reach, Z90 * sampling_error(effect.difference, loss, examples)) if examples else reach


def varied(rows: Sequence[FleetRow]) -> list[str]:
    """Return the hyperparameters in which runs differ, those that most of them state first."""
    values: dict[str, set[Setting]] = {}
    stated: dict[str, int] = {}
    for row in rows:
        for name, value in row.hyperparameters.items():
            if value is not None and name not in ABOUT_SAVING:
                values.setdefault(name, set()).add(value)
                stated[name] = stated.get(name, 0) + 1
    differing = [name for name, known in values.items() if len(known) > 1 or stated[name] < len(rows)]
    return sorted(differing, key=lambda name: (-stated[name], name))


def is_about_the_run(rows: Sequence[FleetRow], name: str) -> bool:
    """Whether a hyperparameter says which run it is: a seed, or a name or path that hardly two share."""
    words = name.lower().replace(".", "_").replace("-", "_").split("_")
    if "seed" in words:
        return True
    values = {row.hyperparameters.get(name) for row in rows}
    named = any(word in words for word in _ABOUT_THE_RUN) or any(isinstance(each, str) for each in values)
    return named and 2 * len(values) > len(rows)


def _repeats(levels: IntArray, factors: Mapping[str, IntArray]) -> bool:
    """Whether a hyperparameter splits the runs as one before it does, so that nothing can tell them apart."""
    return any(
        len(set(zip(levels.tolist(), other.tolist(), strict=True)))
        == len(set(levels.tolist()))
        == len(set(other.tolist()))
        for other in factors.values()
    )


def _levels(rows: Sequence[FleetRow], name: str) -> tuple[IntArray, list[str]] | None:
    """Return the level of each run and the names of the levels; None where they tell nothing."""
    values = [row.hyperparameters.get(name) for row in rows]
    known = {value for value in values if value is not None}
    if len(known) > FEW_LEVELS:
        numeric = not any(isinstance(value, str | bool) for value in known)
        numbers = [float(value) for value in values if value is not None] if numeric else []
        return _ranges(numbers, len(values))
    named: list[Setting] = [*sorted(known, key=_order), *([None] if None in values else [])]
    levels = np.array([named.index(value) for value in values], dtype=np.int64)
    if len(named) < 2 or np.bincount(levels).min() < LEAST_OF_LEVEL:
        return None
    return levels, [said(value) for value in named]


def _order(value: Setting) -> tuple[float, str]:
    """Sort numbers by size, and all else by its text."""
    return (math.inf, value or "") if value is None or isinstance(value, str) else (float(value), "")


def _ranges(known: Sequence[float], runs: int) -> tuple[IntArray, list[str]] | None:
    """Cut a number that every run states into ranges with as many runs in each."""
    values = np.array(known, dtype=np.float64)
    if len(values) < runs or not np.isfinite(values).all():
        return None
    ordered = np.sort(values)
    cuts = ordered[[len(ordered) * place // RANGES for place in range(1, RANGES)]]
    levels = np.searchsorted(np.sort(np.array(list(set(cuts.tolist())))), values, side="right")
    present = sorted(set(levels.tolist()))
    if len(present) < 2:
        return None
    levels = np.searchsorted(np.array(present), levels)
    names = [
        f"{said(float(values[levels == place].min()))} to {said(float(values[levels == place].max()))}"
        for place in range(len(present))
    ]
    return np.asarray(levels, dtype=np.int64), names


def said(value: Setting) -> str:
    """Write a hyperparameter.

    Examples
    --------
    >>> said(0.0003), said(True), said(None), said("cosine")
    ('0.0003', 'true', 'not stated', 'cosine')
    """
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float | int) else value
