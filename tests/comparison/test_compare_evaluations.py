"""Scores for a comparison, from the folders that evaluations leave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

import curvewise as cw
from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.testing import make_run


def evaluated(folder: Path, run: str, right: Mapping[int, int]) -> None:
    """Write an evaluation of ten samples a checkpoint, so many of them right."""
    contenders = tuple(
        cw.Contender(name=f"step {step}", model=f"m:{step}", step=step, role="other") for step in right
    )
    writer = EvaluationFolder(str(folder))
    writer.write_header(
        cw.Evaluation(
            run=run, task="task", harness="own", metric="accuracy", contenders=contenders, samples={}
        )
    )
    for step, count in right.items():
        writer.append(f"step {step}", [cw.Sample(id=str(i), score=float(i < count)) for i in range(10)])


def reports() -> list[cw.Report]:
    runs = [make_run(full_valid_loss={10: 1.0, 20: low}) for low in (0.8, 0.5)]
    return [
        cw.analyze(msgspec.structs.replace(run, name=name))
        for run, name in zip(runs, ("a", "b"), strict=True)
    ]


def test_the_best_checkpoint_of_each_run_counts(tmp_path: Path) -> None:
    evaluated(tmp_path / "one", "a", {10: 4, 20: 9})
    evaluated(tmp_path / "two", "b", {10: 2, 20: 1})
    scores = cw.read_scores(tmp_path)
    assert {run: (score.value, score.n) for run, score in scores.items()} == {"a": (0.9, 10), "b": (0.2, 10)}
    comparison = cw.compare(reports(), scores=scores)
    assert comparison.winner is not None
    assert comparison.runs[comparison.winner].name == "a"  # though b has the lower loss


def test_attempts_at_one_sample_are_one_example(tmp_path: Path) -> None:
    evaluated(tmp_path, "a", {20: 9})
    EvaluationFolder(tmp_path).append(
        "step 20", [cw.Sample(id=str(i), score=1.0, epoch=2) for i in range(10)]
    )
    score = cw.read_scores(tmp_path)["a"]
    assert (score.value, score.n) == (0.95, 10)


def test_one_evaluation_is_of_one_run(tmp_path: Path) -> None:
    evaluated(tmp_path, "a", {20: 9})
    assert list(cw.read_scores(tmp_path)) == ["a"]
    with pytest.raises(cw.UsageError, match="no score for 'b'"):
        cw.compare(reports(), scores=cw.read_scores(tmp_path))


def test_a_folder_without_any_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(cw.InputError, match="no evaluation in this folder"):
        cw.read_scores(tmp_path)
