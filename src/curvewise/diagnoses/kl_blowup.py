"""The diagnosis `kl_blowup`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=45,
    rests_on=("kl_blowup",),
    explains=("entropy_collapse", "token_growth", "loss_spikes", *WEAK_DATA),
    kinds=("rft",),
)
def kl_blowup(case: Case) -> Diagnosis | None:
    """The policy runs away from the model that it started from."""
    return case.diagnosis(
        case.said("KL blow-up"),
        next=(
            "Lower the learning rate, or raise the KL coefficient.",
            "Evaluate a checkpoint from before the KL rose.",
        ),
        metric="kl",
    )
