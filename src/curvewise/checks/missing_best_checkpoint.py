"""The check `missing_best_checkpoint`."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.judged_loss import judged_loss
from curvewise.derived.losses import finite_series
from curvewise.derived.progress import goes_on
from curvewise.derived.validation import VALIDATION
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Checkpoint, Run
from curvewise.model.series import Series
from curvewise.plugin import check
from curvewise.stats.best import smooth
from curvewise.stats.smoothing import median

REWARD = "full_valid_mean_reward"


@check(needs=((*VALIDATION, REWARD),), uses=("epoch",), turns={"training_length": "down"})
def missing_best_checkpoint(
    run: Run,
    *,
    watch_loss: float = 0.02,
    limit_loss: float = 0.2,
    watch_reward: float = 0.05,
    limit_reward: float = 0.1,
    certain: float = 2.0,
) -> Finding:
    """The step that is best in the curve has no checkpoint that can be deployed.

    Services keep a few checkpoints (OpenAI and Azure those of the last three epochs) and trainers
    delete old ones, while the curve covers every step. In a run that overfits early, the best step is
    then out of reach, and the question is what the best remaining checkpoint gives up.

    Judged is the validation loss, or for reinforcement fine-tuning the validation reward, of the best
    step in the curve against that of the best existing checkpoint. The value of a checkpoint is that of the
    curve at its step, else its own metric, else the straight line between the two evaluations around it.
    Noisy evaluations count as estimates that lean on their neighbours, so the easiest of many minibatches is
    not the best step; and what is given up must exceed the noise of the two by `certain` standard errors.

    Parameters
    ----------
    watch_loss
        Rise of the validation loss, as a share of the best, worth a warning; less than 2 % rarely shows
        in the answers.
    limit_loss
        Rise that is a problem: the guide calls a loss of more than 1.2 times the best overfit.
    watch_reward
        Loss of reward, in the grader's units, worth a warning: where the guide begins to watch a gap.
    limit_reward
        Loss of reward that is a problem: the guide's limit for a gap.
    certain
        Standard errors of the difference that it must exceed: two, as of a test at 5 %.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[1.0, 1.2, 1.5, 1.6], every=100, checkpoints=[200, 300, 400])
    >>> print(missing_best_checkpoint(run).summary)
    The best of 4 evaluations, at step 100 (full_valid_loss 1), has no checkpoint; the best existing
    one is that of step 200 (1.2, which is 20 % more).
    """
    if run.checkpoints is None:
        return Finding.unknown(
            "No checkpoint list is known; add the job's checkpoints, or read the output folder."
        )
    metric, curve, noise = _curve(run)
    if not len(curve):
        return Finding.unknown("No validation value is finite, so no step is known to be the best.")
    reward = metric == REWARD
    step, best = curve.highest() if reward else curve.lowest()
    peak = Evidence.at(metric, "best in the curve", best, step, points=len(curve))
    where = f"The best of {len(curve):,} evaluation{'s' if len(curve) > 1 else ''}, at {run.where(step)}"
    existing = [saved for saved in run.checkpoints if saved.model is not None]
    if any(saved.step == step for saved in existing):
        return Finding.ok(f"{where}, has a checkpoint.", peak)
    if not existing and goes_on(run):
        return Finding.unknown(f"{where}; no checkpoint is saved yet, and the job is still going on.", peak)
    if not existing:
        return Finding.problem(
            f"{where} ({metric} {best:.4g}), has no checkpoint, and no other step has one.",
            peak,
            advice="Train again up to that step and keep the checkpoint.",
        )
    kept = [
        _Kept(saved=saved, value=value)
        for saved in existing
        if (value := _value(saved, metric, curve)) is not None
    ]
    if not kept:
        return Finding.unknown(
            "No existing checkpoint lies between evaluations; evaluate one to compare it.", peak
        )
    nearest = (max if reward else min)(kept, key=lambda item: item.value)
    given_up = best - nearest.value if reward else nearest.value - best
    share = given_up / abs(best) if best else float(given_up > 0)
    cost = given_up if reward else share
    watch, limit = (watch_reward, limit_reward) if reward else (watch_loss, limit_loss)
    level = Evidence.at(
        metric, "given up by the best existing checkpoint", cost, nearest.saved.step, limit=watch
    )
    words = f"{_plain(given_up)} less" if reward else f"{_plain(100 * share)} % more"
    summary = (
        f"{where} ({metric} {best:.4g}), has no checkpoint; the best existing one is that of step "
        f"{nearest.saved.step:,} ({nearest.value:.4g}, which is {words if given_up > 0 else 'no worse'})."
    )
    if cost <= watch or given_up <= certain * noise:
        return Finding.ok(summary, peak, level)
    advice = (
        f"Deploy {nearest.saved.model} only after an evaluation of its own, or train again up to step "
        f"{step:,} (fewer epochs), so that the best step keeps its checkpoint."
    )
    return (Finding.problem if cost > limit else Finding.warning)(summary, peak, level, advice=advice)


class _Kept(msgspec.Struct, frozen=True):
    saved: Checkpoint
    value: float


def _curve(run: Run) -> tuple[str, Series, float]:
    """Return the metric to go by, its values freed of noise, and the noise of a difference of two."""
    reward = finite_series(run, REWARD)
    if run.kind == "rft" and len(reward):
        found = smooth(-reward.value, reward.standard_error)
        return REWARD, Series(reward.step, -found.value), 2**0.5 * median(found.error)
    loss = judged_loss(run)
    if loss is None:
        return REWARD, reward, 0.0
    noise = 0.0 if loss.assumed and not loss.curve.weak else 2**0.5 * median(loss.smooth.error)
    return loss.curve.metric, Series(loss.series.step, loss.smooth.value), noise


def _value(saved: Checkpoint, metric: str, curve: Series) -> float | None:
    """Return what the metric was at a checkpoint, or None outside of the evaluations."""
    known = curve.at(saved.step)
    if known is None:
        known = saved.metrics.get(metric)
    if known is not None and np.isfinite(known):
        return float(known)
    if curve.first_step <= saved.step <= curve.last_step:
        return float(np.interp(saved.step, curve.step, curve.value))
    return None


def _plain(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.3g}"
