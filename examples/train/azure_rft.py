"""Write a reinforcement run as the files of an Azure OpenAI job."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import NamedTuple

import numpy as np

from train import addition
from train.policy_gradient import Rollouts, Settings, Step
from train.service import Cell, Job, identifier, timestamp, write_json, write_list, write_table

CHECKPOINT_EVERY = 20
"""Steps between checkpoints; each is evaluated."""
ERRORS = ("sample_parse_error", "invalid_variable_error", "other_error")
IDLE_SECONDS = 0.0001
"""What the clock shows for an evaluation that does not take place."""


class Duration(NamedTuple):
    """Seconds that the parts of a step took, by the clock that charges for tokens."""

    sampling: float
    training: float
    evaluation: float

    @property
    def total(self) -> float:
        """Training and evaluation; the next step's rollouts are sampled meanwhile."""
        return self.training + self.evaluation


def write(folder: Path, settings: Settings, log: list[Step]) -> None:
    """Write results.csv, checkpoints.json and job.json."""
    job = Job(folder.name, "tiny-sums-2026-03-01")
    grader = f"grader-{identifier(folder.name, 'grader')[:12]}"
    durations = [_duration(step) for step in log]
    seconds = np.cumsum([duration.total for duration in durations])
    rows = [
        _row(step, duration, grader, timestamp(float(at)))
        for step, duration, at in zip(log, durations, seconds, strict=True)
    ]
    write_table(folder / "results.csv", rows)
    saved = log[CHECKPOINT_EVERY - 1 :: CHECKPOINT_EVERY]
    write_list(
        folder / "checkpoints.json",
        [
            job.checkpoint(step.step, len(log), float(seconds[step.step - 1]), _metrics(step))
            for step in reversed(saved)
        ],
    )
    hyperparameters = {
        "batch_size": settings.prompts,
        "compute_multiplier": 1.0,
        "eval_interval": settings.eval_interval,
        "eval_samples": settings.valid_samples,
        "learning_rate_multiplier": settings.learning_rate / 0.002,
        "n_epochs": 1,
        "reasoning_effort": "default",
    }
    source = {"type": "python", "name": "reference in output", "source": inspect.getsource(addition.grade)}
    described = job.describe(
        {
            "type": "reinforcement",
            "reinforcement": {"grader": source, "hyperparameters": hyperparameters},
        },
        seconds=float(seconds[-1]),
        trained_tokens=int(sum(step.train.lengths.sum() for step in log)),
        seed=settings.seed,
    )
    write_json(folder / "job.json", described)


def _duration(step: Step) -> Duration:
    tokens = int(step.train.lengths.sum())
    evaluated = IDLE_SECONDS if step.valid is None else 0.004 * int(step.valid.lengths.sum())
    return Duration(0.006 * tokens, 0.005 * tokens, evaluated)


def _metrics(step: Step) -> dict[str, float]:
    """Return the metrics of a checkpoint."""
    known = {
        "train_mean_reward": float(step.rewards.mean()),
        "completion_tokens_mean": float(step.train.lengths.mean()),
        "mean_unresponsive_rewards": 0.0,
        "reasoning_tokens_mean": float(step.train.work.mean()),
        "usages/samples/train_reasoning_tokens_mean": float(step.train.work.mean()),
    }
    if step.valid is not None:
        known["full_valid_mean_reward"] = float(np.nanmean(step.valid.grades))
    return known


def _row(step: Step, duration: Duration, grader: str, at: str) -> dict[str, Cell]:
    train, valid = step.train, step.valid
    work = float(train.work.mean())
    return {
        "step": step.step,
        "train_mean_reward": float(step.rewards.mean()),
        "full_valid_mean_reward": _graded_mean(valid),
        "full_valid_mean_parse_error": None,
        "completion_tokens_mean": float(train.lengths.mean()),
        "mean_unresponsive_rewards": 0,  # as the service has it, whatever goes ungraded
        "usage/samples/train_reasoning_tokens_mean": work,
        "usage/samples/valid_reasoning_tokens_mean": None,
        "usage/samples/train_reasoning_tokens_count": len(train.lengths),
        "usage/samples/valid_reasoning_tokens_count": None,
        "sampling_duration": duration.sampling,
        "training_duration": duration.training,
        "eval_duration": duration.evaluation,
        "total_duration": duration.total,
        "reasoning_tokens_mean": work,
        **_grader_errors(f"errors/graders/python/{grader}/errors", "train", train),
        **_grader_errors(f"errors/graders/python/{grader}/errors", "valid", valid),
        f"scores/graders/python/{grader}/train_reward_mean": _graded_mean(train),
        f"scores/graders/python/{grader}/valid_reward_mean": _graded_mean(valid),
        **_latency(f"timing/graders/python/{grader}/timing", "train", train),
        **_latency(f"timing/graders/python/{grader}/timing", "valid", valid),
        "timestamp": at,
    }


def _graded_mean(rollouts: Rollouts | None) -> float | None:
    """Return the mean over the rollouts that got a grade, as the service states it for a grader."""
    return None if rollouts is None else float(np.nanmean(rollouts.grades))


def _graded(rollouts: Rollouts | None) -> int | None:
    return None if rollouts is None else int(np.isfinite(rollouts.grades).sum())


def _grader_errors(path: str, split: str, rollouts: Rollouts | None) -> dict[str, Cell]:
    """Return the error columns: the grader saw only outputs that can be read, and failed on none of them.

    The service's counts are counts of observations, not of errors.
    """
    cells: dict[str, Cell] = {}
    for error in ERRORS:
        cells[f"{path}/{split}_{error}_mean"] = None if rollouts is None else 0
        cells[f"{path}/{split}_{error}_count"] = _graded(rollouts)
    return cells


def _latency(path: str, split: str, rollouts: Rollouts | None) -> dict[str, Cell]:
    seconds = None
    if rollouts is not None:
        seconds = 0.002 + 0.0001 * float(rollouts.lengths[np.isfinite(rollouts.grades)].mean())
    return {
        f"{path}/{split}_execution_latency_mean": seconds,
        f"{path}/{split}_execution_latency_count": _graded(rollouts),
    }
