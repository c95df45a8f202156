"""The check `stalled_preference_accuracy`."""

from __future__ import annotations

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check
from curvewise.stats.intervals import mean_estimate

TRAIN, VALID = "train_reward_accuracy", "full_valid_reward_accuracy"


@check(needs=((VALID, TRAIN),), kinds=("dpo",))
def stalled_preference_accuracy(
    run: Run, *, chance: float = 0.5, learned: float = 0.55, min_train_steps: int = 10
) -> Finding:
    """Preference accuracy stays near one half: the model does not tell chosen from rejected answers.

    The accuracy is the share of pairs in which the chosen answer has the higher implicit reward. A
    model that guesses gets one half. When it stays there, the learning rate is too low, the two
    answers of a pair are too alike, or annotators disagree; when it goes clearly below, chosen and
    rejected are probably swapped. Margins can grow all the same, on the few pairs that were learned.

    Judged is the mean over the second half of the validation accuracies; without validation, over the
    second half of the training accuracies, which also rises when pairs are learned by heart. Before
    the first update all rewards are equal and the accuracy is near zero by definition, so early values
    say nothing.

    Parameters
    ----------
    chance
        Accuracy of guessing.
    learned
        Least mean accuracy that shows learning: five points above chance, which a batch mean over
        some hundreds of pairs can tell from it.
    min_train_steps
        Logged training steps needed when there is no validation; each is a mean over few pairs.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_reward_accuracy=[0.3, 0.5, 0.48, 0.52, 0.5] * 4)
    >>> print(stalled_preference_accuracy(run).summary)
    Preference accuracy is 0.46 (90 % interval 0.41 to 0.51) over the last 10 training logs:
    no better than guessing.
    """
    metric = VALID if len(finite_series(run, VALID)) else TRAIN
    accuracy = finite_series(run, metric)
    if not len(accuracy) or (metric == TRAIN and len(accuracy) < min_train_steps):
        return Finding.unknown(
            f"{len(accuracy)} finite training accuracies; "
            f"{min_train_steps}, or one validation accuracy, would do."
        )
    if (low := accuracy.value.min()) < 0 or accuracy.value.max() > 1:
        wrong = low if low < 0 else accuracy.value.max()
        return Finding.unknown(f"{metric} reaches {wrong:.3g}; a share from 0 to 1 could be judged.")
    late = accuracy.between(int(accuracy.step[len(accuracy) // 2]))
    estimate = mean_estimate(late.value)
    level = Evidence.of(metric, "mean preference accuracy, second half", estimate.value, late,
                        limit=learned, interval=estimate.interval)  # fmt: skip
    what = "evaluation" if metric == VALID else "training log"
    over = f"over the last {len(late):,} {what}s" if len(late) > 1 else f"at the last {what}"
    summary = f"Preference accuracy is {estimate.words(2)} {over}"
    if estimate.value >= learned:
        return Finding.ok(f"{summary}.", level)
    if estimate.value < 2 * chance - learned and (estimate.interval is None or estimate.high < chance):
        return Finding.problem(
            f"{summary}: worse than guessing.",
            level,
            advice="Read some pairs: chosen and rejected are probably swapped in the data.",
        )
    return Finding.problem(
        f"{summary}: no better than guessing.",
        level,
        advice="Raise the learning rate or lower beta; if that does not help, read some pairs and drop those "
        "whose answers hardly differ or on which annotators disagree.",
    )
