"""Runs of our own making, one for each finding, as a user would meet them.

>>> import curvewise as cw
>>> cw.analyze(runs()["overfitting"]).finding("overfitting").status
'problem'

A function in the test of a check that is decorated with ``@exhibit`` makes one.
"""

from __future__ import annotations

from gallery._exhibits import Exhibit, exhibit, exhibits, runs

__all__ = ["Exhibit", "exhibit", "exhibits", "runs"]
