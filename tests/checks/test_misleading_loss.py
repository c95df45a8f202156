from __future__ import annotations

from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft, with_evaluation

from curvewise.checks.misleading_loss import misleading_loss
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.testing import make_run


def evaluated(loss: list[float], score: list[float], error: float = 0.03) -> Run:
    """Make a run with a validation loss and a score at the same checkpoints."""
    truth = Series.from_points(list(range(1, len(score) + 1)), score, [error] * len(score))
    return make_run(full_valid_loss=loss, evaluation_score=truth)


def test_a_loss_that_falls_with_the_score_is_a_poor_guide() -> None:
    finding = misleading_loss(evaluated([1.4, 1.2, 1.0], [0.6, 0.5, 0.3]))
    assert finding.status == "warning"
    assert "From step 1 to step 3 the validation loss goes from 1.400 to 1.000" in finding.summary
    assert "rank correlation -1.00" in finding.summary


def test_a_loss_that_falls_as_the_score_rises_is_fine() -> None:
    assert misleading_loss(evaluated([1.4, 1.2, 1.0], [0.3, 0.5, 0.6])).status == "ok"


def test_a_rising_loss_with_a_better_score_is_not_judged_against_the_run() -> None:
    assert misleading_loss(evaluated([1.0, 1.2, 1.4], [0.3, 0.5, 0.6])).status == "ok"


def test_a_fall_within_the_noise_is_unknown() -> None:
    assert misleading_loss(evaluated([1.4, 1.2], [0.5, 0.45], error=0.05)).status == "unknown"


@exhibit("warning", group="proxies")
def polite_support() -> Run:
    """The loss falls as the model learns the tone of the answers; the tickets that it closes become fewer."""
    run = trainer_sft(
        "polite-support", lambda t: fall(t, 1.9, 0.9, 0.8), lambda t: fall(t, 1.9, 1.05, 0.8), seed=95
    )
    return with_evaluation(run, {400: 0.68, 800: 0.57, 1200: 0.41}, seed=96)
