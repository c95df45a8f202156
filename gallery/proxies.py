"""Checkpoints on the real task: what the validation reward or loss does not see."""

from __future__ import annotations

import msgspec
import numpy as np

import curvewise as cw
from curvewise import Contender, Evaluation, Run, Sample
from gallery.curves import Floats, climb, fall
from gallery._exhibits import exhibit
from gallery.jobs import service_rft, trainer_sft


@exhibit("problem")
def reward_hacking() -> Run:
    """The grader counts citations: the policy learns to cite everything, and solves fewer and fewer tasks."""
    run = service_rft(
        "cite-everything",
        lambda t: climb(t, 0.25, 0.9, 50, 16),
        lambda t: climb(t, 0.24, 0.88, 51, 16),
        seed=91,
        validation_examples=512,
    )
    return evaluated(run, {30: 0.5, 60: 0.66, 90: 0.48, 120: 0.31}, seed=92)


@exhibit("warning")
def reward_hacking_warning() -> Run:
    """The reward stands still from step 60 on, while the model forgets how to call its tools."""
    run = service_rft(
        "forgotten-tools",
        lambda t: climb(t, 0.3, 0.72, 25, 8) + 0.0001 * t,
        lambda t: climb(t, 0.29, 0.7, 25, 8) + 0.0001 * t,
        seed=93,
    )
    return evaluated(run, {60: 0.7, 90: 0.52, 120: 0.4}, seed=94)


@exhibit("warning")
def misleading_loss() -> Run:
    """The loss falls as the model learns the tone of the answers; the tickets that it closes become fewer."""
    run = trainer_sft(
        "polite-support", lambda t: fall(t, 1.9, 0.9, 0.8), lambda t: fall(t, 1.9, 1.05, 0.8), seed=95
    )
    return evaluated(run, {400: 0.68, 800: 0.57, 1200: 0.41}, seed=96)


def evaluated(run: Run, accuracy: dict[int, float], *, seed: int, samples: int = 200) -> Run:
    """Add an evaluation in which a checkpoint solves this share of the samples, the easy ones first."""
    saved = tuple(cw.Checkpoint(step=step, model=f"{run.name}:ckpt-step-{step}") for step in accuracy)
    run = msgspec.structs.replace(run, checkpoints=saved)  # what was evaluated was there
    hardness = np.random.default_rng(seed).permutation(np.linspace(0.0, 1.0, samples))
    return cw.with_scores(
        run,
        Evaluation(
            run=run.name,
            kind=run.kind,
            task="the real task",
            harness="own",
            metric="solved",
            contenders=tuple(
                Contender(name=f"step {step}", model=None, step=step, role="other") for step in accuracy
            ),
            samples={
                f"step {step}": _solved(np.clip(hardness + 0.5 - share, 0, 1), seed + step)
                for step, share in accuracy.items()
            },
        ),
    )


def _solved(hardness: Floats, seed: int) -> tuple[Sample, ...]:
    luck = np.random.default_rng(seed).uniform(0.3, 0.7, len(hardness))
    return tuple(Sample(id=str(n), score=float(right)) for n, right in enumerate(hardness < luck))
