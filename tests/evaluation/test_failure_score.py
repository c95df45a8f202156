"""What a failed sample counts as: told to an evaluation, kept in its folder, followed by its readers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

import curvewise as cw
from curvewise.cli import main
from curvewise.cli._evaluation_progress import bars
from curvewise.errors import MalformedError, UsageError
from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.model.plan import Task
from curvewise.testing import make_run
from tests.evaluation.deciding import evaluation

BENCH = """
import json, sys
for number in range(40):
    answer = {"score": -1} if "bad" in sys.argv[1] else {"error": "silent"} if number < 20 else {"score": 1}
    print(json.dumps({"id": number} | answer))
"""
"""On a scale from -1 to 1 a bad model has -1 throughout, and a good one 1 where it does not fail."""


def evaluate(folder: Path, *options: str) -> None:
    """Evaluate a bad and a half failing model on a scale from -1 to 1 into `folder`."""
    bench = folder.parent / "bench.py"
    bench.write_text(BENCH)
    models = ["--model", "step 1=bad", "--model", "step 2=good"]
    command = ["--command", f"{sys.executable} {bench} {{model}}", "--scale", "-1:1", "-o", str(folder), "-y"]
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *models, *command, *options])
    assert ended.value.code == 0


def decided(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> cw.Decision:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["decide", str(folder), "--format", "json", *options])
    assert not ended.value.code
    return msgspec.json.decode(capsys.readouterr().out, type=cw.Decision)


@pytest.mark.parametrize(
    ("told", "accuracy"), [((), 0.5), (("--failure-score", "-1"), 0.5), (("--failure-score", "0"), 0.75)]
)
def test_a_folder_keeps_what_a_failure_counts_as(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: tuple[str, ...], accuracy: float
) -> None:
    evaluate(tmp_path / "out", *told)
    kept = decided(capsys, tmp_path / "out")
    assert kept.standing("step 2").accuracy == accuracy
    assert kept == decided(capsys, tmp_path / "out", *told)
    assert kept == cw.decide(cw.load_evaluation(str(tmp_path / "out")))
    notes = [note.text for note in kept.notes]
    assert notes == (
        ["A failure counts as 0.5, where scores lie between 0 and 1."] if accuracy == 0.75 else []
    )


def test_a_later_session_changes_it_and_one_that_says_nothing_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(tmp_path / "out", "--failure-score", "0")
    evaluate(tmp_path / "out")
    assert decided(capsys, tmp_path / "out").standing("step 2").accuracy == 0.75
    assert decided(capsys, tmp_path / "out", "--failure-score", "1").standing("step 2").accuracy == 1.0
    evaluate(tmp_path / "out", "--failure-score", "-1")
    assert decided(capsys, tmp_path / "out").standing("step 2").accuracy == 0.5


def test_reports_and_comparisons_follow_it(tmp_path: Path) -> None:
    evaluate(tmp_path / "out", "--failure-score", "0")
    found = cw.load_evaluation(str(tmp_path / "out"))
    run = cw.with_scores(make_run(full_valid_loss=[1.0, 0.9]), found)
    assert run["evaluation_score"].value.tolist() == [0.0, 0.75]
    assert "20 samples of step 2 failed, counted as 0.5." in [note.text for note in run.notes]
    assert [score.value for score in cw.read_scores(tmp_path / "out").values()] == [0.75]


def test_who_failed_throughout_has_no_score_whatever_a_failure_counts_as(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path)
    steps = tuple(cw.Contender(name=f"step {n}", model=None, step=n, role="other") for n in (1, 2))
    folder.write_header(
        cw.Evaluation(run="a", task="t", harness="own", metric="m", contenders=steps, failure_score=1.0)
    )
    for name, score in (("step 1", 0.5), ("step 2", None)):
        folder.append(name, [cw.Sample(id="1", score=score)])
    assert cw.read_scores(tmp_path)["a"].value == 0.5


def test_progress_counts_failures_as_told(capsys: pytest.CaptureFixture[str]) -> None:
    task = Task(name="t", harness="own", metric="m", samples={"1": ""})
    plan = cw.Plan(task=task, contenders=(), done={}, expected=1, budget=cw.Budget(), failure=0.5)
    with bars(lambda: plan) as told:
        told("a", cw.Sample(id="1", score=None))
    assert capsys.readouterr().err == "a: 1 of 1 samples, 0.50 right, 1 failed\n"


def test_scores_from_a_file_stand_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = {"base": {"scores": [-1.0] * 40}, "step 2": {"scores": [None] * 20 + [1.0] * 20}}
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    assert decided(capsys, tmp_path / "scores.json").standing("step 2").accuracy == 0.5
    found = decided(capsys, tmp_path / "scores.json", "--failure-score", "-1")
    assert found.standing("step 2").accuracy == 0.0
    assert "a failure counts as -1" in found.notes[-1].text


@pytest.mark.parametrize("score", ["nan", "inf", "-1e7", "2"])
def test_what_no_sample_can_have_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], score: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([
            *("evaluate", "--model", "a=b", "--command", "true", "-o", str(tmp_path / "out"), "-y"),
            *("--failure-score", score),
        ])  # fmt: skip
    assert ended.value.code == 2
    assert "expected a score from 0 to 1" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
    if score != "2":  # a file of scores says of no scale
        with pytest.raises(UsageError, match=r"expected a score within 1,000,000 of 0"):
            cw.decide(evaluation({"a": [1.0, None]}), failure_score=float(score))


@pytest.mark.parametrize(
    ("scale", "counts"), [((10.0, 1.0), 0.0), ((0.0, 10.0), 1.0), ((-1e9, 1e9), 0.50000000500)]
)
def test_scales_may_be_large_or_turned(scale: tuple[float, float], counts: float) -> None:
    made = msgspec.structs.replace(evaluation({"a": [1.0, None]}), scale=scale)
    assert made.failure(10.0) == pytest.approx(counts, abs=1e-12)


@pytest.mark.parametrize(
    ("damage", "said"),
    [({"scale": [1, 1]}, "both 1"), ({"failure_score": 5}, "expected a score from -1 to 1")],
)
def test_what_does_not_fit_in_a_folder_is_damage(
    tmp_path: Path, damage: dict[str, object], said: str
) -> None:
    evaluate(tmp_path / "out", "--failure-score", "0")
    header = tmp_path / "out" / "evaluation.json"
    header.write_text(json.dumps(json.loads(header.read_text()) | damage))
    with pytest.raises(MalformedError, match=said) as caught:
        cw.load_evaluation(str(tmp_path / "out"))
    assert caught.value.file == str(header)
