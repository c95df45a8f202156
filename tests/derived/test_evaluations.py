from __future__ import annotations

import math

from curvewise.derived.evaluations import EVALUATIONS, evaluations
from curvewise.model.metrics import lookup
from curvewise.testing import make_run


def test_every_name_stands_in_the_catalogue_as_measured_on_validation_data() -> None:
    assert {lookup(name).split for name in EVALUATIONS} == {"valid"}


def test_the_metric_with_most_finite_values_counts() -> None:
    run = make_run(full_valid_loss=[1.0, math.nan, math.nan], full_valid_accuracy=[0.5, 0.6])
    assert evaluations(run)[0] == "full_valid_accuracy"


def test_a_full_pass_goes_before_more_minibatches() -> None:
    assert evaluations(make_run(full_valid_loss={10: 1.0}, valid_loss=[1.0] * 10))[0] == "full_valid_loss"
    nothing = make_run(full_valid_loss=[math.nan], valid_loss=[1.0])
    assert evaluations(nothing)[0] == "valid_loss"


def test_of_equally_many_a_full_pass_counts() -> None:
    assert evaluations(make_run(valid_loss=[1.0], full_valid_loss=[1.0]))[0] == "full_valid_loss"


def test_members_of_a_family_are_found_under_their_own_names() -> None:
    name, series = evaluations(make_run(metrics={"valid_grader_reward/style": [0.1, 0.2]}))
    assert name == "valid_grader_reward/style"
    assert len(series) == 2


def test_without_validation_there_is_an_empty_series() -> None:
    assert len(evaluations(make_run(train_loss=[1.0]))[1]) == 0
