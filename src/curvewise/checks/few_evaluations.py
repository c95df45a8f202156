"""The check `few_evaluations`."""

from __future__ import annotations

from curvewise.derived.evaluations import EVALUATIONS, evaluations
from curvewise.derived.progress import goes_on
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(needs=(EVALUATIONS,), when_missing="not_applicable")
def few_evaluations(run: Run, *, for_choice: int = 2, for_trend: int = 5) -> Finding:
    """Validation was measured so seldom that it allows no choice among checkpoints.

    One evaluation tells how good the model was at that step, and nothing of whether an earlier or a
    later checkpoint is better. Two to four evaluations rank the checkpoints that they belong to, but
    a rise or a fall over them is a difference between single values, not a trend. This is the usual
    case when validation runs once an epoch, and therefore no fault: only a lone evaluation is warned
    of.

    Counted are the finite values of the validation metric that has most of them, minibatches only
    where there is no full pass. A run without any is the matter of the check for missing validation. A
    run whose status says that it is still going on is not warned of: its evaluations are to come.

    Parameters
    ----------
    for_choice
        Fewest evaluations among which there is anything to choose.
    for_trend
        Fewest evaluations that support a trend with an error estimate; a line through fewer leaves
        too few degrees of freedom.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(few_evaluations(make_run(train_loss=[2.0] * 9, full_valid_loss={9: 1.9})).summary)
    full_valid_loss was measured once, at step 9: no other checkpoint can be compared with it.
    """
    metric, series = evaluations(run)
    count = len(series)
    evidence = Evidence.of(metric, "evaluations", count, series, limit=for_choice)
    if count == 0:
        return Finding.unknown(f"{metric} has no finite value; one for each checkpoint would do.")
    if count < for_choice:
        times = "once" if count == 1 else f"{count} times"
        if goes_on(run):
            return Finding.unknown(
                f"{metric} was measured {times} so far, and the job is still going on.", evidence
            )
        return Finding.warning(
            f"{metric} was measured {times}, at step {series.last_step:,}: "
            "no other checkpoint can be compared with it.",
            evidence,
            advice="Evaluate at every saved checkpoint, at least once an epoch, in the next run; "
            "for this one, evaluate the other checkpoints by hand before you choose.",
        )
    if count < for_trend:
        return Finding.ok(
            f"{metric} was measured {count} times: enough to rank these checkpoints, too few for a trend.",
            evidence,
        )
    return Finding.ok(f"{metric} was measured {count:,} times.", evidence)
