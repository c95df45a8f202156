"""Chance that a learning rate was low, fine or high.

Written by scripts/calibration/learning_rate.py; do not edit.
"""

from __future__ import annotations

from curvewise.stats.logistic import Logistic

# fmt: off
MODEL = Logistic(
    features=("risen", "late_quarter", "late_half", "taken", "wobble", "ninety"),
    outcomes=("low", "ok", "high"),
    centre=(-1.8817, -5.4586, -4.8661, 0.4605, -0.9745, -2.9515),
    scale=(2.3332, 1.8254, 2.2142, 0.3965, 2.4381, 1.8642),
    intercept=(-1.4049, 0.2567, 1.1482),
    weight=(
        (-0.1133, 0.5738, 0.4357, -0.1614, -0.6263, 0.3892),
        (-0.3644, -0.3703, -0.0122, 0.8186, -0.0727, 0.0151),
        (0.4777, -0.2035, -0.4235, -0.6572, 0.699, -0.4043),
    ),
)
# fmt: on
