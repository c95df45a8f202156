from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from gallery import exhibits
from hypothesis import given
from msgspec.structs import replace

import curvewise
from curvewise import Evidence, Finding, Kind, Report, UsageError, analyze
from curvewise.deployment import deployable
from curvewise.diagnose import LONGEST_HEADLINE, WAIT, diagnose
from curvewise.drawing.markdown import MOST_BYTES
from curvewise.engine import as_logged
from curvewise.model.diagnosis import LONGEST_SUMMARY, MOST_STEPS, Diagnosis
from curvewise.plugin import Check, DiagnosisRule, checks, diagnoses
from curvewise.plugin.levers import Lever, Turn, contradict
from curvewise.plugin.reporter import reporters
from curvewise.testing import make_run
from curvewise.testing.strategies import runs

FALLING = [2.0, 1.5, 1.2, 1.0, 0.8, 0.6, 0.5, 0.4]
OVERFIT = [1.0, 0.8, 0.7, 0.72, 0.8, 0.9, 1.0, 1.2]
DRAWN = (
    "train_loss",
    "full_valid_loss",
    "valid_loss",
    "grad_norm",
    "train_mean_reward",
    "full_valid_mean_reward",
    "completion_tokens_mean",
    "entropy",
    "train_chosen_reward",
    "train_rejected_reward",
    "train_reward_margin",
    "full_valid_reward_accuracy",
)


SAID: tuple[tuple[Lever, Turn, str], ...] = (
    ("learning_rate", "down", r"lower (the )?learning rate|(third|tenth) of the learning rate"),
    (
        "learning_rate",
        "up",
        r"raise the learning rate|higher learning rate|try three times the learning rate",
    ),
    (
        "training_length",
        "down",
        "fewer epochs|shorter time|single epoch|train (again )?(for (?!more)|up to|that)",
    ),
    ("training_length", "up", "train longer|for more epochs"),
    ("data", "up", "add (data|training examples|varied)|more varied"),
    ("batch_size", "up", "raise the batch|larger batch(es)?"),
    ("beta", "up", "raise beta|raise the KL|closer to the reference"),
    ("beta", "down", "lower beta"),
    ("difficulty", "down", "easier prompts"),
    ("difficulty", "up", "harder (ones|prompts)|harder and more"),
    ("grader_strictness", "down", "pass threshold|partial credit"),
    ("grader_strictness", "up", "grader stricter"),
    ("completion_limit", "up", "raise the limit"),
)
"""How an advice says which lever to turn: a plug-in that says so has to declare it."""


def overfit_report() -> Report:
    return analyze(make_run(train_loss=FALLING, full_valid_loss=OVERFIT, checkpoints=[3, 8]))


def alarm(check: str, status: str = "problem") -> Finding:
    make = Finding.problem if status == "problem" else Finding.warning
    return make("It is wrong.", Evidence(label="share", value=1.0, metric="x"), advice="Mend it.").of(check)


def test_one_story_takes_the_findings_along_that_it_explains() -> None:
    report = overfit_report()
    assert report.diagnosis.name == "overfit"
    assert {"overfitting", "rising_validation_loss"} <= set(report.diagnosis.findings)
    assert report.diagnosis.use is not None
    assert report.diagnosis.use.step == 3
    assert report.diagnosis.since is not None
    assert report.diagnosis.since.step == 3
    assert report.headline.startswith("Overfit after step 3: validation loss rose from 0.7 to 1.2")
    assert report.headline.endswith("Use step 3.")


@pytest.mark.parametrize(
    ("alarms", "main", "also"),
    [
        (["broken_run", "overfitting", "loss_spikes"], "broken", []),
        (["reward_gap", "reward_collapse", "token_growth"], "reward_hacking", []),
        (["reward_collapse", "token_growth"], "reward_collapse", []),
        (["divergence", "overfitting", "high_losses"], "diverged", []),
        (["validation_leakage", "overfitting"], "leaked_validation", []),
        (["overfitting", "tool_errors"], "overfit", ["tool_errors"]),
        (["a_check_of_somebody_else"], "a_check_of_somebody_else", []),
    ],
)
def test_what_explains_the_others_tells_the_story(alarms: list[str], main: str, also: list[str]) -> None:
    kind: Kind = "rft" if "reward" in main else "sft"
    report = analyze(make_run(kind=kind, train_loss=FALLING))
    sound = [finding for finding in report.findings if finding.status not in ("warning", "problem")]
    diagnosed = diagnose(replace(report, findings=(*map(alarm, alarms), *sound)))
    assert diagnosed.diagnosis.name == main
    assert [story.name for story in diagnosed.also] == also


