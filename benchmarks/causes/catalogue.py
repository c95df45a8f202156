"""The causes: what may be said of each, and what must not be said."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """What may be said of runs with one cause.

    Parameters
    ----------
    names
        Diagnoses that name it, or what it does to the run.
    checks
        Checks whose warning or problem names it.
    wrong
        Diagnoses that contradict it.
    harmless
        Whether nothing is wrong, so that any warning or problem is a false alarm.
    """

    names: tuple[str, ...]
    checks: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    harmless: bool = False


_GREW = ("unfinished", "slow_learning")
_MEMORY = ("overfit", "memorized")
_SILENT = ("flat_reward", "negative_reward", "vanishing_reward_variance")
_REWARDLESS = ("grader_broken", "grader_too_strict", "no_reward_signal", "reward_flat")
_HACKED = ("reward_hacking", "verbosity")

CAUSES = {
    "healthy": Cause(("healthy", "plateaued"), wrong=("broken", "diverged"), harmless=True),
    "too_many_epochs": Cause(
        _MEMORY,
        ("overfitting", "rising_validation_loss", "vanishing_training_loss"),
        ("healthy", *_GREW, "not_learning", "leaked_validation"),
    ),
    "rate_too_low": Cause(
        ("slow_learning", "not_learning", "unfinished"),
        ("low_learning_rate", "stalled_training_loss", "unfinished_learning", "high_losses"),
        ("healthy", *_MEMORY, "diverged", "unstable"),
    ),
    "rate_too_high": Cause(
        ("unstable", "diverged", "not_learning"),
        ("high_learning_rate", "divergence", "loss_spikes", "oscillating_validation_loss", "high_losses"),
        ("healthy", "slow_learning", "unfinished"),
    ),
    "diverged": Cause(
        ("diverged", "broken", "unstable"),
        ("divergence", "broken_run", "non_finite_values", "high_learning_rate"),
        ("healthy", *_MEMORY, *_GREW),
    ),
    "shuffled_labels": Cause(
        ("not_learning", *_MEMORY),
        ("stalled_training_loss", "high_losses", "overfitting", "rising_validation_loss"),
        ("healthy", "slow_learning", "unfinished", "leaked_validation"),
    ),
    "validation_from_elsewhere": Cause(
        ("validation_gap",),
        ("initial_gap", "generalization_gap"),
        ("healthy", "leaked_validation", "not_learning"),
    ),
    "model_too_small": Cause(
        ("not_learning", "plateaued", "slow_learning"),
        ("high_losses", "stalled_training_loss", "flat_validation_loss"),
        (*_MEMORY, "diverged", "leaked_validation"),
    ),
    "stopped_early": Cause(
        _GREW,
        ("unfinished_learning", "unfinished_run", "low_learning_rate"),
        ("healthy", *_MEMORY, "plateaued", "diverged"),
    ),
    "duplicates": Cause(
        _MEMORY,
        ("overfitting", "rising_validation_loss", "vanishing_training_loss"),
        ("healthy", *_GREW, "not_learning", "leaked_validation"),
    ),
    "leakage": Cause(
        ("leaked_validation", "memorized"),
        ("validation_leakage", "vanishing_training_loss"),
        ("healthy", *_GREW, "not_learning", "overfit"),
    ),
    "validation_of_8": Cause(
        ("noisy_validation", "insufficient_data"),
        ("oscillating_validation_loss", "minibatch_validation", "few_evaluations"),
        ("diverged", "not_learning"),
    ),
    "plateau_after_first_epoch": Cause(
        ("plateaued",), ("flat_validation_loss",), (*_GREW, "not_learning", "diverged")
    ),
    "rewards_healthy": Cause(("healthy",), wrong=("grader_broken", "reward_hacking"), harmless=True),
    "grader_broken": Cause(_REWARDLESS, _SILENT, ("healthy",)),
    "grader_too_strict": Cause(_REWARDLESS, _SILENT, ("healthy",)),
    "grader_too_lenient": Cause(
        ("grader_too_lenient", "no_reward_signal"),
        ("saturated_reward", "vanishing_reward_variance"),
        ("healthy", "grader_too_strict", "grader_broken"),
    ),
    "always_negative": Cause(_REWARDLESS, _SILENT, ("healthy", "grader_too_lenient")),
    "hackable_grader": Cause(
        ("reward_hacking",), ("reward_hacking", "reward_gap", "reward_collapse"), ("healthy", "reward_flat")
    ),
    "paying_for_length": Cause(
        _HACKED, ("token_growth", "reward_hacking", "clipped_completions"), ("healthy",)
    ),
    "grader_raising": Cause(
        ("grader_errors", "grader_broken"),
        ("grader_errors", "ungraded_rollouts"),
        ("healthy", "grader_too_lenient"),
    ),
    "parse_errors_that_are_fine": Cause(
        ("healthy",), wrong=("grader_broken", "grader_errors", "reward_flat"), harmless=True
    ),
    "entropy_collapse": Cause(
        ("entropy_collapse", "no_reward_signal", "reward_flat"),
        ("entropy_collapse", "vanishing_reward_variance"),
        ("healthy", "grader_too_lenient"),
    ),
    "collapse_after_peak": Cause(
        ("reward_collapse", "kl_blowup", "unstable"), ("reward_collapse",), ("healthy", "reward_hacking")
    ),
    "preferences_healthy": Cause(("healthy",), wrong=("no_preference_signal", "broken"), harmless=True),
    "displaced": Cause(
        ("likelihood_displacement",), ("likelihood_displacement",), ("healthy", "no_preference_signal")
    ),
    "random_pairs": Cause(
        ("no_preference_signal", "not_learning", *_MEMORY),
        ("stalled_preference_accuracy", "high_losses", "overfitting"),
        ("healthy", "likelihood_displacement", "unfinished"),
    ),
    "preferences_overfit": Cause(
        _MEMORY,
        ("overfitting", "rising_validation_loss", "vanishing_training_loss"),
        ("healthy", "no_preference_signal", *_GREW),
    ),
}
"""Each cause of trouble, and the runs that have none."""
