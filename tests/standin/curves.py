"""Curves that look like those of real runs, from a seed: the records of stand-in jobs."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec

from tests.standin.script import Checkpoint, Record

GRADER_NAME = "exact_answer"
_ROLLOUTS = 512


class LossCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The losses of a supervised or DPO run.

    The training loss falls at one rate, a step lower at each new epoch, for then the examples are known. The
    loss of the full validation set falls with it to the best epoch and rises from there, slowly at first. The
    validation loss of single minibatches goes through a fixed rotation of easy and hard ones.

    Parameters
    ----------
    steps, epochs
        Length of the run.
    start, floor
        Loss before the first step, and that to which training would come without end.
    best_epoch
        Epoch, with a fraction, in which the validation loss is lowest; infinity for a run that never
        overfits.
    rise
        What the validation loss comes to gain in an epoch after its best, in units of the loss.
    valid_every, full_every
        Steps between two minibatches of validation, and between two full passes; 0 for none at all.
    noise
        Relative scatter of a minibatch's loss.
    seed
        Of the noise.
    """

    steps: int
    epochs: int
    start: float = 2.1
    floor: float = 0.55
    best_epoch: float = math.inf
    rise: float = 0.12
    valid_every: int = 10
    full_every: int = 0
    noise: float = 0.12
    seed: int = 0

    def train(self, step: int) -> float:
        """Return the training loss without its noise."""
        epoch = (step - 1) * self.epochs // self.steps
        return self._fallen(step) * 0.8**epoch

    def valid(self, step: int) -> float:
        """Return the loss of the full validation set without its noise."""
        best = min(self.best_epoch * self.steps / self.epochs, self.steps)
        risen = max(0.0, (step - best) * self.epochs / self.steps)
        return 1.05 * self._fallen(min(step, best)) + self.rise * risen**2 / (risen + 0.3)

    def records(self) -> tuple[Record, ...]:
        """Return a record for each step."""
        chance = random.Random(self.seed)
        rotation = [chance.gauss(0, 1.5 * self.noise) for _ in range(8)]
        records = []
        for step in range(1, self.steps + 1):
            data = _losses("train", self.train(step) * math.exp(chance.gauss(0, self.noise)))
            if _is_due(step, self.valid_every):
                turn = rotation[step // self.valid_every % len(rotation)]
                data |= _losses("valid", self.valid(step) * math.exp(turn + chance.gauss(0, self.noise / 4)))
            if _is_due(step, self.full_every):
                data |= _losses("full_valid", self.valid(step) * math.exp(chance.gauss(0, self.noise / 40)))
            records.append(Record(step, data))
        return tuple(records)

    def _fallen(self, step: float) -> float:
        return self.floor + (self.start - self.floor) * math.exp(-6.0 * step / self.steps)


class RewardCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards of a reinforcement run.

    Parameters
    ----------
    steps
        Length of the run.
    start, top
        Mean reward before the first step, and at the end.
    gap
        What the reward in training exceeds that in validation by at the end.
    ungraded
        Part of the rollouts that no grader could score; each counts as -1 in the mean of training.
    eval_every
        Steps between two validations.
    tokens
        Reasoning tokens of a rollout at the start and at the end.
    seed
        Of the noise.
    """

    steps: int
    start: float = 0.25
    top: float = 0.75
    gap: float = 0.04
    ungraded: float = 0.02
    eval_every: int = 5
    tokens: tuple[float, float] = (1800.0, 2300.0)
    seed: int = 0

    def reward(self, step: int) -> float:
        """Return the mean reward of validation without its noise."""
        return self.top - (self.top - self.start) * math.exp(-3.0 * step / self.steps)

    def records(self) -> tuple[Record, ...]:
        """Return a record for each step."""
        chance = random.Random(self.seed)
        return tuple(Record(step, self._data(step, chance)) for step in range(1, self.steps + 1))

    def _data(self, step: int, chance: random.Random) -> dict[str, Any]:
        share = step / self.steps
        graded = round(_ROLLOUTS * (1 - self.ungraded * chance.uniform(0.5, 1.5)))
        train = self.reward(step) + self.gap * share + chance.gauss(0, 0.02)
        mean = (train * graded - (_ROLLOUTS - graded)) / _ROLLOUTS
        valid = (
            self.reward(step) + chance.gauss(0, 0.015)
            if step == 1 or _is_due(step, self.eval_every)
            else None
        )
        tokens = (self.tokens[0] + (self.tokens[1] - self.tokens[0]) * share) * math.exp(
            chance.gauss(0, 0.03)
        )
        evaluation = 0.0001 if valid is None else chance.uniform(60, 110)
        seconds = {
            "sampling": chance.uniform(180, 260),
            "training": chance.uniform(300, 420),
            "eval": evaluation,
        }
        data: dict[str, Any] = {
            "usage": {"samples": {"train_reasoning_tokens_mean": tokens}},
            "errors": {"graders": [_grader(_errors("train", 1 - graded / _ROLLOUTS))]},
            "scores": {"graders": [_grader({"train_reward_mean": train})], "train_reward_mean": mean},
            "timing": {"step": {**seconds, "full_iteration": sum(seconds.values())}},
            "train_mean_reward": mean,
            "reasoning_tokens_mean": tokens,
            "completion_tokens_mean": tokens + 46.0,
            "mean_unresponsive_rewards": 0.0,
        }
        if valid is not None:
            data["scores"]["valid_reward_mean"] = valid
            data["scores"]["graders"][0]["valid_reward_mean"] = valid
            data["errors"]["graders"][0] |= _errors("valid", 0.0)
            data |= {"full_valid_mean_reward": valid, "full_valid_mean_parse_error": 0.0}
        return data


def saved_at(
    records: tuple[Record, ...], steps: range | tuple[int, ...], names: tuple[str, ...] | None = None
) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of some steps, with what was measured there.

    Parameters
    ----------
    records, steps
        What was measured, and where the job saves.
    names
        Metrics that a checkpoint tells; None for all plain numbers.
    """
    held = {record.step: record.data for record in records}
    return tuple(
        Checkpoint(
            step,
            {
                "step": float(step),
                **{
                    name: value
                    for name, value in held[step].items()
                    if (names is None or name in names) and isinstance(value, int | float)
                },
            },
        )
        for step in steps
    )


def _is_due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def _losses(split: str, loss: float) -> dict[str, Any]:
    return {f"{split}_loss": loss, f"{split}_mean_token_accuracy": math.exp(-0.4 * loss)}


def _grader(values: dict[str, Any]) -> dict[str, Any]:
    return {"name": GRADER_NAME, "type": "string_check", **values}


def _errors(split: str, rate: float) -> dict[str, Any]:
    kinds = {"sample_parse_error": rate, "invalid_variable_error": 0.0, "other_error": 0.0}
    return {f"{split}_{kind}_mean": value for kind, value in kinds.items()}
