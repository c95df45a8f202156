"""The board: the runs that are followed, in the form in which the page shows them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from curvewise.job.followed_runs import Followed, FollowedRuns
from curvewise.model.report import Curve, Report
from curvewise.plugin import Style, reporters
from curvewise.text import printable

POINTS = 4_000
"""Points of a curve that a page gets: it is sent again at each change."""
SPARK = 60
"""Points of a line in the list."""
SHOWN = (
    "full_valid_mean_reward",
    "full_valid_loss",
    "valid_loss",
    "train_mean_reward",
    "train_loss",
)
"""Curves of which the first that a run has is drawn in the list."""


class Board:
    """Follows the runs of a path on a thread of its own."""

    def __init__(self, path: str, interval: float) -> None:
        self._runs = FollowedRuns(path, POINTS)
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="curvewise-serve", daemon=True)
        self._pages: dict[str, tuple[int, str]] = {}
        self.trouble = ""
        self.is_over = False
        """Whether the server ends, and with it the streams."""

    def start(self) -> None:
        """Look for the first time, and then again and again."""
        self._runs.look()
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(5)

    @property
    def version(self) -> int:
        """Grows when something changed."""
        return self._runs.version

    def _follow(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self._runs.look()
            except Exception as error:  # the page says it, and the next look may succeed
                self.trouble = f"{type(error).__name__}: {error}"

    def listing(self) -> str:
        """Return the list of the runs as JSON."""
        runs = [_row(each) for each in list(self._runs.runs.values())]
        return json.dumps({"path": printable(self._runs.path, 400), "runs": runs, "trouble": self.trouble})

    def page(self, run: str) -> str | None:
        """Return the report page of a run; None when there is no such run."""
        found = self._runs.runs.get(run)
        if found is None or found.report is None:
            return None
        made = self._pages.get(run)
        if made is None or made[0] != found.version:
            made = (found.version, reporters()["html"]([found.report], Style()))
            self._pages[run] = made
        return made[1]


def _row(each: Followed) -> dict[str, Any]:
    report = each.report
    row: dict[str, Any] = {"id": each.id, "version": each.version, "name": printable(each.source, 200)}
    if report is None:
        return {**row, "diagnosis": "cannot be read", "severity": "unknown", "text": printable(each.problem)}
    told, best = report.diagnosis, report.selection.best
    pick = "" if best is None else f"step {best.step:,}"
    if best is not None and best.value is not None:
        pick += f" ({best.value:.4g})"
    return {
        **row,
        "name": printable(report.run.name or report.run.source, 200),
        "diagnosis": printable(told.name.replace("_", " "), 80),
        "severity": told.severity,
        "text": printable(told.summary),
        "pick": pick,
        "step": report.run.last_step,
        "status": printable(report.run.status or "", 40),
        "spark": _spark(report),
    }


def _spark(report: Report) -> list[float]:
    """Return the values of the most telling curve, between 0 and 1; nothing where none has two."""
    pick: Callable[[str], Curve | None] = report.curves.get
    curve = next((found for name in SHOWN if (found := pick(name)) and len(found.value) > 1), None)
    values = [] if curve is None else [value for value in curve.value if abs(value) < float("inf")]
    if len(values) < 2:
        return []
    values = values[:: max(1, len(values) // SPARK)]
    low, high = min(values), max(values)
    return [round((value - low) / ((high - low) or 1.0), 3) for value in values]
