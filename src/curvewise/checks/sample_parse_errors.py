"""The check `sample_parse_errors`."""

from __future__ import annotations

from curvewise.derived.rates import rates
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.numbers import fixed
from curvewise.plugin import check

RATES = (
    "train_sample_parse_error_rate/*",
    "valid_sample_parse_error_rate/*",
    "full_valid_mean_parse_error",
)


@check(needs=(RATES,), uses=(*RATES, *REWARD_CHANGE), kinds=("rft",), when_missing="not_applicable")
def sample_parse_errors(run: Run, *, watch: float = 0.10, limit: float = 0.50, recent: int = 20) -> Finding:
    """Graders cannot parse many rollouts, and the reward does not climb.

    A rollout that cannot be parsed is not scored for what it says. In agentic runs the share is often
    high without harm, because a rollout is captured in the middle of its reasoning: there is no alarm
    while the reward climbs. Without a climb the output format is the first suspect.

    The mean over the recent steps is judged, the worst grader of training and validation counts, and
    the reward climbs when its last quarter lies clearly above its first tenth.

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
    40.0 % of rollouts could not be parsed by judge over all 12 steps; no alarm,
    the reward rose from 0.0417 to 0.833.
    """
    found = rates(run, RATES, recent)
    if not found:
        return Finding.unknown("No step has a finite rate of parse errors.")
    worst = found[0]
    grader = f" by {worst.member}" if "/" in worst.metric else ""
    where = f"{fixed(100 * worst.value, 1)} % of rollouts could not be parsed{grader} {worst.over()}"
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
