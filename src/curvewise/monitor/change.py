"""Change: a diagnosis that is another one than before, in the words in which it is told."""

from __future__ import annotations

import msgspec

from curvewise.model.diagnosis import Diagnosis
from curvewise.model.report import Report
from curvewise.text import printable

SILENT = "insufficient_data"
"""The diagnosis of the first steps, which is no news."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A diagnosis that changed.

    Parameters
    ----------
    report
        The report that it stands in.
    before
        The diagnosis before; None at first.
    """

    report: Report
    before: Diagnosis | None = None

    @property
    def now(self) -> Diagnosis:
        """The diagnosis now."""
        return self.report.diagnosis

    @property
    def title(self) -> str:
        """Name, severity and run in a few words."""
        name = printable(self.report.run.name or self.report.run.source, 80)
        return f"{printable(self.now.name.replace('_', ' '), 80)} ({self.now.severity}): {name}"

    @property
    def text(self) -> str:
        """One line: the step, what is the matter, the checkpoint to use, and what to do."""
        step = self.report.run.last_step
        at = "" if step is None else f"step {step:,}: "
        use = self.now.use
        end = "" if use is None else f" Use step {use.step:,}."
        advice = f" {self.now.next[0]}" if self.now.next and self.now.severity != "ok" else ""
        return printable(f"{at}{self.now.summary}{end}{advice}", 600)

    @property
    def as_json(self) -> dict[str, object]:
        """The change for another program; ``text`` is what chat services show."""
        return {
            "text": f"{self.title}\n{self.text}",
            "run": self.report.run.name or self.report.run.source,
            "step": self.report.run.last_step,
            "before": self.before.name if self.before else None,
            "diagnosis": msgspec.to_builtins(self.now),
        }


def change(before: Diagnosis | None, report: Report) -> Change | None:
    """Return the change that a report brings; None when it tells the same story as before."""
    now = report.diagnosis
    if before is None and now.name == SILENT:
        return None
    if before is not None and (before.name, before.severity) == (now.name, now.severity):
        return None
    return Change(report=report, before=before)
