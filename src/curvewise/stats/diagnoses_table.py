"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 538
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (29, 29), "moderate": (3, 3)},
    "entropy_collapse": {"high": (5, 5), "low": (3, 3)},
    "grader_broken": {"high": (22, 22)},
    "grader_errors": {"high": (9, 9)},
    "grader_too_lenient": {"high": (16, 16)},
    "grader_too_strict": {"high": (31, 31), "low": (2, 2)},
    "healthy": {"high": (32, 40), "moderate": (38, 60)},
    "leaked_validation": {"moderate": (22, 22)},
    "likelihood_displacement": {"low": (16, 18)},
    "memorized": {"high": (12, 12), "low": (0, 1)},
    "no_preference_signal": {"high": (11, 12)},
    "noisy_validation": {"moderate": (23, 23)},
    "not_learning": {"moderate": (15, 15), "low": (25, 25)},
    "overfit": {"high": (26, 28), "moderate": (21, 22)},
    "plateaued": {"low": (12, 31)},
    "reward_collapse": {"high": (16, 16)},
    "reward_hacking": {"high": (16, 16)},
    "slow_learning": {"moderate": (14, 14)},
    "unfinished": {"moderate": (0, 2), "low": (18, 18)},
    "unstable": {"high": (3, 3), "moderate": (0, 1), "low": (1, 2)},
    "validation_gap": {"low": (20, 21)},
    "verbosity": {"high": (16, 16)},
}
