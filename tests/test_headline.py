from __future__ import annotations

from curvewise import analyze
from curvewise.testing import make_run

REWARDS = {"train_mean_reward": [0.1, 0.3, 0.5, 0.6], "full_valid_mean_reward": [0.1, 0.3, 0.5, 0.6]}


def test_a_reinforcement_run_has_a_checkpoint_to_evaluate_first() -> None:
    """A validation reward can be hacked, whether or not it is known which checkpoints exist."""
    for checkpoints in (None, [1, 2, 3, 4]):
        headline = analyze(make_run(kind="rft", metrics=REWARDS, checkpoints=checkpoints)).headline
        assert "to evaluate first is step 4;" in headline or headline.endswith(" Evaluate step 4 first.")
        assert "Deploy" not in headline


def test_no_problem_is_said_of_the_checks_that_judged_and_the_others_are_counted() -> None:
    report = analyze(make_run(train_loss=[2.0, 1.5, 1.2, 1.0], full_valid_loss=[2.0, 1.6, 1.4, 1.3]))
    statuses = [finding.status for finding in report.findings]
    assert report.headline.startswith(
        f"No problem in {statuses.count('ok')} checks; {statuses.count('unknown')} could not judge."
    )


def test_what_could_not_judge_is_counted_beside_a_warning_too() -> None:
    headline = analyze(make_run(train_loss=[2.0, 1.5, 1.2, 1.0])).headline
    assert headline.startswith("No problem in ")
    assert " checks, but watch missing validation; " in headline
    assert " could not judge." in headline


def test_a_supervised_run_has_a_checkpoint_to_deploy_or_to_want() -> None:
    losses = {"train_loss": [2.0, 1.5, 1.2, 1.0], "full_valid_loss": [2.0, 1.6, 1.4, 1.3]}
    assert "Deploy step 4" in analyze(make_run(metrics=losses, checkpoints=[3, 4])).headline
    assert "The checkpoint to want is step 4" in analyze(make_run(metrics=losses)).headline
