"""How often each diagnosis was right: by its certainty, right ones and all.

Written by benchmarks/causes; do not edit.
"""

from __future__ import annotations

RUNS = 637
"""Trainings of known cause on which it was measured."""
DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {
    "diverged": {"high": (42, 42)},
    "entropy_collapse": {"high": (8, 8), "moderate": (2, 2)},
    "grader_broken": {"high": (18, 18)},
    "grader_errors": {"high": (17, 17)},
    "grader_too_lenient": {"high": (18, 18)},
    "grader_too_strict": {"high": (35, 35), "low": (1, 1)},
    "healthy": {"high": (25, 26), "moderate": (51, 68), "low": (5, 30)},
    "insufficient_data": {"high": (0, 3)},
    "leaked_validation": {"moderate": (22, 22)},
    "likelihood_displacement": {"moderate": (18, 18)},
    "memorized": {"high": (8, 8), "moderate": (2, 2)},
    "no_preference_signal": {"high": (14, 14)},
    "noisy_validation": {"moderate": (28, 28)},
    "not_learning": {"moderate": (46, 46)},
    "overfit": {"high": (31, 33), "moderate": (36, 40)},
    "plateaued": {"low": (15, 31)},
    "reward_collapse": {"high": (17, 17)},
    "reward_hacking": {"high": (18, 20)},
    "slow_learning": {"moderate": (14, 14)},
    "unfinished": {"high": (19, 19), "low": (6, 8)},
    "unstable": {"high": (4, 4), "moderate": (0, 1)},
    "validation_gap": {"moderate": (30, 32)},
    "verbosity": {"high": (12, 12)},
}
