from __future__ import annotations

from gallery import exhibit
from gallery.jobs import rate, rollout_job

from curvewise.checks.sample_parse_errors import sample_parse_errors
from curvewise.model.run import Run
from curvewise.testing import make_run

CLIMB = [0.05 * i for i in range(20)]


def parse(rate: float, reward: list[float]) -> Run:
    return make_run(train_mean_reward=reward, metrics={"train_sample_parse_error_rate/judge": [rate] * 20})


def test_no_alarm_while_the_reward_climbs() -> None:
    finding = sample_parse_errors(parse(0.6, CLIMB))
    assert finding.status == "ok"
    assert "no alarm" in finding.summary


def test_without_a_climb_it_is_watched_and_from_a_half_on_a_problem() -> None:
    assert sample_parse_errors(parse(0.05, [0.3] * 20)).status == "ok"
    assert sample_parse_errors(parse(0.2, [0.3] * 20)).status == "warning"
    assert sample_parse_errors(parse(0.6, [0.3] * 20)).status == "problem"


def test_without_a_reward_it_is_watched() -> None:
    run = make_run(kind="rft", full_valid_mean_parse_error=[0.6] * 20)
    assert sample_parse_errors(run).status == "warning"


def test_without_a_rate_the_question_does_not_arise() -> None:
    assert sample_parse_errors(make_run(train_mean_reward=CLIMB)).status == "not_applicable"


@exhibit("problem", group="rollouts")
def json_or_prose() -> Run:
    """The prompt asks for JSON, its examples show prose: most answers cannot be parsed."""
    return rollout_job(
        "json-or-prose",
        seed=101,
        learns=False,
        metrics={"train_sample_parse_error_rate/answer": rate(lambda t: 0.62 + 0 * t, 102)},
    )


@exhibit("warning", group="rollouts")
def closing_tag() -> Run:
    """A quarter of the answers miss the closing tag that the grader looks for; the reward does not climb."""
    return rollout_job(
        "closing-tag",
        seed=103,
        learns=False,
        metrics={"train_sample_parse_error_rate/answer": rate(lambda t: 0.24 + 0 * t, 104)},
    )
