"""The check `failed_job`."""

from __future__ import annotations

from curvewise.derived.progress import PROGRESS, progress
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check

FAILED = frozenset({"failed", "error", "errored", "crashed"})
STOPPED = frozenset({"cancelled", "canceled", "cancelling", "stopped", "killed", "preempted"})


@check(needs=(), uses=PROGRESS)
def failed_job(run: Run) -> Finding:
    """The provider reports that the job failed or was cancelled.

    The curves of such a job end where it stopped, not where training was done, and its last step
    need not have a checkpoint. A failed job is a problem; a cancelled one is a warning, because
    someone may have stopped it on purpose.

    Judged are the status word and the error text of the provider, as the job object gives them. A
    result file alone carries neither: the check then does not apply, which is not an all-clear.
    A job whose status is one of success or of work in progress, and that has no error text, is sound.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[2.0, 1.5], status="failed", error="quota exceeded")
    >>> print(failed_job(run).summary)
    The job has the status 'failed' after step 2: quota exceeded
    """
    status, error = (run.status or "").strip(), (run.error or "").strip()
    if not status and not error:
        return Finding.not_applicable("The source gives no status of the job.")
    metric, series = progress(run)
    word = status.lower()
    stopped = word in STOPPED
    if not error and not stopped and word not in FAILED:
        return Finding.ok(f"The job has the status {status!r} and reports no error.")
    last = Evidence.of(metric, "last step logged", series.last_step if len(series) else 0, series)
    after = f"after step {series.last_step:,}" if len(series) else "before any step was logged"
    named = f"The job has the status {status!r} {after}" if status else f"The job reports an error {after}"
    summary = f"{named}: {error}" if error else f"{named}."
    rest = "Before you deploy a checkpoint of this job, evaluate it: the run did not reach its planned end."
    if stopped and not error:
        return Finding.warning(summary, last, advice=rest)
    return Finding.problem(
        summary, last, advice=f"Mend what the provider reports and run the job again. {rest}"
    )
