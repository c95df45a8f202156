"""Consoles of trainers of reinforcement learning, each as its program prints it."""

from __future__ import annotations

import pprint
from collections.abc import Callable

import pytest

from curvewise.joining import read
from curvewise.parsing.document import Document


def _prime_trainer(step: int) -> str:
    said = f"Loss: 0.01 | Entropy: 0.50 | Mismatch KL: 0.0{step} | Grad. Norm: 0.5 | LR: 1.00e-06"
    return f"10:00:01 SUCCESS Step {step} | Time: 1.25s | {said}\n"


def _prime_orchestrator(step: int) -> str:
    said = f"Reward: 0.{step} | Val. Reward: 0.{step} | Throughput: 99.1 tokens/s | Async Level: 1"
    return f"10:00:01 SUCCESS Step {step} | Time: 1.25s | {said}\n"


def _slime(rollout: int) -> str:
    lines = [
        f"perf {rollout}: {{'perf/rollout_time': 1.5, 'rollout/response_len/mean': 50{rollout}.0}}",
        f"rollout {rollout}: {{'rollout/raw_reward': 0.{rollout}}}",
        f"perf {rollout + 1}: {{'perf/rollout_time': 1.5, 'rollout/response_len/mean': 50{rollout + 1}.0}}",
        *(f"step {2 * rollout + k}: {{'train/pg_loss': {k}.5, 'train/kl_loss': 0.5}}" for k in range(2)),
        f"eval {rollout}: {{'eval/aime-24': 0.{rollout}, 'eval/aime-24-truncated_ratio': 0.5}}",
    ]
    return "".join(f"(Actor pid=7) [2026-01-02 10:00:00] x.py:9 - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (_prime_trainer, {"mismatch_kl": {1: 0.01, 2: 0.02, 3: 0.03, 4: 0.04}}),
        (_prime_orchestrator, {"full_valid_mean_reward": {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4}}),
        (
            _slime,
            {
                "train_mean_reward": {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4},
                "policy_loss": {1: 1.5, 2: 1.5, 3: 1.5, 4: 1.5},
                "valid_grader_reward/aime-24": {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4},
            },
        ),
    ],
)
def test_kind_names_and_steps(line: Callable[[int], str], expected: dict[str, dict[int, float]]) -> None:
    run = read(Document("train.log", "".join(map(line, range(1, 5))).encode()))
    assert run.kind == "rft"
    found = {name: run[name] for name in expected}
    points = {name: (series.step.tolist(), series.value.tolist()) for name, series in found.items()}
    assert {name: dict(zip(*each, strict=True)) for name, each in points.items()} == expected


def _skyrl(step: int) -> str:
    values = {
        "policy/policy_kl": "0.5000",
        "reward/avg_raw_reward": f"0.{step}000",
        "trainer/global_step": step,
    }
    lines = [f"2026-01-02 10:00:00.123 | INFO | skyrl.tracking:log:189 - Step {step}: "]
    lines += pprint.pformat(values, sort_dicts=True).split("\n")
    return "".join(f"\x1b[36m(skyrl_entrypoint pid=7)\x1b[0m {line}\n" for line in lines)


def test_skyrl_prints_a_line_for_each_metric() -> None:
    run = read(Document("train.log", "".join(map(_skyrl, range(1, 5))).encode()))
    assert run.kind == "rft"
    assert run["train_mean_reward"].step.tolist() == [1, 2, 3, 4]
    assert run["train_mean_reward"].value.tolist() == [0.1, 0.2, 0.3, 0.4]
    assert run["kl"].at(3) == 0.5
