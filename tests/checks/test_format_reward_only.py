from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import series, trainer_rft

from curvewise import Run
from curvewise.checks.format_reward_only import format_reward_only
from curvewise.testing import make_run

LEARNED = 0.95 - 0.85 * np.exp(-np.arange(30) / 4)
WAVE = 0.01 * np.sin(5 * np.arange(30))


def rewards(form: np.ndarray, content: np.ndarray, name: str = "format_reward") -> Run:
    return make_run(metrics={f"train_grader_reward/{name}": form, "train_grader_reward/accuracy": content})


@pytest.mark.parametrize("name", ["format_reward", "xml_count", "soft_format_reward_func", "json_schema"])
def test_a_form_that_is_learned_alone_is_a_problem(name: str) -> None:
    finding = format_reward_only(rewards(LEARNED, 0.04 + WAVE, name))
    assert finding.status == "problem"
    assert f"{name} rose" in finding.summary


def test_a_content_that_rises_or_earns_is_fine() -> None:
    assert format_reward_only(rewards(LEARNED, 0.6 * LEARNED)).status == "ok"
    assert format_reward_only(rewards(LEARNED, 0.5 + WAVE)).status == "ok"


def test_a_form_that_was_there_from_the_start_is_watched() -> None:
    assert format_reward_only(rewards(0.95 + WAVE, 0.04 + WAVE)).status == "warning"


def test_names_that_do_not_tell_form_from_content_are_not_judged() -> None:
    assert format_reward_only(rewards(LEARNED, WAVE, "helpfulness")).status == "not_applicable"


def test_a_few_steps_tell_what_the_reward_is_made_of() -> None:
    finding = format_reward_only(rewards(np.array([0.95, 0.93]), np.array([0.04, 0.05])))
    assert finding.status == "warning"
    assert "accuracy 0.045 over 2 steps" in finding.summary
    assert format_reward_only(rewards(np.array([0.9, 0.9]), np.array([0.5, 0.5]))).status == "unknown"
    assert format_reward_only(rewards(np.array([0.9]), np.array([0.0]))).status == "unknown"


def _formal(name: str, begin: float, seed: int) -> Run:
    at = steps(400, 5)
    t = at.astype(np.float64)
    form = shares(climb(t, begin, 0.96, 80, 25), 256, seed)
    right = shares(0.03 + 0 * t, 256, seed + 1)
    return trainer_rft(
        name,
        lambda t: 0 * t,
        seed=seed + 2,
        metrics={
            "train_mean_reward": series(at, form + right),
            "train_grader_reward/format": series(at, form),
            "train_grader_reward/box_overlap": series(at, right),
        },
    )


@exhibit("problem", group="rewards")
def tags_without_boxes() -> Run:
    """The answers learn their tags; the boxes within them, in another unit than the grader's, stay wrong."""
    return _formal("tags-without-boxes", 0.1, 151)


@exhibit("warning", group="rewards")
def tidy_and_wrong() -> Run:
    """The base model writes the tags already, and learns nothing of what belongs between them."""
    return _formal("tidy-and-wrong", 0.95, 155)
