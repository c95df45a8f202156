"""The diagnosis `kl_blowup`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=45,
    rests_on=("kl_blowup", "clipped_updates"),
    explains=(
        "entropy_collapse",
        "loss_spikes",
        "stalled_reward",
        *WEAK_DATA,
    ),
    kinds=("rft",),
    turns={"learning_rate": "down", "beta": "up"},
)
def kl_blowup(case: Case) -> Diagnosis | None:
    """The policy leaves the reference model, by a drift that nothing stops or by single updates.

    What it earns then is earned with text that no one would write.
    """
    first = case.alarms.get("kl_blowup") or case.alarms["clipped_updates"]
    return case.diagnosis(
        case.said("KL blow-up" if "kl_blowup" in case.alarms else "Updates too large"),
        next=(first.advice,),
        metric=first.evidence[0].metric,
    )
