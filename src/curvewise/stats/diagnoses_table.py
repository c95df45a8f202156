"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 504
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (34, 34), "low": (1, 1)},
    "entropy_collapse": {"high": (6, 6), "moderate": (2, 2)},
    "grader_broken": {"high": (12, 12)},
    "grader_errors": {"high": (12, 12)},
    "grader_too_lenient": {"high": (12, 12)},
    "grader_too_strict": {"high": (23, 23), "low": (1, 1)},
    "healthy": {"high": (22, 22), "moderate": (33, 53), "low": (3, 22)},
    "insufficient_data": {"high": (0, 1)},
    "leaked_validation": {"moderate": (15, 15)},
    "likelihood_displacement": {"moderate": (12, 13)},
    "memorized": {"high": (3, 4), "low": (1, 1)},
    "no_preference_signal": {"high": (8, 8)},
    "noisy_validation": {"moderate": (20, 20)},
    "not_learning": {"moderate": (34, 34), "low": (13, 13)},
    "overfit": {"high": (22, 24), "moderate": (26, 32)},
    "plateaued": {"low": (17, 26)},
    "reward_collapse": {"high": (12, 12)},
    "reward_hacking": {"high": (12, 12)},
    "slow_learning": {"moderate": (14, 15)},
    "unfinished": {"high": (23, 23), "low": (4, 10)},
    "unstable": {"high": (2, 2), "low": (5, 7)},
    "validation_gap": {"moderate": (22, 24)},
    "verbosity": {"high": (8, 8)},
}
