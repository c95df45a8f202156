"""The check `sample_parse_errors`."""

from __future__ import annotations

from curvewise.derived.error_rates import BESIDE_ERRORS, error_counts, error_metrics, error_rates
from curvewise.derived.rates import rates
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.stats.moments import mean

PARSE = "sample_parse_error"
ERRORS = (*error_metrics((PARSE,)), "full_valid_mean_parse_error")


@check(
    needs=(ERRORS,),
    uses=(*ERRORS, *BESIDE_ERRORS, *REWARD_CHANGE),
    kinds=("rft",),
    when_missing="not_applicable",
)
def sample_parse_errors(run: Run, *, watch: float = 0.10, limit: float = 0.50, recent: int = 20) -> Finding:
    """Graders cannot parse many rollouts, and the reward does not climb.

    A rollout that cannot be parsed is not scored for what it says. In agentic runs the share is often
    high without harm, because a rollout is captured in the middle of its reasoning: there is no alarm
    while the reward climbs. Without a climb the output format is the first suspect.

    The mean over the recent steps is judged, the worst grader of training and validation counts, and
    the reward climbs when its last quarter lies clearly above its first tenth. A count of errors is judged
    as a share of the rollouts of a step; where their number is not known, it is watched unless the reward
    climbs.

    Parameters
    ----------
    watch
        Share of rollouts from which to look at the reward: a tenth of the signal is lost.
    limit
        Share from which a run without a climb has a problem: more rollouts are lost than scored.
    recent
        Steps to average; the first ones say how the untrained model answers.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> parse = {"train_sample_parse_error_rate/judge": [0.4] * 12}
    >>> climbing = make_run(train_mean_reward=[i / 12 for i in range(12)], metrics=parse)
    >>> print(sample_parse_errors(climbing).summary)
    40 % of rollouts could not be parsed by judge over all 12 steps; no alarm,
    the reward rose from 0.0417 to 0.833.
    """
    found = [*error_rates(run, (PARSE,), recent), *rates(run, ("full_valid_mean_parse_error",), recent)]
    if not found:
        return _by_counts(run, error_counts(run, (PARSE,)))
    worst = max(found, key=lambda rate: rate.value)
    grader = f" by {worst.member}" if "/" in worst.metric else ""
    where = f"{percent(worst.value)} of rollouts could not be parsed{grader} {worst.over()}"
    if worst.value < watch:
        return Finding.ok(f"{where}.", *worst.evidence(watch))
    change = reward_change(run)
    if change is None:
        return Finding.warning(
            f"{where}; too few steps have a reward to tell whether it climbs.",
            *worst.evidence(watch),
            advice="Read a few rollouts that failed to parse; agentic ones are often captured mid-reasoning.",
        )
    if change.rose:
        return Finding.ok(f"{where}; no alarm, {change.words()}.", *worst.evidence(watch), change.evidence())
    advice = (
        "Read a few rollouts that failed to parse; state the output format in the prompt, "
        "or loosen the parser."
    )
    make = Finding.problem if worst.value >= limit else Finding.warning
    return make(f"{where}; {change.words()}.", *worst.evidence(limit), change.evidence(), advice=advice)


def _by_counts(run: Run, counts: dict[str, Series]) -> Finding:
    if not counts:
        return Finding.unknown(
            "No step has a finite rate of parse errors, or the column counts observations, as Azure's does."
        )
    name, series = max(counts.items(), key=lambda item: item[1].value.sum())
    step, most = series.highest()
    shown = Evidence.at(name, f"most parse errors of {steps_of(series)}", most, step)
    level = f"{mean(series.value):,.3g}"
    where = f"{level} rollouts of a step could not be parsed on average over {steps_of(series)}"
    change = reward_change(run)
    if not most or (change is not None and change.rose):
        calm = f"; no alarm, {change.words()}" if most and change is not None else ""
        return Finding.ok(f"{where}{calm}.", shown)
    went = "" if change is None else f"; {change.words()}"
    return Finding.warning(
        f"{where}{went}. How many a step has is not known.",
        shown,
        advice="Read a few rollouts that failed to parse; agentic ones are often captured mid-reasoning.",
    )
