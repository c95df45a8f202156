from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curvewise import Report, analyze
from curvewise.plugin import Style, reporters
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("likelihood_displacement")
    assert report.diagnosis.name == "likelihood_displacement"
    assert report.diagnosis.summary.startswith("Likelihood displacement: ")
    assert "likelihood_displacement" in report.diagnosis.findings
    assert report.diagnosis.use is not None


FALLING, RISING = np.geomspace(0.69, 0.4, 12), np.geomspace(0.5, 0.9, 12)
BESIDE = {
    "likelihood_displacement": (FALLING, 0.3),
    "overfit": (RISING, 0.3),
    "memorized": (np.full(12, 0.6), 0.001),
}


@pytest.mark.parametrize("headline", BESIDE)
def test_it_is_in_the_answer_whatever_the_headline_is(headline: str) -> None:
    valid, end = BESIDE[headline]
    run = make_run(
        kind="dpo",
        train_loss=np.geomspace(0.69, end, 60),
        full_valid_loss=dict(zip(range(5, 61, 5), valid, strict=True)),
        full_valid_reward_accuracy=dict.fromkeys(range(5, 61, 5), 0.75),
        train_chosen_reward=np.linspace(0.0, -2.0, 60),
        train_reward_margin=np.linspace(0.0, 2.0, 60),
        validation_examples=200,
    )
    report = analyze(run)
    assert report.diagnosis.name == headline
    told = [story.name for story in (report.diagnosis, *report.also)]
    assert told.count("likelihood_displacement") == 1
    for name in ("text", "brief", "markdown", "card"):
        shown = reporters()[name]([report], Style())
        assert "ikelihood displacement" in shown, name
