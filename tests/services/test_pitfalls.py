"""What snippets that people copy get wrong about checkpoints, with the real SDK, and what comes out here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

import curvewise as cw
from tests.standin import Checkpoint, JobScript, Record
from tests.standin.fixtures import SdkFactory, StandinFactory, point_at

pytest.importorskip("openai")

Metrics = Mapping[int, Mapping[str, float | None]]

TWELVE = {
    10 * number: {"valid_loss": 0.31 if number == 12 else 0.5 - 0.01 * number, "full_valid_loss": full}
    for number, full in enumerate((0.45, 0.30, 0.34, 0.37, 0.4, 0.42, 0.45, 0.47, 0.5, 0.52, 0.55, 0.57), 1)
}


def lowest(page: Any) -> int:
    best = min(page.data, key=lambda cp: cp.metrics.valid_loss or float("inf"))
    return int(best.step_number)


def lowest_shown(page: Any) -> str:
    best = min(page.data, key=lambda cp: cp.metrics.valid_loss or float("inf"))
    return f"step {best.step_number}: {best.metrics.valid_loss:.4f}"


def final(page: Any) -> int:
    val_losses = [(cp.metrics.valid_loss, cp.step_number) for cp in page.data if cp.metrics.valid_loss]
    return int(val_losses[-1][1])


def highest_reward(page: Any) -> int:
    evaluated = [cp for cp in page.data if cp.metrics.full_valid_mean_reward is not None]
    return int(max(evaluated, key=lambda cp: cp.metrics.full_valid_mean_reward).step_number)


class Pitfall(NamedTuple):
    """A snippet, the job that it fails on, and both outcomes; None is "no evidence for a choice"."""

    case: str
    checkpoints: Metrics
    naive: Callable[[Any], object]
    outcome: object  # what the snippet returns, or the error that it ends in
    right: int | None
    is_rft: bool = False
    of: str = "best"


PITFALLS = (
    Pitfall("twelve checkpoints on two pages, newest first", TWELVE, lowest, 120, 20),
    Pitfall("val_losses[-1] for the final value", TWELVE, final, 30, 120, of="final"),
    Pitfall(
        "only full_valid_* (the example of the specification)",
        {1000: {"full_valid_loss": 0.134}, 2000: {"full_valid_loss": 0.50}},
        lowest,
        2000,
        1000,
    ),
    Pitfall(
        "the same, printed", {1000: {"full_valid_loss": 0.134}, 2000: {"full_valid_loss": 0.50}},
        lowest_shown, TypeError, 1000,
    ),
    Pitfall(
        "a loss of zero",
        {10: {"valid_loss": 0.4}, 20: {"valid_loss": 0.0}, 30: {"valid_loss": 0.2}},
        lowest,
        30,
        20,
    ),
    Pitfall(
        "NaN first",
        {10: {"valid_loss": 0.4}, 20: {"valid_loss": 0.2}, 30: {"valid_loss": math.nan}},
        lowest,
        30,
        20,
    ),
    Pitfall("all None", {step: {"valid_loss": None} for step in (10, 20, 30)}, lowest_shown, TypeError, None),
    Pitfall(
        "reinforcement: valid_loss is None",
        {10: {"full_valid_mean_reward": 0.675}, 20: {"full_valid_mean_reward": 0.55}},
        lowest,
        20,
        10,
        is_rft=True,
    ),
    Pitfall(
        "reinforcement: steps without an evaluation",
        {10: {"full_valid_mean_reward": 0.675}, 15: {}, 20: {"full_valid_mean_reward": 0.55}},
        highest_reward,
        AttributeError,
        10,
        is_rft=True,
    ),
    Pitfall("no checkpoints", {}, lowest, ValueError, None),
)  # fmt: skip


def job_of(pitfall: Pitfall) -> JobScript:
    """A job that tells of its metrics by its checkpoints only, and of a training loss by its events."""
    steps = max(pitfall.checkpoints, default=30)
    name = "train_mean_reward" if pitfall.is_rft else "train_loss"
    return JobScript(
        name="pitfall",
        method="reinforcement" if pitfall.is_rft else "supervised",
        total_steps=steps,
        records=tuple(Record(step, {name: 0.5}) for step in range(1, steps + 1, max(1, steps // 30))),
        checkpoints=tuple(Checkpoint(step, dict(metrics)) for step, metrics in pitfall.checkpoints.items()),
        extra={"result_files": []},
    )


def naive_outcome(client: Any, job: str, pitfall: Pitfall) -> object:
    page = client.fine_tuning.jobs.checkpoints.list(job)
    try:
        return pitfall.naive(page)
    except Exception as error:  # the point of the table
        return type(error)


def our_outcome(job: str, pitfall: Pitfall) -> int | None:
    run = cw.load(f"openai://{job}")
    if pitfall.of == "final":
        return run["valid_loss"].last_step
    best = cw.analyze(run).selection.best
    return None if best is None else best.step


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda each: each.case)
def test_the_snippet_is_wrong_and_we_are_not(
    standin: StandinFactory,
    sdk: SdkFactory,
    environment: pytest.MonkeyPatch,
    pitfall: Pitfall,
) -> None:
    server = standin([job_of(pitfall)])
    point_at(server, environment)
    job = server.id("pitfall")
    assert naive_outcome(sdk(server), job, pitfall) == pitfall.outcome
    assert our_outcome(job, pitfall) == pitfall.right


def test_what_is_not_known_has_a_reason(standin: StandinFactory, environment: pytest.MonkeyPatch) -> None:
    for pitfall in PITFALLS:
        if pitfall.right is None:
            server = standin([job_of(pitfall)])
            point_at(server, environment)
            assert cw.choose(cw.load(server.id("pitfall"))).reason
