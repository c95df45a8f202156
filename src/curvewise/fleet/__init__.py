"""Fleet: many runs judged at once, one row each, and what they say together."""

from curvewise.fleet.table import ENDINGS as TABLES

__all__ = ["TABLES"]