def test_where_the_diagnosis_forbids_it_no_checkpoint_is_chosen() -> None:
    rewards = [-1.0, -0.9, -0.8, -0.9] * 10
    run = make_run(kind="rft", train_mean_reward=rewards, full_valid_mean_reward=rewards)
    report = analyze(run)
    assert report.diagnosis.use is None
    assert report.selection.best is None
    assert "so deploy nothing" in report.selection.reason
    assert report.diagnosis.summary in report.selection.reason
    with pytest.raises(UsageError, match=r"no checkpoint to deploy.*so deploy nothing"):
        deployable(run, "best")
    assert not curvewise.candidates(run).contenders


def test_a_sound_run_is_healthy_and_says_how_much_it_rests_on() -> None:
    report = analyze(
        make_run(
            train_loss=[2.0, 1.6, 1.4, 1.3, 1.25, 1.22], full_valid_loss=[2.1, 1.7, 1.5, 1.4, 1.36, 1.35]
        )
    )
    assert report.diagnosis.name in ("healthy", "unfinished")
    assert "could not judge" in report.diagnosis.unknown or not report.with_status("unknown")


def test_every_check_that_a_diagnosis_names_exists() -> None:
    known = set(checks())
    for rule in diagnoses().values():
        named = {*rule.rests_on, *rule.explains} - {"*"}
        assert named <= known, f"{rule.name} names {sorted(named - known)}"


def test_a_report_of_an_earlier_version_is_read_and_says_that_it_has_no_diagnosis() -> None:
    content = curvewise.encode_reports([overfit_report()])
    old = content.replace('"schema_version": 2', '"schema_version": 1')
    start, end = old.index('  "diagnosis": {'), old.rindex('  "also": []')
    report = curvewise.decode_report(
        old[:start].rstrip().rstrip(",") + "\n}\n" + old[end:][len('  "also": []\n}\n') :]
    )
    assert report.diagnosis.severity == "unknown"
    for render in reporters().values():
        assert render([report])


def stories(report: Report) -> list[Diagnosis]:
    return [report.diagnosis, *report.also]


def advised(report: Report) -> Iterator[tuple[DiagnosisRule | Check, str]]:
    """Yield each advice that is to be followed, with the plug-in that gives it."""
    for story in stories(report):
        if story.next != (WAIT,):
            yield diagnoses().get(story.name) or checks()[story.name], " ".join(story.next)
    for finding in report.with_status("problem", "warning"):
        if finding.advice != WAIT:
            yield checks()[finding.check], finding.advice


@pytest.mark.parametrize("name", exhibits())
def test_the_laws_hold_in_the_gallery(name: str) -> None:
    assert_laws(exhibits()[name].make())


@given(run=runs(DRAWN))
def test_the_laws_of_a_diagnosis(run: curvewise.Run) -> None:
    assert_laws(run)


def assert_laws(run: curvewise.Run) -> None:
    report = analyze(run)
    told = stories(report)
    alarms = [f.check for f in report.with_status("problem", "warning", "crashed")]
    assert sorted(check for story in told for check in story.findings) == sorted(alarms)
    assert len({story.name for story in told}) == len(told)
    assert all(own.name == rule.name for rule in diagnoses().values() if (own := rule(report)))
    worst = {"problem": 0, "warning": 1, "unknown": 2, "ok": 3}
    assert worst[report.diagnosis.severity] == min(worst[story.severity] for story in told)
    if report.with_status("problem"):
        assert report.diagnosis.severity == "problem"
    if report.diagnosis.name == "healthy":
        assert not alarms
    use, best = report.diagnosis.use, report.selection.best
    assert (use is None) == (best is None)
    assert use is None or (best is not None and (use.step, use.model) == (best.step, best.model))
    assert repr(curvewise.choose(run)) == repr(report.selection)  # NaN equals no NaN
    named = [each.step for each in curvewise.candidates(run).contenders]
    assert named[:1] == ([] if use is None else [use.step])
    picks = [pick.step for pick in report.selection.candidates]
    assert not picks or named == picks
    assert len(report.headline) <= LONGEST_HEADLINE
    for story in told:
        assert 0 < len(story.summary) <= LONGEST_SUMMARY
        assert 0 < len(story.next) <= MOST_STEPS
        assert (story.severity, story.certainty) != ("problem", "low")  # one would deny the other
    turns = [rule.turns for rule, _ in advised(report)]
    assert not any(contradict(these, those) for these, those in combinations(turns, 2))
    for rule, advice in advised(report):
        for lever, turn, words in SAID:
            if re.search(words, advice, re.IGNORECASE):
                assert rule.turns.get(lever) in (turn, "either"), f"{rule.name} does not declare: {advice}"
    assert len(reporters()["brief"]([report]).encode()) <= MOST_BYTES
    assert reporters()["text"]([report]).count("\n") <= 24


