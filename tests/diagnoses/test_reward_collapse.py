from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, analyze
from curvewise.drawing.story import told_figures
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("reward_collapse")
    assert report.diagnosis.name == "reward_collapse"
    assert report.diagnosis.summary.startswith("Reward collapse: 0.775 around")
    assert "reward_collapse" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_the_chart_of_the_reward_comes_before_those_of_what_the_fall_explains() -> None:
    reward = [0.2 + 0.01 * step for step in range(50)] + [0.7] * 10 + [0.1] * 40
    clipped = [0.0] * 60 + [0.9] * 40
    report = analyze(make_run(train_mean_reward=reward, clipped_completion_share=clipped))
    assert report.diagnosis.name == "reward_collapse"
    assert report.diagnosis.findings[0] == "reward_collapse"
    assert "clipped_completions" in report.diagnosis.findings
    assert told_figures(report)[0].name == "reward"
