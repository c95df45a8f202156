"""The check `low_learning_rate`."""

from __future__ import annotations

from curvewise.derived.learning_rate import USES, learning_rate
from curvewise.derived.progress import goes_on
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check


@check(needs=("train_loss",), uses=USES, kinds=("sft", "dpo"))
def low_learning_rate(run: Run, *, min_values: int = 20, certainty: float = 0.8) -> Finding:
    """The learning rate is too low: training loss creeps, and is far from done at the end.

    A higher rate would have reached a clearly lower training loss in the same number of steps. The sign
    is a smooth curve that still falls at the end by much of its whole fall, after a slow start; a rate
    that is about right falls fast, then levels off and trembles a little.

    Judged is the shape of the training loss in units of its own fall, by a small logistic model: how
    much of the fall came in the last quarter and in the last half, when nine tenths of it were done,
    how large it is, how much the curve goes up again. The model was fitted on runs of known truth, whole
    grids of learning rates (DeepOBS); low means there that more than a tenth of the fall that the best
    rate reaches was missing. On problems that it had not seen its macro-F1 over low, fine and high
    is 0.82, and 82 % of the runs that it calls low are. With losses of minibatches that scatter by 10 %
    it is 0.75, so there the verdict needs the probability `certainty`.

    A run whose status says that it is still going on is not warned of: every loss still falls at its middle.
    These were runs from scratch; a fine-tuning run that ends early has the same picture, and more
    steps cure it as well as a higher rate. A loss that hardly falls at all is also judged by
    `stalled_training_loss`.

    Parameters
    ----------
    min_values
        Training values needed: below, a curve has no shape.
    certainty
        Probability needed for a warning when the loss is logged of minibatches. For a loss that is
        measured as often as the validation loss, low only has to be the most probable verdict.

    References
    ----------
    F. Schneider, L. Balles, P. Hennig, "DeepOBS: a deep learning optimizer benchmark suite", ICLR 2019.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(low_learning_rate(make_run(train_loss=[2.0 - 0.01 * step for step in range(60)])).summary)
    Low with 93 % probability: 24 % of the fall of the training loss came in the last quarter of the run,
    48 % in its last half (60 training values of minibatches).
    """
    found = learning_rate(run)
    if found is None:
        return Finding.unknown(f"The training loss has too few values to judge; {min_values} are needed.")
    if reason := found.obstacle(min_values):
        return Finding.unknown(reason)
    shape = found.shape
    text = (
        f"Low with {percent(found.low)} probability: {percent(shape.late_quarter)} of the fall of the "
        f"training loss came in the last quarter of the run, {percent(shape.late_half)} in its last half "
        f"({found.words()})."
    )
    evidence = (
        found.evidence("share of the fall in the last quarter", shape.late_quarter),
        found.evidence("share of the fall in the last half", shape.late_half),
        found.evidence("share of the run after which 9/10 of the fall were done", shape.ninety),
        found.evidence("whole fall / starting loss", shape.taken),
    )
    if found.low < max(found.fine, found.high):
        return Finding.ok(text, *evidence, confidence=1 - found.low)
    if found.sampled and found.low < certainty:
        return Finding.unknown(
            f"Losses of minibatches need a probability of {percent(certainty)}; more steps, or full-pass "
            "evaluations as often as the training loss is logged, would tell.",
            *evidence,
            summary=text,
        )
    if goes_on(run):
        return Finding.unknown(
            "The job is still going on: only its end tells whether the loss has done most of its fall.",
            *evidence,
            summary=text,
        )
    return Finding.warning(
        text,
        *evidence,
        advice="Raise the learning rate by a factor of 2 to 5; if that is not stable, train longer.",
        confidence=found.low,
    )
