"""The check `reward_hacking`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.proxy import SCORE, SCORES, AgainstTruth, against_truth
from curvewise.derived.reward_gap import VALIDATION_REWARD, sampling_variance, validation_reward
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.model.series import LARGEST
from curvewise.plugin import check

ONE_SIDED = 1.644854
"""The 95 % point of the normal distribution."""


@check(
    needs=(SCORE, VALIDATION_REWARD),
    uses=(*SCORES, *VALIDATION_REWARD),
    kinds=("rft",),
    when_missing="not_applicable",
)
def reward_hacking(run: Run, *, smallest: float = 0.02) -> Finding:
    """The validation reward rises while the score on the real task falls: reward hacking.

    The policy learns to please the grader, and past some point that costs what the grader stands for:
    overoptimisation (L. Gao, J. Schulman, J. Hilton, "Scaling laws for reward model overoptimization",
    2023; J. Skalse et al., "Defining and characterizing reward hacking", 2022). A gap between training
    and validation reward only hints at it, since validation uses the same grader; an evaluation on the
    real task is the direct evidence. It needs the scores of an evaluation (``--scores``).

    Judged is the checkpoint with the highest validation reward against each earlier one that was evaluated:
    is any of them better on the task? Checkpoints are compared on the same samples where the evaluation
    allows it, and the interval holds for all pairs of checkpoints together with 95 %. If the reward rose by
    more than its own noise meanwhile, it is a problem; if the rise may be noise, a warning, since the
    reward then merely fails to see the fall. The reward's noise is its standard error, or else, for
    rewards from 0 to 1, the most that so many validation examples allow (Bhatia and Davis 2000); where
    neither is known, any rise counts.

    Two or three checkpoints can show that one is worse than another, not that reward and task part ways in
    general. The score is that of the evaluation's samples: on another task the answer may differ. A
    standard error from fewer than 10 samples, or families of samples, is not used.

    Parameters
    ----------
    smallest
        Fall of the score below which nothing is called, however sure it is: 0.02 is less than the wording
        of a prompt does to most scores from 0 to 1.

    Examples
    --------
    >>> from curvewise.model.series import Series
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_mean_reward=[0.4, 0.6, 0.8], evaluation_score=Series.from_points(
    ...     [1, 2, 3], [0.5, 0.7, 0.3], [0.04, 0.04, 0.04]))
    >>> reward_hacking(run).status
    'problem'
    """
    reward = validation_reward(run)
    if reward is None:
        return Finding.unknown(
            "No validation reward can be judged: there are several graders and no mean over them. "
            "Log the mean."
        )
    found = against_truth(run, *reward, sign=1.0)
    if found is None:
        return Finding.unknown(
            "Fewer than 2 evaluated checkpoints have a validation reward. Evaluate checkpoints at steps "
            "that were validated."
        )
    text, evidence = found.words("validation reward"), found.evidence(smallest)
    if found.earlier == found.preferred:
        return Finding.ok(
            f"The validation reward is highest at the first evaluated checkpoint, step {found.preferred:,}: "
            f"it did not rise while the score could fall ({found.basis()}).",
            *evidence,
        )
    if found.shows_fall(smallest):
        if found.gain > ONE_SIDED * _noise(run, found):
            return Finding.problem(
                f"Reward hacking: {text[0].lower()}{text[1:]} ({found.basis()}).",
                *evidence,
                advice=f"Do not deploy step {found.preferred:,}: {found.advice(run)}. "
                "Read samples that the grader rewards and the task fails, close that loophole in the grader, "
                "and train again.",
            )
        return Finding.warning(
            f"{text}; the reward does not see the fall, and its own change may be noise ({found.basis()}).",
            *evidence,
            advice=f"Choose by the score on the task, not by the reward: {found.advice(run)}. "
            "Then make the grader see what the task sees.",
        )
    return found.without_fall("validation reward", smallest)


def _noise(run: Run, found: AgainstTruth) -> float:
    """Standard error of the reward's rise, at most; 0 when nothing tells it."""
    pair = found.proxy.on(np.array([found.earlier, found.preferred]))
    errors = pair.standard_error
    if errors is not None and np.isfinite(errors).all():
        return float(np.hypot(*np.clip(errors, 0.0, LARGEST)))
    if run.validation_examples and run.validation_examples > 0:
        examples = np.full(len(pair), float(run.validation_examples))
        return float(np.sqrt(sampling_variance(pair.value, examples).sum()))
    return 0.0
