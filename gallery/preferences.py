"""Preference tuning (DPO)."""

from __future__ import annotations

import numpy as np

from curvewise import Run
from gallery.curves import climb, fall
from gallery._exhibits import exhibit
from gallery.jobs import trainer_dpo


@exhibit("problem")
def stalled_preference_accuracy() -> Run:
    """Pairs whose two answers hardly differ: after 600 steps the model still guesses which one was chosen."""
    return trainer_dpo(
        "coin-toss-pairs",
        margin=lambda t: 0.05 * (1 - np.exp(-t / 250)),
        chosen=lambda t: -0.02 * (1 - np.exp(-t / 250)),
        accuracy=lambda t: climb(t, 0.49, 0.515, 200, 60),
        seed=61,
    )


@exhibit("warning")
def likelihood_displacement() -> Run:
    """The margin grows because the rejected answers fall faster: the chosen ones become unlikely as well."""
    return trainer_dpo(
        "polite-refusals",
        margin=lambda t: fall(t, 0.0, 2.6, 260),
        chosen=lambda t: fall(t, 0.05, -1.9, 300),
        accuracy=lambda t: climb(t, 0.5, 0.86, 90, 45),
        seed=62,
    )
