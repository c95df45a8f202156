from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.model.evaluation import Contender, Evaluation, Sample

from .conftest import Program

SAMPLES = 60


@pytest.fixture
def hacked(tmp_path: Path) -> tuple[Path, Path]:
    """Write a run whose validation reward rises, and an evaluation whose score falls from step 20 on."""
    log = tmp_path / "hacked.csv"
    with log.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["step", "train_mean_reward", "full_valid_mean_reward"])
        rows.writerows([step, step / 50, step / 50] for step in range(10, 41, 10))
    folder = EvaluationFolder(tmp_path / "scores")
    solved = {10: 40, 20: 45, 30: 30, 40: 12}
    folder.write_header(
        Evaluation(
            run="hacked",
            kind="rft",
            task="support",
            harness="own",
            metric="solved",
            contenders=tuple(
                Contender(name=f"step {step}", model=None, step=step, role="other") for step in solved
            ),
        )
    )
    for step, count in solved.items():
        folder.append(f"step {step}", [Sample(id=str(n), score=float(n < count)) for n in range(SAMPLES)])
    return log, folder.path


def test_reward_hacking_is_named_with_the_scores_and_not_without(
    curvewise: Program, hacked: tuple[Path, Path]
) -> None:
    log, scores = hacked
    done = curvewise("check", log, "--scores", scores, "--select", "reward_hacking")
    assert done.returncode == 1
    assert "Reward hacking: from step 20 to step 40" in " ".join(done.stdout.split())
    alone = json.loads(curvewise("check", log, "--format", "json", "--fail-on", "never").stdout)
    (finding,) = (found for found in alone["findings"] if found["check"] == "reward_hacking")
    assert finding["status"] == "not_applicable"


def test_the_report_carries_the_scores(curvewise: Program, hacked: tuple[Path, Path]) -> None:
    log, scores = hacked
    report = json.loads(
        curvewise("check", log, "--scores", scores, "--format", "json", "--fail-on", "never").stdout
    )
    assert report["curves"]["evaluation_score"]["value"] == pytest.approx([40 / 60, 45 / 60, 0.5, 0.2])
    assert len(report["curves"]["evaluation_score"]["standard_error"]) == 4
    assert "Proxy against truth" in [figure["title"] for figure in report["figures"]]


def test_scores_of_several_runs_are_refused(curvewise: Program, hacked: tuple[Path, Path]) -> None:
    log, scores = hacked
    done = curvewise("check", log, log, "--scores", scores)
    assert done.returncode == 2
    assert "--scores is of one run" in done.stderr


def test_a_folder_without_an_evaluation_is_refused(
    curvewise: Program, hacked: tuple[Path, Path], tmp_path: Path
) -> None:
    done = curvewise("check", hacked[0], "--scores", tmp_path)
    assert done.returncode == 2
    assert "this is no evaluation" in done.stderr
    assert "Traceback" not in done.stderr
