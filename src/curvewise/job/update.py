"""Update: what a look at a job, or at a run on a disk, brings."""

from __future__ import annotations

import msgspec

from curvewise.errors import ServiceError
from curvewise.model.finding import Finding
from curvewise.model.job import Job
from curvewise.model.report import Report
from curvewise.model.run import Run
from curvewise.monitor.change import Change


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What is new about a job, or about a run on a disk.

    Parameters
    ----------
    job
        The job as the service last showed it.
    run, report
        Its curves and the verdict on them; None before the first metric. A job that rests always has a
        report.
    changed
        Whether anything is new since the last update.
    new_events
        Number of new events.
    messages
        Messages of the new events, oldest first, without those that only carry metrics. The text is as the
        service sent it: pass it through `curvewise.text.printable` before you show it.
    findings
        Findings that are new, or whose status has changed.
    change
        The diagnosis, where it is another one than before.
    trouble
        A temporary failure to reach the service; the rest is then as before.
    wait
        Seconds until the next update; None when this is the last.
    """

    job: Job
    run: Run | None = None
    report: Report | None = None
    changed: bool = False
    new_events: int = 0
    messages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    change: Change | None = None
    trouble: ServiceError | None = None
    wait: float | None = None

    @property
    def is_last(self) -> bool:
        """Whether the job rests, so that no update follows."""
        return self.wait is None


def changed_findings(before: Report | None, now: Report | None) -> tuple[Finding, ...]:
    """Return the findings that are new, or whose status has changed."""
    if now is None:
        return ()
    was = {} if before is None else {finding.check: finding.status for finding in before.findings}
    return tuple(finding for finding in now.findings if was.get(finding.check) != finding.status)
