"""The check `likelihood_displacement`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check
from curvewise.stats.intervals import Estimate, difference_estimate, mean_estimate
from curvewise.stats.moments import mean

SPLITS = ("full_valid", "train")
REWARDS = tuple(f"{split}_chosen_reward" for split in SPLITS)
LOGPS = tuple(f"{split}_chosen_logps" for split in SPLITS)
MARGINS = tuple(f"{split}_reward_margin" for split in SPLITS)


@check(needs=((*REWARDS, *LOGPS), MARGINS), kinds=("dpo",), turns={"beta": "up"})
def likelihood_displacement(run: Run, *, max_fall: float = 0.5, max_logps_fall: float = 0.1) -> Finding:
    """The chosen answers become less likely while the margin over the rejected ones grows.

    Preference losses reward the difference between the two answers, not the likelihood of the chosen
    one, so both may fall as long as the rejected one falls faster. The lost probability goes to
    answers that are in neither set: often harmless rewordings, but it can be the opposite of what was
    asked for. Pal et al. 2024 (arXiv:2402.13228) show it for pairs that differ in few tokens; Razin et
    al. 2024 (arXiv:2410.08847) name it and show a model trained to refuse that refuses less. A moderate
    fall is common after supervised tuning on the chosen answers, hence a warning and never a problem.

    Judged is the implicit reward of the chosen answers over the last quarter, on validation pairs
    when there are any. It is beta times the log-probability gained over the reference model, so below
    zero means less likely than before training. Where the reward is a fixed multiple of the
    log-probability (ORPO, SimPO and CPO have no reference model), or is not logged, the
    log-probability itself is judged, by its change from the first to the last quarter. It warns only
    when the 90 % interval, where there is one, excludes zero.

    Parameters
    ----------
    max_fall
        Fall of the implicit reward worth a warning. At the usual beta of 0.1 it is 5 nats: the
        chosen answer has become 150 times less likely.
    max_logps_fall
        Fall of the log-probability worth a warning, as a share of its first level; used where there
        is no reference model, and the batches differ.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> fall = [0.0, -0.2, -0.5, -0.8, -1.0, -1.2, -1.3, -1.3]
    >>> run = make_run(train_chosen_reward=fall, train_reward_margin=[-value for value in fall])
    >>> print(likelihood_displacement(run).summary)
    The implicit reward of the chosen answers is -1.30 at the end while the margin is 1.30 (last 2
    of 8 training logs): they are less likely than before training.
    """
    for split in SPLITS:
        margin = finite_series(run, f"{split}_reward_margin")
        reward, logps = (finite_series(run, f"{split}_chosen_{what}") for what in ("reward", "logps"))
        if len(reward) and len(margin) and not _reference_free(reward, logps):
            return _by_reward(run, split, reward, margin, max_fall)
        if len(logps) > 1 and len(margin) > 1:
            return _by_logps(split, logps, margin, max_logps_fall)
    return Finding.unknown(
        "Margin and likelihood of the chosen answers are not both logged on one set of pairs."
    )


def _by_reward(run: Run, split: str, reward: Series, margin: Series, max_fall: float) -> Finding:
    late = _last_quarter(reward)
    level = mean_estimate(late.value)
    gained = mean_estimate(_last_quarter(margin).value)
    metric = f"{split}_chosen_reward"
    evidence = (
        Evidence.of(metric, "implicit reward of chosen answers, last quarter", level.value, late,
                    limit=-max_fall, interval=level.interval),
        Evidence.of(f"{split}_reward_margin", "margin, last quarter", gained.value, _last_quarter(margin)),
    )  # fmt: skip
    fallen = level.value < 0 and _certain(level)
    beta = run.hyperparameters.get("beta")
    nats = ""
    if fallen and isinstance(beta, float | int) and 0 < beta < np.inf:
        nats = f" by {-level.value / beta:.3g} nats at beta {beta:g}"
    meaning = (
        f"they are less likely than before training{nats}"
        if fallen
        else "they are no less likely than before"
    )
    summary = (
        f"The implicit reward of the chosen answers is {level.value:.2f} at the end while the margin is "
        f"{gained.value:.2f} (last {len(late):,} of {len(reward):,} {_logs(split)}): {meaning}."
    )
    if not fallen or level.value > -max_fall or gained.value <= 0:
        return Finding.ok(summary, *evidence)
    return Finding.warning(summary, *evidence, advice=_ADVICE)


def _by_logps(split: str, logps: Series, margin: Series, max_fall: float) -> Finding:
    change = _change(logps)
    grown = _change(margin)
    late = _last_quarter(logps)
    begin = mean(_first_quarter(logps).value)
    share = -change.value / abs(begin) if begin else 0.0
    evidence = (
        Evidence.of(f"{split}_chosen_logps", "change of the log-probability, first to last quarter",
                    change.value, logps, limit=-max_fall * abs(begin), interval=change.interval),
        Evidence.of(f"{split}_reward_margin", "change of the margin, first to last quarter",
                    grown.value, margin),
    )  # fmt: skip
    summary = (
        f"The log-probability of the chosen answers changed by {change.value:+.3g} from {begin:.3g} "
        f"while the margin changed by {grown.value:+.3g} "
        f"(first and last {len(late):,} of {len(logps):,} {_logs(split)})."
    )
    if share <= max_fall or not _certain(change) or grown.value <= 0:
        return Finding.ok(summary, *evidence)
    return Finding.warning(summary, *evidence, advice=_ADVICE)


_ADVICE = (
    "Generate from this checkpoint and from the base model on the same prompts and compare. If answers got "
    "worse: drop pairs whose answers hardly differ, add a likelihood loss on the chosen answers (as "
    "DPO-Positive does), raise beta, or take an earlier checkpoint."
)


def _reference_free(reward: Series, logps: Series) -> bool:
    """Whether the reward is a fixed positive multiple of the log-probability, to rounding."""
    common = reward.on(logps.step)
    likelihood = logps.on(reward.step)
    used = likelihood.value != 0
    if not used.any():
        return False
    with np.errstate(over="ignore"):
        ratio = common.value[used] / likelihood.value[used]
    return bool(np.isfinite(ratio).all() and ratio.min() > 0 and ratio.max() <= 1.01 * ratio.min())


def _certain(estimate: Estimate) -> bool:
    """Whether the interval, when there is one, lies below zero as the estimate does."""
    return estimate.interval is None or estimate.high < 0


def _change(series: Series) -> Estimate:
    return difference_estimate(_first_quarter(series).value, _last_quarter(series).value)


def _first_quarter(series: Series) -> Series:
    return series.between(None, int(series.step[max(1, len(series) // 4) - 1]))


def _last_quarter(series: Series) -> Series:
    return series.between(int(series.step[-max(1, len(series) // 4)]))


def _logs(split: str) -> str:
    return "training logs" if split == "train" else "evaluations"
