from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from curvewise import Report, Run, analyze
from curvewise.drawing.report_words import evidence_lines
from curvewise.testing import make_run

LONG = re.compile(r"(?<![\w.,/:-])\d{4,}(?![\w/])")
"""A number of four digits or more without a comma, that is no part of a name."""


def curve(n: int, end: float = 1.0, noise: float = 0.01) -> list[float]:
    random = np.random.default_rng(7)
    return list(3.0 * np.exp(-np.arange(n) / (n / 4)) + end + noise * random.standard_normal(n))


def rewards(n: int) -> list[float]:
    return list(0.9 - np.array(curve(n, 0.0)) / 4)


LONG_RUNS = {
    "full passes": make_run(
        train_loss=curve(4954), full_valid_loss=curve(4954, 1.1), checkpoints=[2000, 4954]
    ),
    "minibatches": make_run(train_loss=curve(4954), valid_loss=curve(4954, 1.1, 0.3)),
    "vanishing": make_run(train_loss=curve(4954, 0.001, 1e-5), full_valid_loss={2000: 1.5, 4954: 4.0}),
    "training alone": make_run(train_loss=curve(4954)),
    "broken": make_run(train_loss=[*curve(4000), *[float("nan")] * 1200, *[float("inf")] * 1300]),
    "rewards": make_run(
        train_mean_reward=rewards(4954),
        full_valid_mean_reward=rewards(4954),
        entropy=curve(4954, 0.001),
        completion_tokens_mean=list(np.linspace(2000.0, 9000.0, 4954)),
        metrics={
            "train_sample_parse_error_rate/judge": [0.1] * 4954,
            "train_other_error_rate/judge": [0.2] * 4954,
        },
    ),
    "no reward": make_run(train_mean_reward=[-0.5] * 4954),
    "preferences": make_run(
        train_loss=curve(4954),
        train_reward_accuracy=[0.5] * 4954,
        train_reward_margin=list(np.linspace(0.0, 2.0, 4954)),
    ),
}


def sentences(report: Report) -> Iterator[str]:
    yield from (report.headline, report.selection.reason, *(note.text for note in report.notes))
    picks = (report.selection.best, *report.selection.tied[:3], *report.selection.candidates)
    yield from (pick.why for pick in picks if pick is not None)
    for finding in report.findings:
        yield from (finding.summary, finding.reason, finding.advice, *evidence_lines(finding))


@pytest.mark.parametrize("run", LONG_RUNS.values(), ids=LONG_RUNS)
def test_a_count_from_a_thousand_on_has_a_comma(run: Run) -> None:
    said = [*sentences(analyze(run))]
    assert any(re.search(r"\d,\d{3}", text) for text in said)
    assert [text for text in said if LONG.search(text)] == []


def test_steps_that_are_not_all_logged_are_called_logged() -> None:
    every = make_run(train_mean_reward=rewards(40), entropy=curve(40))
    some = make_run(train_mean_reward=rewards(40), entropy=curve(40), every=2)
    said = {
        name: {finding.check: finding.summary for finding in analyze(run).findings}
        for name, run in (("every", every), ("some", some))
    }
    assert "over 40 steps" in said["every"]["entropy_collapse"]
    assert "over 40 logged steps" in said["some"]["entropy_collapse"]
    assert "over 40 logged steps" in said["some"]["flat_reward"]
    assert "from 40 logged steps of train_mean_reward" in said["some"]["missing_validation"]


def test_one_value_is_not_many() -> None:
    run = make_run(train_loss={240: 3e-6}, full_valid_loss={240: 0.0044})
    said = {finding.check: finding.summary for finding in analyze(run).findings}
    assert "(1 value)" in said["high_losses"]
    assert said["initial_gap"].endswith("at step 240, the only evaluation.")
    assert "1,467" in said["generalization_gap"]


def test_several_levels_make_one_sentence() -> None:
    run = make_run(train_mean_reward=rewards(60), full_valid_mean_reward=rewards(60))
    [summary] = [each.summary for each in analyze(run).findings if each.check == "reward_collapse"]
    assert summary.startswith("Validation reward is ")
    assert "; training reward is " in summary
