"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 499
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (31, 32), "moderate": (1, 1)},
    "entropy_collapse": {"high": (3, 3), "moderate": (2, 2)},
    "grader_broken": {"high": (11, 11)},
    "grader_errors": {"high": (12, 12)},
    "grader_too_lenient": {"high": (12, 12)},
    "grader_too_strict": {"high": (23, 23), "low": (2, 2)},
    "healthy": {"high": (15, 15), "moderate": (44, 62), "low": (0, 4)},
    "insufficient_data": {"high": (0, 1), "low": (0, 20)},
    "leaked_validation": {"moderate": (19, 19)},
    "likelihood_displacement": {"moderate": (12, 12)},
    "memorized": {"high": (1, 1), "moderate": (5, 5)},
    "no_preference_signal": {"high": (7, 7)},
    "noisy_validation": {"moderate": (23, 23)},
    "not_learning": {"moderate": (48, 50)},
    "overfit": {"high": (19, 19), "moderate": (25, 29)},
    "plateaued": {"low": (15, 22)},
    "reward_collapse": {"high": (12, 12)},
    "reward_hacking": {"high": (12, 13)},
    "slow_learning": {"moderate": (9, 10)},
    "unfinished": {"high": (15, 15), "low": (8, 14)},
    "unstable": {"moderate": (1, 1), "low": (11, 13)},
    "validation_gap": {"moderate": (24, 26)},
    "verbosity": {"high": (8, 8)},
}
