"""The diagnosis `likelihood_displacement`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=45,
    rests_on=("likelihood_displacement",),
    explains=WEAK_DATA,
    kinds=("dpo",),
    turns={"learning_rate": "down", "beta": "up"},
)
def likelihood_displacement(case: Case) -> Diagnosis | None:
    """The chosen answers become less likely while the margin over the rejected ones grows.

    The loss is content, the model is not: it moves its probability to answers that nobody preferred. Pairs
    that are learned by heart have it as well, and are `memorized`; it stands beside that, as beside any
    other story, since the answers get worse in a way of its own.
    """
    if case.warns("vanishing_training_loss") and case.warns("generalization_gap"):
        return None
    return case.diagnosis(
        case.said("Likelihood displacement"),
        next=(
            "Lower the learning rate or raise beta, or add an SFT term on the chosen answers.",
            "Evaluate an early checkpoint.",
        ),
        metric="train_chosen_reward",
        certainty="moderate",
    )
