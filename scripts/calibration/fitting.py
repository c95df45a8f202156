"""Fit logistic models with numpy, and write them as tables of coefficients."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.stats.logistic import FARTHEST, Logistic

Array = NDArray[np.float64]
ROUNDS = 50


def fit_one_of(
    features: Array,
    outcome: NDArray[np.int64],
    names: tuple[str, ...],
    outcomes: tuple[str, ...],
    ridge: float,
) -> Logistic:
    """Fit outcomes of which exactly one holds: multinomial regression by Newton steps.

    Parameters
    ----------
    features
        Shape (n, f).
    outcome
        Index of the outcome of each row, shape (n,).
    names, outcomes
        Of the columns, and of the outcomes.
    ridge
        Penalty on half of the squared weights of standardised features; intercepts are free.
    """
    centre, scale = features.mean(0), features.std(0)
    design = _design(features, centre, scale)
    n, columns, k = len(design), design.shape[1], len(outcomes)
    truth = np.eye(k)[outcome]
    penalty = np.tile(np.r_[1e-6, np.full(columns - 1, ridge)], k)
    weights = np.zeros(k * columns)
    for _ in range(ROUNDS):
        scores = design @ weights.reshape(k, columns).T
        chance = np.exp(scores - scores.max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        slope = ((truth - chance).T @ design).ravel() - penalty * weights
        bend = (
            np.einsum("ia,ab,ib->iab", chance, np.eye(k), np.ones((n, k)))
            - chance[:, :, None] * chance[:, None, :]
        )
        hessian = np.einsum("iab,ic,id->acbd", bend, design, design, optimize=True).reshape(k * columns, -1)
        change = np.linalg.solve(hessian + np.diag(penalty), slope)
        weights += change
        if np.abs(change).max() < 1e-9:
            break
    table = weights.reshape(k, columns)
    return _model(names, outcomes, centre, scale, table[:, 0] - table[:, 0].mean(), table[:, 1:])


def fit_each(
    features: Array,
    holds: NDArray[np.bool_],
    weight: Array,
    names: tuple[str, ...],
    outcomes: tuple[str, ...],
    ridge: float,
) -> Logistic:
    """Fit outcomes that may hold together: one logistic regression each, by Newton steps.

    Parameters
    ----------
    features
        Shape (n, f).
    holds
        Whether each outcome holds, shape (n, outcomes).
    weight
        How much each row counts, shape (n,).
    names, outcomes
        Of the columns, and of the outcomes.
    ridge
        Penalty on half of the squared weights of standardised features; intercepts are free.
    """
    centre = np.average(features, axis=0, weights=weight)
    scale = np.sqrt(np.average((features - centre) ** 2, axis=0, weights=weight))
    design = _design(features, centre, scale)
    penalty = np.r_[1e-6, np.full(features.shape[1], ridge)]
    rows = np.array([_fit_one(design, column, weight, penalty) for column in holds.T])
    return _model(names, outcomes, centre, scale, rows[:, 0], rows[:, 1:])


def _design(features: Array, centre: Array, scale: Array) -> Array:
    """Return a column of ones and the standardised features, shape (n, 1 + f)."""
    standardised = np.clip((features - centre) / scale, -FARTHEST, FARTHEST)
    return np.column_stack([np.ones(len(features)), standardised])


def _fit_one(design: Array, holds: NDArray[np.bool_], weight: Array, penalty: Array) -> Array:
    found = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weight * (holds - chance)) - penalty * found
        bend = design.T @ (design * (weight * chance * (1 - chance))[:, None])
        change = np.linalg.solve(bend + np.diag(penalty), slope)
        found += change
        if np.abs(change).max() < 1e-9:
            break
    return found


def _model(
    names: tuple[str, ...],
    outcomes: tuple[str, ...],
    centre: Array,
    scale: Array,
    intercept: Array,
    weight: Array,
) -> Logistic:
    return Logistic(
        features=names,
        outcomes=outcomes,
        centre=_rounded(centre),
        scale=_rounded(scale),
        intercept=_rounded(intercept),
        weight=tuple(_rounded(row) for row in weight),
    )


def _rounded(values: Array) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def distance(first: Logistic, second: Logistic) -> float:
    """Return the largest difference of two models' numbers."""
    return max(
        float(np.abs(np.subtract(getattr(first, part), getattr(second, part))).max())
        for part in ("centre", "scale", "intercept", "weight")
    )


def write_table(path: Path, model: Logistic, title: str, script: str) -> None:
    """Write a model as a Python module."""
    lines = [f'"""{title}', "", f"Written by {script}; do not edit.", '"""', ""]
    lines += ["from __future__ import annotations", ""]
    lines += ["from curvewise.stats.logistic import Logistic", "", "# fmt: off", "MODEL = Logistic("]
    for field, value in msgspec.structs.asdict(model).items():
        if field == "weight":
            lines += ["    weight=(", *(f"        {row}," for row in value), "    ),"]
        else:
            lines += [f"    {field}={value},".replace("'", '"')]
    path.write_text("\n".join([*lines, ")", "# fmt: on", ""]))
