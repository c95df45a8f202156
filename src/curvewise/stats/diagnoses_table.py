"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 630
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (39, 39), "moderate": (3, 3)},
    "entropy_collapse": {"high": (7, 7), "moderate": (1, 1)},
    "grader_broken": {"high": (15, 15)},
    "grader_errors": {"high": (18, 18)},
    "grader_too_lenient": {"high": (18, 18)},
    "grader_too_strict": {"high": (33, 33), "low": (6, 6)},
    "healthy": {"high": (24, 25), "moderate": (50, 68), "low": (4, 26)},
    "leaked_validation": {"moderate": (23, 23), "low": (0, 1)},
    "likelihood_displacement": {"moderate": (18, 18)},
    "memorized": {"high": (6, 6), "moderate": (1, 1), "low": (1, 1)},
    "no_preference_signal": {"high": (9, 9)},
    "noisy_validation": {"moderate": (23, 23)},
    "not_learning": {"moderate": (53, 53)},
    "overfit": {"high": (40, 45), "moderate": (28, 33)},
    "plateaued": {"low": (17, 36)},
    "reward_collapse": {"high": (16, 16), "low": (2, 2)},
    "reward_hacking": {"high": (18, 19)},
    "slow_learning": {"moderate": (9, 10)},
    "unfinished": {"high": (25, 25), "low": (2, 6)},
    "unstable": {"high": (2, 2), "moderate": (0, 2), "low": (0, 2)},
    "validation_gap": {"moderate": (22, 26)},
    "verbosity": {"high": (12, 12)},
}
