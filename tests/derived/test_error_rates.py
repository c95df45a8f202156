from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curvewise import Run
from curvewise.checks.grader_errors import grader_errors
from curvewise.checks.sample_parse_errors import sample_parse_errors
from curvewise.joining import read
from curvewise.parsing.document import Document
from curvewise.testing import make_run

STEPS = 20
FLAT, CLIMB = np.full(STEPS, 0.3), np.linspace(0.1, 0.8, STEPS)
ROLLOUTS = np.full(STEPS, 64.0)
SHAPES: dict[str, Callable[[str, np.ndarray], dict[str, np.ndarray]]] = {
    "rate": lambda error, share: {f"train_{error}_rate": share},
    "rate of a grader": lambda error, share: {f"train_{error}_rate/judge": share},
    "mean": lambda error, share: {f"train_{error}_mean": share},
    "count with a total": lambda error, share: {
        f"train_{error}_count": 64 * share, "train_rollouts": ROLLOUTS,
    },
    "count with graded rollouts": lambda error, share: {
        f"train_{error}_count": 64 * share, "train_graded_rollouts/judge": ROLLOUTS,
    },
    "count alone": lambda error, share: {f"train_{error}_count": 64 * share},
    "count without a split": lambda error, share: {f"{error}_count": 64 * share, "train_rollouts": ROLLOUTS},
    "count of a tracker": lambda error, share: {
        f"train/{error}_count": 64 * share, "train_rollouts": ROLLOUTS,
    },
    "count in the plural": lambda error, share: {f"train_{error}s": 64 * share, "train_rollouts": ROLLOUTS},
    "count in words": lambda error, share: {
        f"Train {error.replace('_', ' ').title()} Count": 64 * share, "train_rollouts": ROLLOUTS,
    },
    "mean without a split": lambda error, share: {f"{error}_mean": share},
    "mean of a grader": lambda error, share: {f"errors/judge/errors/train_{error}_mean": share},
    "mean on a path": lambda error, share: {f"errors/graders/python/judge/errors/train_{error}_mean": share},
    "count that is a rate": lambda error, share: {f"train_{error}_count": share},
    "count beside its rate": lambda error, share: {
        f"train_{error}_count": ROLLOUTS, f"train_{error}_rate/judge": share,
    },
    "validation": lambda error, share: {f"valid_{error}_rate": share},
}  # fmt: skip


def file(error: str, share: np.ndarray, shape: str, reward: np.ndarray) -> Run:
    """Read a result file with the columns of a shape."""
    columns = {"step": np.arange(1, STEPS + 1), "train_mean_reward": reward, **SHAPES[shape](error, share)}
    rows = [
        ",".join(columns),
        *(",".join(f"{value:.10g}" for value in row) for row in zip(*columns.values(), strict=True)),
    ]
    return read(Document("results.csv", "\n".join(rows).encode()))


def some(share: float) -> np.ndarray:
    """Return shares of 64 rollouts that vary a little, as errors do."""
    return np.round(64 * share * (1 + 0.25 * np.sin(np.arange(STEPS)))) / 64


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("share", "status"), [(0.0, "ok"), (0.25, "problem")])
def test_errors_of_the_grader_are_judged_in_every_shape(shape: str, share: float, status: str) -> None:
    finding = grader_errors(file("other_error", some(share), shape, FLAT))
    assert finding.status == status


@pytest.mark.parametrize("shape", SHAPES)
def test_parse_errors_are_fine_while_the_reward_climbs_in_every_shape(shape: str) -> None:
    assert sample_parse_errors(file("sample_parse_error", some(0.4), shape, CLIMB)).status == "ok"
    stuck = sample_parse_errors(file("sample_parse_error", some(0.7), shape, FLAT))
    assert stuck.status == ("warning" if shape == "count alone" else "problem")


def test_counts_of_observations_are_no_errors() -> None:
    counts = {"train_other_error_count": ROLLOUTS, "train_sample_parse_error_count": ROLLOUTS}
    for reward in (FLAT, CLIMB):
        run = make_run(train_mean_reward=reward, metrics=counts)
        assert grader_errors(run).status == "unknown"
        assert sample_parse_errors(run).status == "unknown"
    alone = make_run(train_mean_reward=CLIMB, metrics={"train_other_error_count": ROLLOUTS})
    assert grader_errors(alone).status == "unknown"


def test_a_grader_that_fails_on_every_rollout_is_told_from_a_count_of_observations() -> None:
    run = make_run(train_mean_reward=np.zeros(STEPS), metrics={"train_other_error_count": ROLLOUTS})
    finding = grader_errors(run)
    assert finding.status == "problem"
    assert finding.summary.startswith("other_error: 1,280 training rollouts, at 20 of 20 steps")


def test_a_few_errors_of_an_unknown_number_are_watched() -> None:
    counts = np.zeros(STEPS)
    counts[3] = 2.0
    run = make_run(train_mean_reward=CLIMB, metrics={"train_other_error_count": counts})
    assert grader_errors(run).status == "warning"
