"""The check `stalled_preference_accuracy`."""

from __future__ import annotations

import msgspec

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check
from curvewise.stats.intervals import Estimate, denominator, mean_estimate, share_estimate

TRAIN, VALID = "train_reward_accuracy", "full_valid_reward_accuracy"
CARRIED = 2.0
"""Times the accuracy above chance on validation pairs that training has where it does not carry over."""
MANY = 256
"""Pairs that are assumed where the accuracies show no smaller number."""


class _Accuracy(msgspec.Struct, frozen=True):
    """The mean accuracy of a split over its second half: its interval, and what it rests on."""

    level: Estimate
    late: Series
    summary: str


@check(
    needs=((VALID, TRAIN),),
    uses=(VALID, TRAIN),
    kinds=("dpo",),
    turns={"learning_rate": "up", "beta": "down", "training_length": "down"},
)
def stalled_preference_accuracy(
    run: Run, *, chance: float = 0.5, learned: float = 0.55, min_train_steps: int = 10
) -> Finding:
    """Preference accuracy stays near one half: the model does not tell chosen from rejected answers.

    The accuracy is the share of pairs in which the chosen answer has the higher implicit reward. A
    model that guesses gets one half. When it stays there, the learning rate is too low, the two
    answers of a pair are too alike, or annotators disagree; when it goes clearly below, chosen and
    rejected are probably swapped. Margins can grow all the same, on the few pairs that were learned.

    Judged is the mean over the second half of the validation accuracies; without validation, or where its
    pairs are too few to tell, over the second half of the training accuracies, which also rises when
    pairs are learned by heart. Before the first update all rewards are equal and the accuracy is near
    zero by definition, so early values say nothing.

    Every evaluation is over the same pairs, so more evaluations do not make the accuracy surer: it is a
    share of so many pairs (Wilson 1927). Their number is the one that the run states, else the smallest
    of which all accuracies can be shares. Fourteen of 32 may be chance, or 0.58; beside a training
    accuracy that lies surely twice as far above chance they show that what was learned does not carry over.

    Of 1,000 simulated runs with a true accuracy of 0.65 on 32 to 500 pairs it calls 0.0 %; of those that
    guess it finds 40.7 % (scripts/calibration/shapes.py).

    Parameters
    ----------
    chance
        Accuracy of guessing.
    learned
        Least mean accuracy that shows learning: five points above chance, which some hundreds of pairs
        can tell from it.
    min_train_steps
        Logged training steps needed; each is a mean over few pairs.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_reward_accuracy=[0.3, 0.5, 0.48, 0.52, 0.5] * 4)
    >>> print(stalled_preference_accuracy(run).summary)
    Preference accuracy is 0.46 (90 % interval 0.41 to 0.51) over the last 10 training logs:
    no better than guessing.
    """
    splits = {}
    for metric, least in ((VALID, 1), (TRAIN, min_train_steps)):
        accuracy = finite_series(run, metric)
        if len(accuracy) and not 0 <= accuracy.value.min() <= accuracy.value.max() <= 1:
            wrong = min(accuracy.value.min(), 1 - accuracy.value.max())
            reached = wrong if accuracy.value.min() < 0 else accuracy.value.max()
            return Finding.unknown(f"{metric} reaches {reached:.3g}; a share from 0 to 1 could be judged.")
        if len(accuracy) >= max(least, 1):
            splits[metric] = _late(run, metric, accuracy)
    if not splits:
        return Finding.unknown(
            f"{len(finite_series(run, TRAIN))} finite training accuracies; "
            f"{min_train_steps}, or one validation accuracy, would do."
        )
    findings = [_verdict(metric, splits, chance, learned) for metric in splits]
    return findings[0] if findings[0].status != "unknown" or findings[-1].status == "ok" else findings[-1]


def _late(run: Run, metric: str, accuracy: Series) -> _Accuracy:
    late = accuracy.between(int(accuracy.step[len(accuracy) // 2]))
    shares = denominator(accuracy.value, MANY) or MANY
    level = mean_estimate(late.value)
    what, of = "training log", ""
    if metric == VALID:
        pairs = run.validation_examples or shares
        sampled = share_estimate(level.value, pairs)
        wider = level.interval is None or len(late) < 3 or level.high - level.low < sampled.high - sampled.low
        level, what, of = sampled if wider else level, "evaluation", f" of {pairs:,} pairs"
    elif level.low == level.high:  # equal means of few pairs each
        level = share_estimate(level.value, shares * len(late))
    over = f"over the last {len(late):,} {what}s" if len(late) > 1 else f"at the last {what}"
    return _Accuracy(level, late, f"Preference accuracy is {level.words(2)} {over}{of}")


def _verdict(metric: str, splits: dict[str, _Accuracy], chance: float, learned: float) -> Finding:
    level, late, summary = (splits[metric].level, splits[metric].late, splits[metric].summary)
    evidence = [Evidence.of(metric, "mean preference accuracy, second half", level.value, late,
                            limit=learned, interval=level.interval)]  # fmt: skip
    if level.value >= learned and level.low > chance:
        return Finding.ok(f"{summary}.", *evidence)
    if level.high < chance and level.value < 2 * chance - learned:
        return Finding.problem(
            f"{summary}: worse than guessing.",
            *evidence,
            advice="Read some pairs: chosen and rejected are probably swapped in the data.",
        )
    train = splits[TRAIN].level if metric == VALID and TRAIN in splits else None
    if level.value < learned and train is not None and train.low - chance > CARRIED * (level.high - chance):
        return Finding.problem(
            f"{summary}: no better than guessing, while it is {train.value:.2f} on the training pairs.",
            *evidence,
            Evidence.of(TRAIN, "mean preference accuracy in training, second half", train.value,
                        splits[TRAIN].late, interval=train.interval),
            advice="The training pairs are learned by heart: read some pairs, drop those on which annotators "
            "disagree, add others, and train for fewer epochs.",
        )  # fmt: skip
    if level.high < learned:
        return Finding.problem(
            f"{summary}: no better than guessing.",
            *evidence,
            advice="Raise the learning rate or lower beta; if that does not help, read some pairs and drop "
            "those whose answers hardly differ or on which annotators disagree.",
        )
    return Finding.unknown(
        "So few pairs do not tell it from guessing; some hundreds would.", *evidence, summary=f"{summary}."
    )
