"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 251
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (19, 19), "moderate": (2, 2)},
    "entropy_collapse": {"high": (2, 2), "moderate": (1, 1)},
    "grader_broken": {"high": (5, 5)},
    "grader_errors": {"high": (6, 6)},
    "grader_too_lenient": {"high": (6, 6)},
    "grader_too_strict": {"high": (12, 12), "low": (1, 1)},
    "healthy": {"high": (8, 8), "moderate": (23, 34), "low": (0, 1)},
    "insufficient_data": {"low": (0, 11)},
    "leaked_validation": {"moderate": (10, 10)},
    "likelihood_displacement": {"moderate": (6, 7)},
    "memorized": {"high": (2, 2), "moderate": (1, 1)},
    "no_preference_signal": {"high": (5, 5)},
    "noisy_validation": {"moderate": (10, 10)},
    "not_learning": {"moderate": (13, 14), "low": (11, 11)},
    "overfit": {"high": (10, 10), "moderate": (11, 14)},
    "plateaued": {"low": (8, 10)},
    "reward_collapse": {"high": (6, 6)},
    "reward_hacking": {"high": (6, 7)},
    "slow_learning": {"moderate": (4, 4)},
    "unfinished": {"high": (8, 8), "low": (5, 6)},
    "unstable": {"high": (1, 1), "low": (0, 1)},
    "validation_gap": {"moderate": (11, 12)},
    "verbosity": {"high": (4, 4)},
}
