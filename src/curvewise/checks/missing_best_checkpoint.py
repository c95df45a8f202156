"""The check `missing_best_checkpoint`."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.judged_loss import judged_loss
from curvewise.derived.losses import finite_series
from curvewise.derived.progress import goes_on
from curvewise.derived.reward_gap import VALIDATION_REWARD
from curvewise.derived.saved import to_keep
from curvewise.derived.smoothed_reward import smoothed_reward
from curvewise.derived.task_metric import task_metric
from curvewise.derived.validation import VALIDATION
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Checkpoint, Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.plugin.needs import lacking, present

REWARD = "full_valid_mean_reward"
BESIDE_A_TASK_METRIC = (*VALIDATION, *VALIDATION_REWARD)
"""What tells the best step, as a metric of the task does, whose name may be any."""


@check(
    uses=(*BESIDE_A_TASK_METRIC, "epoch", "full_valid_accuracy", "full_valid_accuracy/*"),
    turns={"training_length": "down"},
)
def missing_best_checkpoint(
    run: Run,
    *,
    watch_loss: float = 0.02,
    limit_loss: float = 0.2,
    watch_reward: float = 0.05,
    limit_reward: float = 0.1,
    certain: float = 1.5,
) -> Finding:
    """The step that is best in the curve has no checkpoint that can be deployed.

    Services keep a few checkpoints (OpenAI and Azure those of the last three epochs) and trainers
    delete old ones, while the curve covers every step. In a run that overfits early, the best step is
    then out of reach, and the question is what the best remaining checkpoint gives up.

    Judged is the validation loss, the metric of the task where the run logs one, or for reinforcement
    fine-tuning the validation reward, of the best step in the curve against that of the best existing
    checkpoint. The value of a checkpoint is that of the curve at its step, else its own metric, else the
    straight line between the two evaluations around it. Noisy evaluations count as estimates that lean on
    their neighbours, so the easiest of many minibatches is not the best step; and what is given up must
    exceed the noise of the two by `certain` standard errors.

    Parameters
    ----------
    watch_loss
        Rise of the validation loss, or fall of the metric, as a share of the best, worth a warning; less
        than 2 % rarely shows in the answers.
    limit_loss
        Rise that is a problem: the guide calls a loss of more than 1.2 times the best overfit.
    watch_reward
        Loss of reward, in the grader's units, worth a warning: where the guide begins to watch a gap.
    limit_reward
        Loss of reward that is a problem: the guide's limit for a gap.
    certain
        Standard errors of the difference that it must exceed, for each checkpoint that exists: of 3,600
        simulated healthy runs on minibatches under 1 % do so by chance, at most 5 % of one kind.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[1.0, 1.2, 1.5, 1.6], every=100, checkpoints=[200, 300, 400])
    >>> print(missing_best_checkpoint(run).summary)
    The best of 4 evaluations, at step 100 (full_valid_loss 1), has no checkpoint; the best existing
    one is that of step 200 (1.2, which is 20 % more).
    """
    task = task_metric(run)
    if (task is None or task.stands_still) and lacking(present(run), (BESIDE_A_TASK_METRIC,)):
        return Finding.unknown("The log has no validation loss, reward or task metric, which would tell.")
    if run.checkpoints is None:
        return Finding.unknown(
            "No checkpoint list is known; add the job's checkpoints, or read the output folder."
        )
    judged = _judged(run)
    metric, curve, higher = judged.metric, judged.curve, judged.higher
    if not len(curve):
        return Finding.unknown("No validation value is finite, so no step is known to be the best.")
    step, best = judged.best()
    peak = Evidence.at(metric, "best in the curve", best, step, points=len(curve))
    where = f"The best of {len(curve):,} evaluation{'s' if len(curve) > 1 else ''}, at {run.where(step)}"
    existing = {saved.step: saved for saved in run.checkpoints if saved.model is not None}
    if run.final_model and run.last_step is not None:
        existing.setdefault(run.last_step, Checkpoint(step=run.last_step, model=run.final_model))
    if step in existing:
        return Finding.ok(f"{where}, has a checkpoint.", peak)
    if not existing and goes_on(run):
        return Finding.unknown(f"{where}; no checkpoint is saved yet, and the job is still going on.", peak)
    if not existing:
        return Finding.problem(
            f"{where} ({metric} {best:.4g}), has no checkpoint, and no other step has one.",
            peak,
            advice="Train again up to that step and keep the checkpoint.",
        )
    values = {each: _value(saved, metric, curve) for each, saved in existing.items()}
    known = {each: value for each, value in values.items() if value is not None}
    if not known:
        return Finding.unknown(
            "No existing checkpoint lies between evaluations; evaluate one to compare it.", peak
        )
    nearest = (max if higher else min)(known, key=lambda each: known[each])
    given_up = best - known[nearest] if higher else known[nearest] - best
    share = given_up / abs(best) if best else float(given_up > 0)
    in_units = run.kind == "rft"
    cost = given_up if in_units else share
    watch, limit = (watch_reward, limit_reward) if in_units else (watch_loss, limit_loss)
    level = Evidence.at(metric, "given up by the best existing checkpoint", cost, nearest, limit=watch)
    much = _plain(given_up) if in_units else percent(share)
    words = f"{much} {'less' if higher else 'more'}"
    summary = (
        f"{where} ({metric} {best:.4g}), has no checkpoint; the best existing one is that of step "
        f"{nearest:,} ({known[nearest]:.4g}, which is {words if given_up > 0 else 'no worse'})."
    )
    within = any(abs(known[each] - best) <= certain * judged.noise(step, each) for each in known)
    if cost <= watch or within:
        return Finding.ok(summary, peak, level)
    advice = (
        f"Deploy {existing[nearest].model} only after an evaluation of its own, or train again up to step "
        f"{step:,} (fewer epochs), so that the best step keeps its checkpoint. {to_keep(run, step)}".rstrip()
    )
    return (Finding.problem if cost > limit else Finding.warning)(summary, peak, level, advice=advice)


class _Judged(msgspec.Struct, frozen=True):
    """The metric to go by, its values freed of noise, their errors, and the place that would be chosen."""

    metric: str
    curve: Series
    error: FloatArray
    place: int
    higher: bool

    def best(self) -> tuple[int, float]:
        """Return step and value of the place that would be chosen."""
        return int(self.curve.step[self.place]), float(self.curve.value[self.place])

    def noise(self, *steps: int) -> float:
        """Return the standard error of the difference of two steps."""
        return float(np.hypot(*np.interp(steps, self.curve.step, self.error)))


def _judged(run: Run) -> _Judged:
    task = task_metric(run)
    if task is not None and not task.stands_still:
        curve = Series(task.series.step, task.value)
        place = task.preferred(*task.best_of(np.arange(len(curve))))
        return _Judged(task.metric, curve, task.error, place, task.sign < 0)
    reward = smoothed_reward(run) if run.kind == "rft" else None
    if reward is not None and reward.validated:
        found = reward.smooth
        curve = Series(reward.raw.step, -found.value)
        return _Judged(reward.metric, curve, found.error, int(found.merit.argmin()), True)
    loss = judged_loss(run)
    if loss is None:
        logged = finite_series(run, REWARD)
        place = int(logged.value.argmax()) if len(logged) else 0
        return _Judged(REWARD, logged, np.zeros(len(logged)), place, True)
    error = loss.smooth.error * (not loss.assumed or loss.curve.weak)
    value = loss.smooth.value
    place = int((value + loss.smooth.caution * error).argmin())
    return _Judged(loss.curve.metric, Series(loss.series.step, value), error, place, False)


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
