from __future__ import annotations

from curvewise.model.series import Series
from curvewise.testing import make_run


def test_a_list_begins_at_the_first_interval() -> None:
    assert make_run(every=10, train_loss=[2.0, 1.0])["train_loss"].step.tolist() == [10, 20]


def test_a_dict_names_its_steps_and_a_series_is_taken_as_it_is() -> None:
    series = Series.from_points([3], [1.0])
    run = make_run(full_valid_loss={7: 1.5}, train_loss=series)
    assert run["full_valid_loss"].step.tolist() == [7]
    assert run["train_loss"] is series


def test_fields_of_a_run_are_told_from_metrics() -> None:
    run = make_run(train_loss=[1.0], status="failed", kind="dpo", metrics={"full_valid_loss/a": [1.0]})
    assert (run.status, run.kind) == ("failed", "dpo")
    assert list(run.metrics) == ["train_loss", "full_valid_loss/a"]


def test_checkpoints_are_unknown_unless_given() -> None:
    assert make_run().checkpoints is None
    assert [saved.step for saved in make_run(checkpoints=[20, 10]).checkpoints or ()] == [10, 20]
