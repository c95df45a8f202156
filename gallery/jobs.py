"""Runs as the services and libraries log them, from the curves that they follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

import curvewise as cw
from curvewise import Checkpoint, Contender, Evaluation, Run, Sample, Series
from gallery.curves import Floats, Steps, climb, scattered, shares, steps, wandering

Curve = Callable[[Floats], Floats]
"""A quantity over training time: in epochs for supervised runs, in steps for others."""

BATCHES = (0.82, 1.21, 0.95, 1.34, 0.74, 1.08, 0.9, 1.12)
"""How hard each minibatch of a validation set is, beside the whole: a service goes through them in turn."""


def service_sft(
    name: str,
    train: Curve,
    valid: Curve,
    *,
    seed: int,
    epochs: int = 5,
    per_epoch: int = 60,
    noise: float = 0.12,
    pass_noise: float = 0.006,
    kept: int = 3,
    **fields: Any,
) -> Run:
    """Make a supervised job of a hosted service: one row a step, a full validation pass an epoch.

    Parameters
    ----------
    train, valid
        Losses over epochs.
    seed
        Of the noise.
    noise, pass_noise
        Scatter of minibatches and of full passes, as shares.
    kept
        Checkpoints that exist, of the last epochs.
    **fields
        Other fields of `Run`; ``metrics`` are added to those made here, and None takes one away.
    """
    at = steps(epochs * per_epoch)
    time = at / per_epoch
    every = at[9::10]
    ends = at[per_epoch - 1 :: per_epoch]
    hardness = np.resize(BATCHES, len(every))
    train_loss = scattered(train(time), noise, seed)
    full = scattered(valid(ends / per_epoch), pass_noise, seed + 1)
    metrics: dict[str, Series | None] = {
        "train_loss": series(at, train_loss),
        "train_mean_token_accuracy": series(at, np.exp(-0.45 * train_loss)),
        "valid_loss": series(every, scattered(valid(every / per_epoch) * hardness, 0.02, seed + 2)),
        "full_valid_loss": series(ends, full),
        "full_valid_mean_token_accuracy": series(ends, np.exp(-0.45 * full)),
    }
    model = f"desk-mini-2026-03.ft-{seed:04x}-{name}"
    saved = tuple(Checkpoint(step=int(step), model=f"{model}:ckpt-step-{step}") for step in ends[-kept:])
    given = {
        "kind": "sft",
        "checkpoints": saved if kept else (),
        "base_model": "desk-mini-2026-03",
        "final_model": model,
        "status": "succeeded",
        "hyperparameters": {"n_epochs": epochs, "batch_size": 8, "learning_rate_multiplier": 1.0},
        "steps_per_epoch": per_epoch,
        "validation_examples": 200,
        "planned_steps": epochs * per_epoch,
    }
    return _run(name, metrics, {**given, **fields})


def trainer_sft(
    name: str,
    train: Curve,
    valid: Curve | None,
    *,
    seed: int,
    epochs: float = 3,
    per_epoch: int = 400,
    log_every: int = 10,
    eval_every: int = 100,
    noise: float = 0.06,
    pass_noise: float = 0.004,
    peak_rate: float = 2e-5,
    **fields: Any,
) -> Run:
    """Make a supervised run of a local trainer: a log every few steps, evaluations and checkpoints.

    Parameters
    ----------
    train, valid
        Losses over epochs; `valid` None for a run without validation data.
    """
    last = round(epochs * per_epoch)
    at, ends = steps(last, log_every), steps(last, eval_every)
    metrics: dict[str, Series | None] = {
        "train_loss": series(at, np.round(scattered(train(at / per_epoch), noise, seed), 4)),
        "grad_norm": series(at, scattered(0.6 + 0.5 * train(at / per_epoch), 0.25, seed + 3)),
        "learning_rate": series(at, peak_rate * schedule(at / last)),
    }
    if valid is not None:
        metrics["full_valid_loss"] = series(ends, scattered(valid(ends / per_epoch), pass_noise, seed + 1))
    saved = tuple(Checkpoint(step=int(step), model=f"outputs/{name}/checkpoint-{step}") for step in ends)
    given = {
        "kind": "sft",
        "checkpoints": saved,
        "hyperparameters": {"learning_rate": peak_rate, "num_train_epochs": epochs, "warmup_ratio": 0.05},
        "steps_per_epoch": per_epoch,
        "planned_steps": last,
    }
    return _run(name, metrics, {**given, **fields})


def trainer_dpo(
    name: str, margin: Curve, chosen: Curve, accuracy: Curve, *, seed: int, last: int = 600, **fields: Any
) -> Run:
    """Make a preference run of a local trainer.

    Parameters
    ----------
    margin, chosen
        By how much the implicit reward of the chosen answers exceeds that of the rejected ones, and that
        reward itself, over steps.
    accuracy
        Share of pairs that are told apart, over steps.
    """
    at, ends = steps(last, 10), steps(last, 100)
    metrics: dict[str, Series | None] = {}
    for prefix, where, width, offset in (("train", at, 1.0, 0), ("full_valid", ends, 0.25, 10)):
        t = where.astype(np.float64)
        gap = wandering(margin(t), 0.06 * width, seed + offset)
        good = wandering(chosen(t), 0.05 * width, seed + offset + 1)
        right = shares(accuracy(t), 64 if width == 1.0 else 500, seed + offset + 2)
        metrics |= {
            f"{prefix}_loss": series(where, np.log1p(np.exp(-gap)) + 0.02 * np.abs(gap)),
            f"{prefix}_chosen_reward": series(where, good),
            f"{prefix}_rejected_reward": series(where, good - gap),
            f"{prefix}_reward_margin": series(where, gap),
            f"{prefix}_reward_accuracy": series(where, right),
        }
    metrics["learning_rate"] = series(at, 5e-7 * schedule(at / last))
    saved = tuple(Checkpoint(step=int(step), model=f"outputs/{name}/checkpoint-{step}") for step in ends)
    given = {
        "kind": "dpo",
        "checkpoints": saved,
        "hyperparameters": {"beta": 0.1, "learning_rate": 5e-7},
        "planned_steps": last,
        "steps_per_epoch": last / 2,
    }
    return _run(name, metrics, {**given, **fields})


def service_rft(
    name: str,
    train: Curve,
    valid: Curve,
    *,
    seed: int,
    last: int = 120,
    every: int = 6,
    tokens: Curve | None = None,
    ungraded: Curve | None = None,
    rollouts: int = 256,
    grader: str = "answer",
    **fields: Any,
) -> Run:
    """Make a reinforcement job of a hosted service, with one grader of rewards from 0 to 1.

    Parameters
    ----------
    train, valid
        Mean rewards of the graded rollouts, over steps.
    tokens
        Tokens of a rollout, over steps.
    ungraded
        Share of the training rollouts that get no grade, and count as -1, over steps.
    """
    at, ends = steps(last), steps(last, every)
    graded = shares(train(at.astype(np.float64)), rollouts, seed)
    lost = np.zeros(len(at)) if ungraded is None else ungraded(at.astype(np.float64))
    measured = shares(valid(ends.astype(np.float64)), 2 * rollouts, seed + 1)
    length = (lambda t: 420 + 0.6 * t) if tokens is None else tokens
    spoken = wandering(length(at.astype(np.float64)), 14.0, seed + 2)
    metrics: dict[str, Series | None] = {
        "train_mean_reward": series(at, graded * (1 - lost) - lost),
        f"train_grader_reward/{grader}": series(at, graded),
        "full_valid_mean_reward": series(ends, measured),
        f"valid_grader_reward/{grader}": series(ends, measured),
        "completion_tokens_mean": series(at, spoken),
        "valid_completion_tokens_mean": series(
            ends, wandering(length(ends.astype(np.float64)), 8.0, seed + 3)
        ),
        "reasoning_tokens_mean": series(at, 0.7 * spoken),
        "mean_unresponsive_rewards": series(at, np.zeros(len(at))),
        f"train_sample_parse_error_rate/{grader}": series(
            at, shares(np.full(len(at), 0.01), rollouts, seed + 4)
        ),
        f"train_other_error_rate/{grader}": series(at, np.zeros(len(at))),
    }
    if ungraded is not None:
        metrics["train_ungraded_rate"] = series(at, lost)
    model = f"reasoner-mini-2026-02.ft-{seed:04x}-{name}"
    saved = tuple(Checkpoint(step=int(step), model=f"{model}:ckpt-step-{step}") for step in ends[-3:])
    given = {
        "kind": "rft",
        "checkpoints": saved,
        "base_model": "reasoner-mini-2026-02",
        "final_model": model,
        "status": "succeeded",
        "hyperparameters": {
            "n_epochs": 2,
            "batch_size": 16,
            "compute_multiplier": 1.0,
            "reasoning_effort": "low",
        },
        "validation_examples": 64,
        "planned_steps": last,
        "steps_per_epoch": last / 2,
    }
    return _run(name, metrics, {**given, **fields})


def trainer_rft(name: str, reward: Curve, *, seed: int, last: int = 400, **fields: Any) -> Run:
    """Make a group-relative (GRPO) run of a local trainer, without validation data.

    Parameters
    ----------
    reward
        Mean reward over steps.
    """
    at = steps(last, 5)
    t = at.astype(np.float64)
    metrics: dict[str, Series | None] = {
        "train_mean_reward": series(at, shares(reward(t), 128, seed)),
        "completion_tokens_mean": series(at, wandering(210 + 0.1 * t, 9.0, seed + 1)),
        "entropy": series(at, scattered(0.25 + 0.5 * np.exp(-t / 300), 0.05, seed + 2)),
        "kl": series(at, scattered(0.002 + 1e-4 * t, 0.2, seed + 3)),
        "zero_std_group_share": series(at, shares(np.full(len(at), 0.15), 32, seed + 4)),
        "clipped_completion_share": series(at, shares(np.full(len(at), 0.02), 128, seed + 5)),
        "learning_rate": series(at, 1e-6 * schedule(at / last)),
    }
    saved = tuple(
        Checkpoint(step=int(step), model=f"outputs/{name}/checkpoint-{step}") for step in steps(last, 100)
    )
    given = {
        "kind": "rft",
        "checkpoints": saved,
        "hyperparameters": {"learning_rate": 1e-6, "num_generations": 8, "beta": 0.0},
        "planned_steps": last,
    }
    return _run(name, metrics, {**given, **fields})


def series(at: Steps, values: Floats | Sequence[float]) -> Series:
    """Return a series of values rounded as logs are."""
    return Series.from_points(at, [float(f"{value:.6g}") for value in values])


def schedule(done: Floats, warmup: float = 0.05) -> Floats:
    """Return the usual learning rate: a linear warm-up, then a cosine to zero; the peak is 1."""
    late = np.clip((done - warmup) / (1 - warmup), 0.0, 1.0)
    return np.asarray(np.minimum(done / warmup, 0.5 * (1 + np.cos(np.pi * late))))


def _run(name: str, metrics: Mapping[str, Series | None], fields: Mapping[str, Any]) -> Run:
    changed = {**metrics, **fields.get("metrics", {})}
    kept = {name: points for name, points in changed.items() if points is not None}
    rest = {key: value for key, value in fields.items() if key not in ("metrics", "kind")}
    return cw.Run(name=name, metrics=kept, declared_kind=fields["kind"], **rest)


def from_step(run: Run, metric: str, step: int, value: float) -> Floats:
    """Return the values of a metric with one number from a step on."""
    points = run[metric]
    return np.where(points.step >= step, value, points.value)


def with_values(run: Run, **metrics: Floats) -> Run:
    """Return the run with other values at the same steps."""
    changed = {name: Series.from_points(run[name].step, values) for name, values in metrics.items()}
    return msgspec.structs.replace(run, metrics={**run.metrics, **changed})


def with_evaluation(run: Run, accuracy: dict[int, float], *, seed: int, samples: int = 200) -> Run:
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


def until(run: Run, last: int) -> Run:
    """Cut a run off after a step, its checkpoints included."""
    kept = {name: points.between(None, last) for name, points in run.metrics.items()}
    saved = tuple(one for one in run.checkpoints or () if one.step <= last)
    return msgspec.structs.replace(
        run, metrics={name: points for name, points in kept.items() if len(points)}, checkpoints=saved
    )


def rollout_job(name: str, *, seed: int, learns: bool = True, **fields: Any) -> Run:
    """Make a reinforcement job whose reward climbs, or hardly does, for what happens to its rollouts."""
    top = 0.78 if learns else 0.3
    return service_rft(
        name,
        lambda t: climb(t, 0.3, top, 45, 14),
        lambda t: climb(t, 0.3, top, 46, 14),
        seed=seed,
        last=120,
        **fields,
    )


def rate(level: Curve, seed: int) -> Series:
    """Draw the share of 256 rollouts to which something happens at each step of a `rollout_job`."""
    at = steps(120)
    return series(at, shares(level(at.astype(np.float64)), 256, seed))
