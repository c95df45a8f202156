"""Comparison: several reports side by side, and which run to take."""

from curvewise.comparison.baseline import Baseline
from curvewise.comparison.compare import SORTS

__all__ = ["SORTS", "Baseline"]
