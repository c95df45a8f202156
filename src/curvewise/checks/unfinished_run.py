"""The check `unfinished_run`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.progress import PROGRESS, goes_on, progress
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.stats.smoothing import median


@check(needs=(PROGRESS,), uses=("epoch",))
def unfinished_run(run: Run, *, least_share: float = 0.95) -> Finding:
    """The last logged step lies clearly before the last planned one.

    Either training stopped early (a crash, a time limit, early stopping), or the file is a snapshot
    that was saved with a checkpoint while training went on. In both cases the end of the curve is
    not the end of the plan: the learning rate had not finished its schedule, and the best
    checkpoint may lie outside the file.

    Judged is the last step with any value against the number of planned steps. The steps since the
    last log count as done, because a run that logs every 10 steps shows up to 9 steps too few. A run
    whose status says that it is still going on is not judged. Loss that still falls at the end is
    another matter, and not looked at here.

    Parameters
    ----------
    least_share
        Share of the planned steps that must be logged. Rounding of epochs to whole batches and a last
        partial log explain a few per cent, not more.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[2.0] * 60, every=10, planned_steps=1038)
    >>> print(unfinished_run(run).summary)
    The last logged step is 600 of 1,038 planned (58 %).
    """
    metric, series = progress(run)
    planned, last = run.planned_steps, run.last_step
    if planned is None or planned <= 0 or last is None:
        return Finding.not_applicable("The source does not say how many steps were planned.")
    status = (run.status or "").strip()
    if goes_on(run) or status.lower() == "paused":
        return Finding.not_applicable(f"The job is still under way: its status is {status!r}.")
    interval = int(median(np.diff(series.step))) if len(series) > 1 else 1
    share = last / planned
    reach = Evidence.at(
        metric, "steps logged / steps planned", share, last, limit=least_share, points=len(series)
    )
    if share >= least_share or last + interval > planned:
        return Finding.ok(f"The last logged step is {last:,} of {planned:,} planned.", reach)
    return Finding.warning(
        f"The last logged step is {last:,} of {planned:,} planned ({percent(share)}).",
        reach,
        advice="If the file was saved with a checkpoint, read that of the last checkpoint or of the output "
        "folder; if training stopped, find out why and resume it before you judge the end of the curve.",
    )
