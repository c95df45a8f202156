from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import pytest

import curvewise as cw
from curvewise.derived.figures import figures_of
from curvewise.errors import UsageError
from curvewise.model.evaluation import Contender, Evaluation, Sample
from curvewise.testing import make_run

BASE = "base"


def measured(scores: Mapping[int | None, Sequence[float | None]], family: int = 1) -> Evaluation:
    """Make an evaluation of contenders by step; sample i has the id i, None is the base model."""
    named = {BASE if step is None else f"step {step}": (step, own) for step, own in scores.items()}
    return Evaluation(
        run="example",
        task="support",
        harness="own",
        metric="accuracy",
        contenders=tuple(
            Contender(name=name, model=None, step=step, role="base" if step is None else "other")
            for name, (step, _) in named.items()
        ),
        samples={
            name: tuple(
                Sample(id=str(i), score=score, cluster=str(i // family) if family > 1 else None)
                for i, score in enumerate(own)
            )
            for name, (_, own) in named.items()
        },
    )


def ones(count: int, of: int = 40) -> list[float]:
    return [*[1.0] * count, *[0.0] * (of - count)]


RUN = make_run(full_valid_mean_reward=[0.3, 0.6, 0.9], checkpoints=[3])


def test_means_stand_at_their_steps_and_the_base_becomes_a_note() -> None:
    run = cw.with_scores(RUN, measured({None: ones(10), 1: ones(20), 3: ones(30)}))
    assert run["evaluation_score"].step.tolist() == [1, 3]
    assert run["evaluation_score"].value.tolist() == [0.5, 0.75]
    assert run.checkpoints == RUN.checkpoints
    note = run.note("score_of_a_reference")
    assert note is not None
    assert "base scores 0.250" in note.text


def test_failures_count_as_zero_and_are_told() -> None:
    run = cw.with_scores(RUN, measured({1: [1.0] * 30 + [None] * 10, 3: ones(40)}))
    assert run["evaluation_score"].at(1) == 0.75
    assert "10 samples of step 1 failed" in " ".join(note.text for note in run.notes)


def test_differences_of_the_relative_score_have_the_paired_standard_error() -> None:
    one, other = ones(30), [0.0] * 5 + [1.0] * 20 + [0.0] * 15
    relative = cw.with_scores(RUN, measured({1: one, 3: other}))["evaluation_score_relative"]
    apart = np.subtract(np.array(one, float), np.array(other, float))
    assert relative.standard_error is not None
    assert relative.value[0] - relative.value[1] == pytest.approx(apart.mean())
    assert np.hypot(*relative.standard_error) == pytest.approx(apart.std(ddof=1) / 40**0.5)


def test_families_of_samples_widen_the_error() -> None:
    scores: dict[int | None, list[float]] = {1: ones(20), 3: ones(30)}
    alone = cw.with_scores(RUN, measured(scores))["evaluation_score"].standard_error
    families = cw.with_scores(RUN, measured(scores, family=4))["evaluation_score"].standard_error
    assert alone is not None
    assert families is not None
    assert (families > 1.5 * alone).all()


def test_few_samples_have_no_error_and_equal_results_are_no_proof() -> None:
    few = cw.with_scores(RUN, measured({1: ones(5, of=9)}))["evaluation_score"].standard_error
    same = cw.with_scores(RUN, measured({1: ones(40)}))["evaluation_score"].standard_error
    assert few is not None
    assert np.isnan(few).all()
    assert same is not None
    assert same[0] == pytest.approx(1 / 40)


def test_an_evaluation_without_checkpoints_is_refused() -> None:
    with pytest.raises(UsageError, match="both a step and a score"):
        cw.with_scores(RUN, measured({None: ones(10)}))


def test_a_hacked_run_is_named_and_both_curves_are_in_one_figure() -> None:
    report = cw.analyze(cw.with_scores(RUN, measured({1: ones(30), 2: ones(20), 3: ones(8)})))
    finding = report.finding("reward_hacking")
    assert finding.status == "problem"
    assert "paired by sample" in finding.evidence[0].label
    figure = next(figure for figure in report.figures if figure.name == "score")
    assert figure.title == "Proxy against truth"
    assert [line.curve for line in figure.lines] == ["full_valid_mean_reward", "evaluation_score"]
    assert len({line.split for line in figure.lines}) == 2
    assert {line.curve for line in figure.lines} <= set(report.curves)


def test_the_score_is_drawn_alone_where_the_units_differ() -> None:
    run = make_run(full_valid_mean_reward=[3.0, 6.0, 9.0])
    _, figures = figures_of(cw.with_scores(run, measured({1: ones(30), 3: ones(8)})))
    score = next(figure for figure in figures if figure.name == "score")
    assert [line.curve for line in score.lines] == ["evaluation_score"]
    assert score.title == "Score on the real task"


def test_a_checkpoint_that_does_not_beat_the_base_model_is_not_to_be_deployed() -> None:
    run = make_run(full_valid_mean_reward=[0.3, 0.6, 0.9], checkpoints=[1, 3])
    worse = cw.analyze(cw.with_scores(run, measured({None: ones(38), 1: ones(20), 3: ones(25)})))
    assert worse.headline.endswith("Keep base: no candidate is better on this task.")
    unclear = cw.analyze(cw.with_scores(run, measured({None: ones(26), 1: ones(10), 3: ones(28)})))
    assert unclear.diagnosis.use is None
    assert "Cannot tell step 3 from base" in unclear.headline
    better = cw.analyze(cw.with_scores(run, measured({None: ones(10), 1: ones(10), 3: ones(30)})))
    assert better.headline.endswith("Use step 3.")


def test_a_single_score_is_no_reason_to_deploy() -> None:
    report = cw.analyze(cw.with_scores(RUN, measured({3: ones(30)})))
    assert report.headline.endswith("there is nothing to compare it with.")
    assert "0.750 on the real task, and no other has a score" in report.selection.reason


def test_of_two_at_a_step_the_one_with_a_result_counts_and_the_other_is_told() -> None:
    contenders = tuple(
        Contender(name=name, model=None, step=3, role="other") for name in ("short", "long", "broken")
    )
    scores: dict[str, Sequence[float | None]] = {"short": ones(10), "long": ones(30), "broken": [None] * 40}
    samples = {
        name: tuple(Sample(id=str(i), score=score) for i, score in enumerate(own))
        for name, own in scores.items()
    }
    both = msgspec.structs.replace(measured({3: ones(1)}), contenders=contenders, samples=samples)
    run = cw.with_scores(RUN, both)
    assert run["evaluation_score"].value.tolist() == [0.75]
    assert {"another_score", "no_score"} <= {note.code for note in run.notes}


def test_an_evaluation_of_another_name_is_told() -> None:
    other = cw.with_scores(make_run(name="other", train_loss=[1.0]), measured({1: ones(20)}))
    assert other.note("scores_of_another_name") is not None
    assert cw.with_scores(RUN, measured({1: ones(20)})).note("scores_of_another_name") is None
