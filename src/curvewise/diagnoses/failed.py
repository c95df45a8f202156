"""The diagnosis `failed`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=0,
    rests_on=("failed_job",),
    explains=("unfinished_run", "unfinished_learning", *WEAK_DATA),
)
def failed(case: Case) -> Diagnosis | None:
    """The job itself failed or was cancelled, so what it trained is not what was planned.

    Whatever the curves say holds up to the step where it stopped. The message of the service is the first
    thing to read.
    """
    return case.diagnosis(
        case.said("Failed"),
        next=("Read the error of the service, mend its cause, and start the job again.",),
        metric="",
        certainty="high",
    )
