"""The check `grader_errors`."""

from __future__ import annotations

from curvewise.derived.error_rates import BESIDE_ERRORS, error_counts, error_metrics, error_rates
from curvewise.derived.rates import Rate
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.metrics import GRADER_ERRORS
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.text import abridged

SERVICE = ("python_grader_server_error", "model_grader_server_error")
LOGIC = tuple(error for error in GRADER_ERRORS if error not in (*SERVICE, "sample_parse_error"))
ADVICE = "Run the grader on a rollout that it failed on, and fix it before going on."
ERRORS = error_metrics((*LOGIC, *SERVICE))


@check(needs=(ERRORS,), uses=(*ERRORS, *BESIDE_ERRORS), kinds=("rft",), when_missing="not_applicable")
def grader_errors(run: Run, *, rare: float = 0.001, outage: float = 0.05) -> Finding:
    """Graders themselves fail: a bug in their logic, or a service that does not answer.

    These rates should be 0. A rollout whose grader failed has no true reward, so the policy is
    pushed by the bug: fix it before going on. Bugs are errors of the grader's logic, variables that
    its template does not find, and exceptions of a Python grader. Errors of the service that runs a
    grader pass by themselves, and matter when they take many rollouts.

    Rates per rollout are judged, averaged over all steps, for training and validation; counts by the
    rollouts of a step, or where these are not known by how many steps have any. In a result file of Azure
    such a column counts observations, not errors, and is no sign of a failure: it is then the same for
    every error, or about the same at every step of a run that earns reward.

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
    other_error of grader judge: 2 % of training rollouts on average over 3 steps, at 2 of them.
    """
    found = error_rates(run, (*LOGIC, *SERVICE), recent=1)
    counts = error_counts(run, (*LOGIC, *SERVICE))
    failed = sorted((rate for rate in found if (rate.series.value > 0).any()), key=lambda rate: -rate.overall)
    if not failed and any(series.value.any() for series in counts.values()):
        return _by_counts({name: series for name, series in counts.items() if series.value.any()})
    if not found and not counts:
        return Finding.unknown(
            "No step has a finite rate of grader errors, or the columns count observations."
        )
    if not failed:
        every = [*(rate.series for rate in found), *counts.values()]
        longest = max(every, key=len)
        counted = "1 rate is" if len(every) == 1 else f"{len(every)} rates are"
        return Finding.ok(
            f"No grader failed: {counted} 0 at all of up to {steps_of(longest)}.",
            *([found[0].evidence(rare)[1]] if found else []),
        )
    bugs = [rate for rate in failed if _error(rate) in LOGIC]
    severe = [rate for rate in failed if rate.overall >= (rare if rate in bugs else outage)]
    evidence = [one for rate in failed for one in rate.evidence(rare if rate in bugs else outage)]
    shown, more = (severe or failed)[:2], len(severe or failed) - 2
    summary = "; ".join(_describe(rate) for rate in shown) + (f"; and {more} more." if more > 0 else ".")
    advice = (
        ADVICE
        if bugs
        else "Retry when the grader's service is healthy, and lower the number of rollouts graded at once."
    )
    make = Finding.problem if severe else Finding.warning
    return make(summary, *evidence, advice=advice)


def _by_counts(counts: dict[str, Series]) -> Finding:
    """Judge errors of which only the number is known: at most steps it is a problem, at some a warning."""
    told, evidence, shares = [], [], []
    for name, series in sorted(counts.items(), key=lambda item: -item[1].value.sum()):
        failing = int((series.value > 0).sum())
        shares.append(failing / len(series))
        told.append(
            f"{_name(name)}: {series.value.sum():,.0f} {_split(name)} rollouts, at {failing:,} of "
            f"{steps_of(series)}"
        )
        step, worst = series.highest()
        evidence += [
            Evidence.of(name, "share of steps with such errors", failing / len(series), series, limit=0.5),
            Evidence.at(name, "most errors of a step", worst, step),
        ]
    service = all(_name(name) in SERVICE for name in counts)
    make = Finding.problem if max(shares) >= 0.5 and not service else Finding.warning
    return make(f"{abridged(told, 2)}; how many a step has is not known.", *evidence, advice=ADVICE)


def _name(metric: str) -> str:
    return metric.partition("/")[0].partition("_")[2].removesuffix("_rate").removesuffix("_count")


def _split(metric: str) -> str:
    return "training" if metric.startswith("train") else "validation"


def _error(rate: Rate) -> str:
    return _name(rate.metric)


def _describe(rate: Rate) -> str:
    failing = int((rate.series.value > 0).sum())
    of = f" of grader {rate.member}" if "/" in rate.metric else ""
    return (
        f"{_error(rate)}{of}: {percent(rate.overall)} of {_split(rate.metric)} rollouts "
        f"on average over {steps_of(rate.series)}, at {failing:,} of them"
    )
