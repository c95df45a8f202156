from __future__ import annotations

from curvewise.derived.words import deploy, deploy_by_loss, epochs_done
from curvewise.numbers import change
from curvewise.testing import make_run


def test_a_checkpoint_that_does_not_exist_is_not_recommended() -> None:
    run = make_run(train_loss=[1.0], checkpoints=[300])
    assert deploy(run, 200) == (
        "No checkpoint of step 200 exists: choose among the kept ones, or train for 200 steps."
    )
    assert "if it was kept" in deploy(make_run(train_loss=[1.0]), 200)
    every = make_run(train_loss=[1.0] * 300, hyperparameters={"save_steps": 250})
    assert deploy(every, 200).startswith("No checkpoint of step 200 was saved: choose among the kept ones")
    assert deploy(every, 250).startswith("Deploy the checkpoint of step 250, which was probably saved, or")


def test_the_model_before_training_is_no_checkpoint() -> None:
    assert "Keep the model as it was" in deploy(make_run(train_loss={10: 1.0}, full_valid_loss=[1.0]), 0)
    by_epochs = make_run(train_loss={0: 1.0, 1: 0.9})  # as Keras counts them
    assert "Deploy the checkpoint of step 0" in deploy(by_epochs, 0)


def test_epochs_that_count_from_zero_take_one_more_to_train() -> None:
    by_epochs = make_run(train_loss={0: 1.0, 1: 0.9, 2: 0.8}, steps_per_epoch=1)
    assert deploy(by_epochs, 0).endswith("or train for 1 epoch.")
    assert deploy(by_epochs, 1).endswith("or train for 2 epochs.")


def test_epochs_are_whole_where_they_nearly_are() -> None:
    run = make_run(train_loss=[1.0], steps_per_epoch=100)
    assert [epochs_done(run, step) for step in (1, 99, 150, 200)] == ["0.01", "1", "1.5", "2"]
    assert epochs_done(make_run(train_loss=[1.0]), 5) is None
    assert "1 epoch." in deploy(run, 100)


def test_a_change_of_nothing_known() -> None:
    assert change(float("nan")) == "unknown"


def test_the_loss_is_named_where_a_metric_of_the_task_may_choose_another_step() -> None:
    run = make_run(train_loss=[1.0] * 3, metrics={"eval_f1": [0.7, 0.8, 0.9]}, checkpoints=[1, 2, 3])
    assert (
        deploy_by_loss(run, 2) == "By the loss alone: deploy the checkpoint of step 2, or train for 2 steps."
    )
    alone = make_run(train_loss=[1.0] * 3, checkpoints=[1, 2, 3])
    assert deploy_by_loss(alone, 2) == deploy(alone, 2)