OPPOSED = (
    ({"high_learning_rate"}, {"low_learning_rate"}),
    ({"divergence"}, {"low_learning_rate", "unfinished_learning"}),
    ({"overfitting", "rising_validation_loss"}, {"low_learning_rate", "unfinished_learning"}),
    ({"overfitting", "rising_validation_loss", "unfinished_learning"}, {"flat_validation_loss"}),
    ({"initial_gap"}, {"validation_leakage"}),
    ({"flat_reward", "saturated_reward"}, {"reward_collapse", "stalled_reward"}),
)
"""Checks that say the opposite of each other: what diverged does not still fall, and so on."""


def any_course(seed: int) -> curvewise.Run:
    """Draw losses that fall, stop, rise, blow up or swing, over few or many values and on any scale."""
    random = np.random.default_rng(seed)
    n, evaluations = random.choice([12, 20, 40, 100, 300]), random.choice([2, 3, 5, 8, 16])
    time, at = np.linspace(0, 1, n), np.linspace(1 / evaluations, 1, evaluations)
    start, speed = random.choice([0.01, 0.7, 2.5, 60.0]), random.choice([0.0, 0.5, 2.0, 10.0, 60.0])
    floor, bend, blow = start * random.uniform(0, 1), random.uniform(0.1, 0.9), random.choice([0, 0, 4.0])

    def loss(where: np.ndarray, late: float, noise: float) -> np.ndarray:
        rise = late * start * np.maximum(0, where - bend)
        falls = floor + (start - floor) * np.exp(-speed * where)
        return np.asarray(np.abs((falls + rise) * (1 + noise * random.standard_normal(len(where)))))

    rises = blow + random.choice([0.0, 0.0, 1.5])
    valid = random.choice([0.3, 0.9, 1.05, 2.5]) * loss(at, rises, random.choice([0.0, 0.005, 0.04, 0.1]))
    return make_run(
        train_loss=loss(time, blow, random.choice([0.0, 0.02, 0.1, 0.3])),
        full_valid_loss=dict(zip(np.round(at * n).astype(int).tolist(), valid.tolist(), strict=True)),
        learning_rate=1e-4 * (1 - random.choice([0.0, 1.0]) * time),
    )


@pytest.mark.parametrize("seed", range(150))
def test_findings_that_contradict_each_other_never_stand_together(seed: int) -> None:
    report = analyze(any_course(seed))
    said = {finding.check for finding in report.with_status("warning", "problem")}
    assert not [(one & said, other & said) for one, other in OPPOSED if one & said and other & said]


def test_every_diagnosis_has_a_test_of_its_own() -> None:
    own = {
        file.stem.removeprefix("test_") for file in (Path(__file__).parent / "diagnoses").glob("test_*.py")
    }
    assert own == set(diagnoses())


def test_findings_call_metrics_as_the_log_does() -> None:
    columns = {"train_loss": "loss", "full_valid_loss": "eval_loss", "entropy": "policy/entropy"}
    run = replace(make_run(train_loss=FALLING, full_valid_loss={2: 1.0}), logged_as=columns)
    few = analyze(run).finding("few_evaluations")
    assert few.summary.startswith("eval_loss was measured once")
    assert few.evidence[0].metric == "full_valid_loss"
    finding = Finding.unknown("full_valid_loss, full_valid_loss/a and entropy are no train_loss_2.")
    assert as_logged(finding, run).reason == "eval_loss, full_valid_loss/a and entropy are no train_loss_2."


def test_what_most_checks_lack_is_said_in_words() -> None:
    report = analyze(make_run(train_loss=[2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3]))
    judged = len(report.with_status("unknown"))
    assert f"{judged} of " in report.diagnosis.unknown
    reason = "the log has no validation loss, which would tell."
    lacking = sum(finding.reason.lower() == reason for finding in report.with_status("unknown"))
    assert 1 < lacking < judged
    assert report.diagnosis.unknown.endswith(f"could not judge, {lacking} of them: {reason}")
