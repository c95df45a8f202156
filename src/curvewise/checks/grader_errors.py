"""The check `grader_errors`."""

from __future__ import annotations

from curvewise.derived.rates import Rate, rates
from curvewise.derived.words import steps_of
from curvewise.model.finding import Finding
from curvewise.model.metrics import GRADER_ERRORS
from curvewise.model.run import Run
from curvewise.numbers import fixed
from curvewise.plugin import check

SPLITS = ("train", "valid")
SERVICE = ("python_grader_server_error", "model_grader_server_error")
LOGIC = tuple(error for error in GRADER_ERRORS if error not in (*SERVICE, "sample_parse_error"))
RATES = tuple(f"{split}_{error}_rate/*" for error in (*LOGIC, *SERVICE) for split in SPLITS)


@check(needs=(RATES,), kinds=("rft",), when_missing="not_applicable")
def grader_errors(run: Run, *, rare: float = 0.001, outage: float = 0.05) -> Finding:
    """Graders themselves fail: a bug in their logic, or a service that does not answer.

    These rates should be 0. A rollout whose grader failed has no true reward, so the policy is
    pushed by the bug: fix it before going on. Bugs are errors of the grader's logic, variables that
    its template does not find, and exceptions of a Python grader. Errors of the service that runs a
    grader pass by themselves, and matter when they take many rollouts.

    Rates per rollout are judged, averaged over all steps, for training and validation. A count column
    of Azure's result file counts observations, not errors, and is no sign of a failure.

    Parameters
    ----------
    rare
        Mean share of rollouts below which a failure is a warning: one rollout in a thousand, such
        as an odd sample that the grader did not expect.
    outage
        Mean share of rollouts lost to the service from which it is a problem.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(kind="rft", metrics={"train_other_error_rate/judge": [0.0, 0.02, 0.04]})
    >>> print(grader_errors(run).summary)
    other_error of grader judge: 2.000 % of training rollouts on average over 3 steps, at 2 of them.
    """
    found = rates(run, RATES, recent=1)
    if not found:
        return Finding.unknown("No step has a finite rate of grader errors.")
    failed = sorted((rate for rate in found if (rate.series.value > 0).any()), key=lambda rate: -rate.overall)
    if not failed:
        longest = max((rate.series for rate in found), key=len)
        counted = "1 rate is" if len(found) == 1 else f"{len(found)} rates are"
        return Finding.ok(
            f"No grader failed: {counted} 0 at all of up to {steps_of(longest)}.",
            found[0].evidence(rare)[1],
        )
    bugs = [rate for rate in failed if _error(rate) in LOGIC]
    severe = [rate for rate in failed if rate.overall >= (rare if rate in bugs else outage)]
    evidence = [rate.evidence(rare if rate in bugs else outage)[1] for rate in failed]
    shown, more = (severe or failed)[:2], len(severe or failed) - 2
    summary = "; ".join(_describe(rate) for rate in shown) + (f"; and {more} more." if more > 0 else ".")
    advice = (
        "Run the grader on a rollout that it failed on, and fix it before going on."
        if bugs
        else "Retry when the grader's service is healthy, and lower the number of rollouts graded at once."
    )
    make = Finding.problem if severe else Finding.warning
    return make(summary, *evidence, advice=advice)


def _error(rate: Rate) -> str:
    return rate.metric.partition("/")[0].partition("_")[2].removesuffix("_rate")


def _describe(rate: Rate) -> str:
    split = "training" if rate.metric.startswith("train") else "validation"
    failing = int((rate.series.value > 0).sum())
    return (
        f"{_error(rate)} of grader {rate.member}: {fixed(100 * rate.overall)} % of {split} rollouts "
        f"on average over {steps_of(rate.series)}, at {failing:,} of them"
    )
