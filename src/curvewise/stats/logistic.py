"""Logistic models as tables of coefficients: small enough to print, and evaluated with numpy alone."""

from __future__ import annotations

from functools import cached_property

import msgspec
import numpy as np

from curvewise.model.series import FloatArray

FARTHEST = 4.0
"""Standard deviations from its mean to which a feature is cut: nothing was fitted on beyond."""


class Logistic(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Weights of standardised features, one row an outcome.

    Parameters
    ----------
    features
        Names of the features, in order.
    outcomes
        Names of the rows.
    centre, scale
        Mean and standard deviation of each feature over the runs that the model was fitted on.
    intercept
        Score of each outcome where every feature has its mean.
    weight
        For each outcome the change of its score for one standard deviation of each feature.
    """

    features: tuple[str, ...]
    outcomes: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    intercept: tuple[float, ...]
    weight: tuple[tuple[float, ...], ...]

    @cached_property
    def _arrays(self) -> list[FloatArray]:
        return [np.array(each) for each in (self.centre, self.scale, self.weight, self.intercept)]

    def scores(self, values: FloatArray) -> FloatArray:
        """Return the score of each outcome, shape (..., outcomes), for features of shape (..., features)."""
        centre, scale, weight, intercept = self._arrays
        return np.asarray(((values - centre) / scale).clip(-FARTHEST, FARTHEST) @ weight.T + intercept)

    def each(self, values: FloatArray) -> FloatArray:
        """Return the probability of each outcome for itself: outcomes may hold together."""
        return np.asarray(1 / (1 + np.exp(-self.scores(values))))

    def one_of(self, values: FloatArray) -> FloatArray:
        """Return the probabilities of outcomes of which exactly one holds; they add up to one."""
        scores = self.scores(values)
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=-1, keepdims=True))
