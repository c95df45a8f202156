"""The check `misleading_loss`."""

from __future__ import annotations

from curvewise.derived.proxy import SCORE, SCORES, against_truth
from curvewise.derived.validation import VALIDATION, validation_curve
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(
    needs=(SCORE, VALIDATION),
    uses=(*SCORES, *VALIDATION),
    kinds=("sft", "dpo"),
    when_missing="not_applicable",
)
def misleading_loss(run: Run, *, smallest: float = 0.02) -> Finding:
    """The validation loss falls while the score on the real task falls: the loss is a poor guide here.

    The loss asks how likely the reference answers are, token by token; the task asks whether the work is
    done. The two can part ways, as when the model learns a style and forgets a skill, and the better loss
    may then be the worse model. It needs the scores of an evaluation (``--scores``).

    Judged is the checkpoint with the lowest validation loss against each earlier one that was evaluated: is
    any of them better on the task? Checkpoints are compared on the same samples where the evaluation
    allows it, and the interval holds for all pairs of checkpoints together with 95 %. The opposite case, a
    later checkpoint with a higher loss and a better score, is common and no fault of the run; the rank
    correlation shows it.

    Two or three checkpoints can show that one is worse than another, not that loss and task part ways in
    general. A standard error from fewer than 10 samples, or families of samples, is not used.

    Parameters
    ----------
    smallest
        Fall of the score below which nothing is called, however sure it is: 0.02 is less than the wording
        of a prompt does to most scores from 0 to 1.

    Examples
    --------
    >>> from curvewise.model.series import Series
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[1.4, 1.2, 1.1], evaluation_score=Series.from_points(
    ...     [1, 2, 3], [0.5, 0.7, 0.3], [0.04, 0.04, 0.04]))
    >>> misleading_loss(run).status
    'warning'
    """
    curve = validation_curve(run)
    found = None if curve is None else against_truth(run, curve.metric, curve.series, sign=-1.0)
    if found is None:
        return Finding.unknown(
            "Fewer than 2 evaluated checkpoints have a validation loss. Evaluate checkpoints at steps that "
            "were validated."
        )
    text, evidence = found.words("validation loss"), found.evidence(smallest)
    if found.earlier == found.preferred:
        return Finding.ok(
            f"The validation loss is lowest at the first evaluated checkpoint, step {found.preferred:,}: "
            f"it did not fall while the score could ({found.basis()}).",
            *evidence,
        )
    if found.shows_fall(smallest):
        return Finding.warning(
            f"{text} ({found.basis()}).",
            *evidence,
            advice=f"Choose by the score on the task, not by the loss: {found.advice(run)}. Compare their "
            "answers on samples that only the earlier one gets right, and let the validation examples look "
            "like the task.",
        )
    return found.without_fall("validation loss", smallest)
