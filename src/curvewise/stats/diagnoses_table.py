"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 781
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (39, 39), "moderate": (2, 2)},
    "entropy_collapse": {"high": (12, 12), "moderate": (2, 3)},
    "grader_broken": {"high": (22, 22)},
    "grader_errors": {"high": (24, 24)},
    "grader_too_lenient": {"high": (24, 24)},
    "grader_too_strict": {"high": (45, 45), "low": (5, 5)},
    "healthy": {"high": (34, 35), "moderate": (62, 84), "low": (7, 30)},
    "leaked_validation": {"moderate": (28, 28)},
    "likelihood_displacement": {"moderate": (24, 24)},
    "memorized": {"high": (11, 11), "moderate": (1, 1), "low": (0, 1)},
    "no_preference_signal": {"high": (14, 14)},
    "noisy_validation": {"moderate": (28, 28)},
    "not_learning": {"moderate": (65, 65)},
    "overfit": {"high": (46, 50), "moderate": (34, 37)},
    "plateaued": {"low": (14, 39)},
    "reward_collapse": {"high": (21, 21), "low": (2, 2)},
    "reward_hacking": {"high": (24, 25), "low": (0, 1)},
    "slow_learning": {"moderate": (18, 18)},
    "unfinished": {"high": (28, 28), "low": (4, 11)},
    "unstable": {"high": (5, 5), "moderate": (0, 1), "low": (2, 6)},
    "validation_gap": {"moderate": (23, 24)},
    "verbosity": {"high": (16, 16)},
}
