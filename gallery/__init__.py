"""Runs of our own making, one for each finding, as a user would meet them.

>>> import curvewise as cw
>>> cw.analyze(runs()["overfitting"]).finding("overfitting").status
'problem'

Each module holds the runs of one theme; a function that is decorated with ``@exhibit`` makes one.
"""

from __future__ import annotations

from gallery._exhibits import Exhibit, exhibits, runs

__all__ = ["Exhibit", "exhibits", "runs"]
