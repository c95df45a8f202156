"""Chance that the best validation loss still falls by more than each gain.

Written by scripts/calibration/more_training.py; do not edit.
"""

from __future__ import annotations

from curvewise.stats.logistic import Logistic

# fmt: off
MODEL = Logistic(
    features=("quarter_fall", "most_fall", "half_drop", "late_drop", "step", "horizon"),
    outcomes=("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "0.6"),
    centre=(-4.0551, -1.9791, 1.7252, 1.3039, -4.6479, 0.0711),
    scale=(1.9184, 1.4423, 1.7412, 1.5331, 1.3739, 0.3974),
    intercept=(3.4625, 3.0964, 2.1798, 0.7378, -1.2238, -2.8166, -5.1533),
    weight=(
        (1.4019, -0.2629, 0.1052, 0.6538, -0.0855, 0.2335),
        (1.2602, -0.1097, 0.1242, 0.5874, 0.0892, 0.3979),
        (0.8737, 0.4618, 0.3378, 0.5078, 0.8572, 0.4414),
        (0.9136, 0.5125, 0.16, 0.5755, 0.9556, 0.4098),
        (0.7975, 0.1687, 0.2887, 0.6284, 0.9759, 0.3615),
        (0.6545, -0.1373, 0.3262, 0.3398, 0.8589, 0.5661),
        (0.0535, -0.2351, 0.149, -0.0595, 0.6355, 0.3124),
    ),
)
# fmt: on
