"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 633
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (32, 32), "moderate": (4, 4), "low": (1, 1)},
    "entropy_collapse": {"high": (8, 8), "moderate": (3, 3)},
    "grader_broken": {"high": (18, 18)},
    "grader_errors": {"high": (18, 18)},
    "grader_too_lenient": {"high": (18, 18)},
    "grader_too_strict": {"high": (34, 34), "low": (2, 2)},
    "healthy": {"high": (28, 28), "moderate": (48, 65), "low": (4, 27)},
    "leaked_validation": {"moderate": (26, 26)},
    "likelihood_displacement": {"moderate": (18, 18)},
    "memorized": {"high": (6, 6), "low": (0, 1)},
    "no_preference_signal": {"high": (10, 10)},
    "noisy_validation": {"moderate": (27, 27)},
    "not_learning": {"moderate": (58, 60)},
    "overfit": {"high": (33, 35), "moderate": (36, 39)},
    "plateaued": {"low": (17, 27)},
    "reward_collapse": {"high": (18, 18)},
    "reward_hacking": {"high": (18, 18)},
    "slow_learning": {"moderate": (17, 17)},
    "unfinished": {"high": (20, 20), "low": (4, 5)},
    "unstable": {"high": (2, 2), "moderate": (0, 1), "low": (1, 3)},
    "validation_gap": {"moderate": (26, 30)},
    "verbosity": {"high": (12, 12)},
}
