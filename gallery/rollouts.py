"""Reinforcement fine-tuning: what happens to rollouts before and while they are graded."""

from __future__ import annotations

from typing import Any

import numpy as np

from curvewise import Run, Series
from gallery.curves import climb, shares, steps
from gallery._exhibits import exhibit
from gallery.jobs import Curve, series, service_rft, trainer_rft

LAST = 120


def _job(name: str, *, seed: int, learns: bool = True, **fields: Any) -> Run:
    top = 0.78 if learns else 0.3
    return service_rft(
        name,
        lambda t: climb(t, 0.3, top, 45, 14),
        lambda t: climb(t, 0.3, top, 46, 14),
        seed=seed,
        last=LAST,
        **fields,
    )


@exhibit("problem")
def token_growth() -> Run:
    """The grader counts matching words: answers grow to four times their length, and earn no more for it."""
    return _job("word-overlap", seed=91, learns=False, tokens=lambda t: climb(t, 240, 1080, 60, 16))


@exhibit("warning")
def token_growth_warning() -> Run:
    """The model learns to reason: two and a half times the tokens, and a reward that grows with them."""
    return _job("step-by-step", seed=92, tokens=lambda t: climb(t, 300, 780, 55, 18))


@exhibit("problem")
def ungraded_rollouts() -> Run:
    """A sandbox out of memory leaves a quarter of the rollouts without a grade; each counts as -1."""
    return _job("sandbox", seed=93, ungraded=_curve(lambda t: climb(t, 0.03, 0.27, 60, 12), 94))


@exhibit("warning")
def ungraded_rollouts_warning() -> Run:
    """One rollout in twelve reaches the time limit of its tool and gets no grade."""
    return _job("slow-search", seed=95, ungraded=_curve(lambda t: 0.085 + 0 * t, 96))


@exhibit("problem")
def grader_errors() -> Run:
    """A grader that divides by the number of citations fails on every answer without one."""
    return _job(
        "citations",
        seed=97,
        metrics={
            "train_python_grader_runtime_error_rate/answer": _rate(lambda t: climb(t, 0.09, 0.03, 60, 20), 98)
        },
    )


@exhibit("warning")
def grader_errors_warning() -> Run:
    """The model that grades was overloaded for some steps: a few rollouts in a hundred got no answer."""
    return _job(
        "busy-judge",
        seed=99,
        metrics={
            "train_model_grader_server_error_rate/answer": _rate(
                lambda t: 0.16 * np.exp(-(((t - 70) / 6) ** 2)), 100
            )
        },
    )


@exhibit("problem")
def sample_parse_errors() -> Run:
    """The prompt asks for JSON, its examples show prose: most answers cannot be parsed."""
    return _job(
        "json-or-prose",
        seed=101,
        learns=False,
        metrics={"train_sample_parse_error_rate/answer": _rate(lambda t: 0.62 + 0 * t, 102)},
    )


@exhibit("warning")
def sample_parse_errors_warning() -> Run:
    """A quarter of the answers miss the closing tag that the grader looks for; the reward does not climb."""
    return _job(
        "closing-tag",
        seed=103,
        learns=False,
        metrics={"train_sample_parse_error_rate/answer": _rate(lambda t: 0.24 + 0 * t, 104)},
    )


@exhibit("problem")
def unresponsive_rollouts() -> Run:
    """Every attempt is punished, so the policy learns to say nothing: a third of the answers are empty."""
    return _job(
        "better-silent",
        seed=105,
        learns=False,
        metrics={"mean_unresponsive_rewards": _rate(lambda t: climb(t, 0.01, 0.34, 70, 14), 106)},
    )


@exhibit("warning")
def unresponsive_rollouts_warning() -> Run:
    """One answer in ten is empty: it ran out of tokens while reasoning."""
    return _job(
        "tight-budget",
        seed=107,
        metrics={"mean_unresponsive_rewards": _rate(lambda t: climb(t, 0.02, 0.1, 50, 20), 108)},
    )


@exhibit("problem")
def tool_errors() -> Run:
    """The search tool fails in two calls of five: it was given the address of the old index."""
    return _job("research-agent", seed=109, metrics=_tools(lambda t: 0.4 + 0 * t, 110))


@exhibit("warning")
def tool_errors_warning() -> Run:
    """At first the model calls the search tool with wrong arguments; a sixth of the calls still fails."""
    return _job("library-agent", seed=111, metrics=_tools(lambda t: climb(t, 0.45, 0.16, 40, 12), 112))


@exhibit("problem")
def clipped_completions() -> Run:
    """A length limit of 256 tokens for proofs: most rollouts are cut before they come to their answer."""
    return trainer_rft(
        "short-leash",
        lambda t: 0.14 + 0 * t,
        seed=113,
        metrics={
            "clipped_completion_share": series(
                steps(400, 5), shares(climb(steps(400, 5), 0.45, 0.72, 120, 50), 128, 114)
            ),
            "completion_tokens_mean": series(steps(400, 5), 256 - 40 * np.exp(-steps(400, 5) / 90)),
        },
    )


@exhibit("warning")
def clipped_completions_warning() -> Run:
    """Answers grow towards the limit: one in five is now cut, while the reward still climbs."""
    return trainer_rft(
        "near-the-limit",
        lambda t: climb(t, 0.3, 0.7, 150, 50),
        seed=115,
        metrics={
            "clipped_completion_share": series(
                steps(400, 5), shares(climb(steps(400, 5), 0.02, 0.2, 220, 50), 128, 116)
            )
        },
    )


def _rate(level: Curve, seed: int) -> Series:
    at = steps(LAST)
    return series(at, shares(level(at.astype(np.float64)), 256, seed))


def _curve(level: Curve, seed: int) -> Curve:
    """Return a share that scatters from step to step."""
    return lambda t: shares(level(t), 256, seed)


def _tools(failing: Curve, seed: int) -> dict[str, Series]:
    at = steps(LAST)
    calls = np.random.default_rng(seed + 50).poisson(300, len(at)).astype(np.float64)
    rate = shares(failing(at.astype(np.float64)), 300, seed)
    return {
        "train_tool_error_rate/search": series(at, rate),
        "train_tool_calls/search": series(at, np.round(calls * (1 - rate))),
        "train_tool_error_rate/calculator": series(at, np.zeros(len(at))),
        "train_tool_calls/calculator": series(at, np.round(calls * 0.4)),
    }
