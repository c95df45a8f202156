"""The check `high_learning_rate`."""

from __future__ import annotations

from curvewise.derived.learning_rate import BURST, HIGHER, USES, LearningRate, learning_rate
from curvewise.derived.progress import NEARLY, goes_on
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.text import listed

LEAST = 0.5
"""Probability needed of a loss that is measured as often as the validation loss."""


@check(needs=("train_loss",), uses=USES, kinds=("sft", "dpo"), turns={"learning_rate": "down"})
def high_learning_rate(run: Run, *, min_values: int = 20, certainty: float = 0.8) -> Finding:
    """The learning rate is too high: training loss diverges, jumps about, or gets stuck early.

    The steps are too long to settle: the loss climbs or stops being a number, goes up and down without
    getting lower, or drops at once to a level near its start and stays there. A lower rate would have
    reached a clearly lower training loss.

    Judged is the shape of the training loss in units of its own fall, by a small logistic model: how
    far it ends above its lowest level, how much it goes up again, how soon the fall was done and how
    large it is. The model was fitted on runs of known truth, whole grids of learning rates (DeepOBS). On
    problems that it had not seen its macro-F1 over low, fine and high is 0.82, and 96 % of the runs
    that it calls high are. With losses of minibatches that scatter by 10 % it is 0.75, so there the
    verdict needs the probability `certainty`; the scatter itself is taken off. Rates that are just a
    little too high leave a plateau that nothing tells from a good end, and are missed.

    A loss that climbs within the first third of the run is a warning whatever its shape, be it to four times
    its first value or, in the mean over a stretch, surely above its first values: the first steps were too
    large, and what the model knew may be lost.

    It is a problem when the loss diverges, else a warning. A loss that is NaN may have other
    causes as well, see `broken_run`; single jumps are judged by `loss_spikes`.

    Parameters
    ----------
    min_values
        Training values needed, unless the loss diverges.
    certainty
        Probability needed for a warning when the loss is logged of minibatches. For a loss that is
        measured as often as the validation loss, half will do.

    References
    ----------
    F. Schneider, L. Balles, P. Hennig, "DeepOBS: a deep learning optimizer benchmark suite", ICLR 2019.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[2.0, 1.9, 1.8] + [2.5, 9.0, 40.0, 300.0] * 6)
    >>> print(high_learning_rate(run).summary)
    Training loss climbs to 4 times its start or more and ends above its lowest level by 400 % or more of
    what it had fallen (27 training values of minibatches): the learning rate is high with 89 % probability.
    """
    found = learning_rate(run)
    if found is None:
        return Finding.unknown(f"The training loss has too few values to judge; {min_values} are needed.")
    if not found.diverged and (burst := found.burst):
        return _burst(found, *burst, limit=BURST)
    if run.kind == "sft" and not found.diverged and not _going_on(run) and (climb := found.climb):
        return _burst(found, *climb, limit=HIGHER)
    reason = None if found.diverged else found.obstacle(min_values)
    if reason:
        return Finding.unknown(reason)
    sure = f"the learning rate is high with {percent(found.high)} probability"
    text = f"Training loss {_signs(found)} ({found.words()}): {sure}."
    evidence = _evidence(found)
    unlike = found.high < max(found.low, found.fine)
    if unlike and not found.diverged:
        return Finding.ok(text, *evidence, confidence=1 - found.high)
    needed = certainty if found.sampled else LEAST
    if found.high < needed and not found.diverged:
        return Finding.unknown(
            f"That the learning rate is high is less than {percent(needed)} probable; a short run with a "
            "third of it would tell.",
            *evidence,
            summary=text,
        )
    advice = "Lower the learning rate by a factor of 3 to 10, with warm-up and gradient clipping."
    if unlike:  # the shape is that of another rate, and the loss is lost all the same
        text = f"Training loss {_signs(found)} ({found.words()})."
        return Finding.warning(text, *evidence, advice=advice)
    make = Finding.problem if found.diverged else Finding.warning
    return make(text, *evidence, advice=advice, confidence=found.high)


def _going_on(run: Run) -> bool:
    """Whether steps of the plan are left, so that the start of the run is most of what there is."""
    return goes_on(run) or (run.last_step or 0) < NEARLY * (run.planned_steps or 0)


def _burst(found: LearningRate, first: float, highest: float, step: int, *, limit: float) -> Finding:
    return Finding.warning(
        f"Training loss climbed from {first:.3g} to {highest:.3g} at step {step:,} before it came down: the "
        "first steps were too large.",
        found.evidence("highest early loss / first loss", highest / first, limit=limit),
        advice="Lower the learning rate by a factor of 3 to 10, with warm-up and gradient clipping: what the "
        "model knew before may be lost.",
    )


def _signs(found: LearningRate) -> str:
    shape, said = found.shape, []
    if shape.broken:
        sound = found.series.finite().last_step
        said.append(f"is NaN or infinite after step {sound:,}")
    if shape.top >= 1.2:
        more = " or more" if shape.top >= 4.0 else ""
        said.append(f"climbs to {shape.top:.2g} times its start{more}")
    if shape.risen >= 0.1:
        more = " or more" if shape.risen >= 4.0 else ""
        said.append(f"ends above its lowest level by {percent(shape.risen)}{more} of what it had fallen")
    if shape.wobble >= 0.3:
        said.append(f"rises again and again, by {percent(shape.wobble)} of its fall in all")
    if not said or (shape.taken < 0.2 and not found.diverged):
        said.append(
            f"falls by {percent(shape.taken)} of its start, most of it in {percent(shape.ninety)} of the run"
        )
    return listed(said)


def _evidence(found: LearningRate) -> tuple[Evidence, ...]:
    shape = found.shape
    return (
        found.evidence("end above the lowest level / whole fall", shape.risen),
        found.evidence("all rises / whole fall", shape.wobble),
        found.evidence("highest level / starting loss", shape.top),
        found.evidence("whole fall / starting loss", shape.taken),
        found.evidence("share of the run after which 9/10 of the fall were done", shape.ninety),
    )
