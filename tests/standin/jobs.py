"""Ready-made jobs. Each call makes the same job; `msgspec.structs.replace` varies it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tests.standin.curves import LossCurve, RewardCurve, saved_at
from tests.standin.script import QUEUED, Ending, JobScript

_SFT: Mapping[str, object] = {"batch_size": 8, "learning_rate_multiplier": 1.8}


def live(script: JobScript, per_second: float, now: float) -> JobScript:
    """Let the times that a job tells be those of a clock, for `ByTime`.

    Parameters
    ----------
    script
        The job.
    per_second
        Steps a second.
    now
        When its server starts, in seconds since 1970.
    """
    return msgspec.structs.replace(script, created_at=int(now), seconds_per_step=1 / per_second)


def small_sft(name: str = "small-sft", *, steps: int = 120) -> JobScript:
    """Three epochs and twelve checkpoints; it overfits from the middle of the second epoch on.

    Parameters
    ----------
    name
        Of the job.
    steps
        A multiple of 12.
    """
    every = steps // 12
    curve = LossCurve(steps=steps, epochs=3, best_epoch=1.5, rise=0.3, full_every=every, seed=1)
    records = curve.records()
    return JobScript(
        name=name,
        suffix="tickets",
        total_steps=steps,
        epochs=3,
        records=records,
        checkpoints=saved_at(records, range(every, steps + 1, every)),
        hyperparameters=_SFT,
    )


def demo() -> JobScript:
    """Make the job that `curvewise demo` shows: 240 steps in four epochs, best at the end of the second.

    The full validation loss rises in the last two epochs, while all checkpoints from the second on are kept.
    """
    curve = LossCurve(steps=240, epochs=4, best_epoch=2.0, rise=0.22, full_every=20, seed=3)
    records = curve.records()
    return JobScript(
        name="demo",
        suffix="support-tickets",
        total_steps=240,
        epochs=4,
        records=records,
        checkpoints=saved_at(records, range(20, 241, 20)),
        hyperparameters=_SFT,
    )


def big(name: str = "big", *, events: int = 5000, checkpoints: int = 40) -> JobScript:
    """Make a job with many events, all of them, and many checkpoints.

    Parameters
    ----------
    name
        Of the job.
    events
        At least ten more than three times the checkpoints; about as many are listed at the end.
    checkpoints
        How many there are at the end.
    """
    steps = events - checkpoints - 6
    every = steps // checkpoints
    curve = LossCurve(steps=steps, epochs=3, best_epoch=2.2, full_every=every, seed=2)
    records = curve.records()
    saved = (*(steps - every * back for back in range(checkpoints - 1, 0, -1)), steps)
    return JobScript(
        name=name,
        suffix="archive",
        total_steps=steps,
        epochs=3,
        records=records,
        checkpoints=saved_at(records, saved),
        hyperparameters=_SFT,
    )


def rft(name: str = "rft", *, steps: int = 60) -> JobScript:
    """Make a reinforcement job whose reward rises, with a checkpoint at each validation.

    Parameters
    ----------
    name
        Of the job.
    steps
        A multiple of 5.
    """
    records = RewardCurve(steps=steps, seed=4).records()
    return JobScript(
        name=name,
        method="reinforcement",
        base_model="o4-mini-2025-04-16",
        suffix="solver",
        total_steps=steps,
        epochs=1,
        records=records,
        checkpoints=saved_at(records, range(5, steps + 1, 5)),
        hyperparameters={"batch_size": 64, "learning_rate_multiplier": 1.0, "eval_interval": 5},
    )


def dpo(name: str = "dpo") -> JobScript:
    """Make a DPO job; the services show the usual losses of such a job, and nothing of preferences."""
    records = LossCurve(steps=90, epochs=3, start=0.693, floor=0.21, full_every=30, seed=5).records()
    return JobScript(
        name=name,
        method="dpo",
        suffix="tone",
        total_steps=90,
        epochs=3,
        records=records,
        checkpoints=saved_at(records, range(30, 91, 30)),
        hyperparameters={"batch_size": 8, "learning_rate_multiplier": 1.0, "beta": 0.1},
    )


def failed(name: str = "failed") -> JobScript:
    """Make a job that fails in its second epoch, and leaves the checkpoints up to there."""
    return msgspec.structs.replace(
        small_sft(name),
        ending=Ending(
            "failed",
            at=52,
            code="server_error",
            message="The job failed due to an internal error. Please create it again.",
        ),
    )


def cancelled(name: str = "cancelled") -> JobScript:
    """Make a job that its user has cancelled after 45 steps."""
    return msgspec.structs.replace(small_sft(name), ending=Ending("cancelled", at=45))


def paused(name: str = "paused") -> JobScript:
    """Make a job that the service pauses after 25 of 60 steps; it can be resumed."""
    return msgspec.structs.replace(rft(name), paused_at=25)


def waiting(name: str = "waiting") -> JobScript:
    """Make a job that stays in the queue."""
    return msgspec.structs.replace(small_sft(name), ending=Ending("queued", at=QUEUED))


BY_NAME: Mapping[str, Callable[[], JobScript]] = {
    "small-sft": small_sft,
    "demo": demo,
    "big": big,
    "rft": rft,
    "dpo": dpo,
    "failed": failed,
    "cancelled": cancelled,
    "paused": paused,
    "waiting": waiting,
}
"""All of them, by the name of the job."""
