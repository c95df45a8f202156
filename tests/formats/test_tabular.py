"""Tables of any origin."""

from __future__ import annotations

import pytest

from curvewise.errors import CurvewiseError, MalformedError, MixedRunsError, UsageError
from curvewise.formats.tabular import tabular
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = b"epoch,loss,val_loss\n0,2.0,2.1\n1,1.5,1.8\n"
"""A file of this format; the contract of formats holds of it."""


def read(text: str, **mapping: str) -> Run:
    document = Document(
        "metrics.csv", text.encode(), {name.replace("__", "/"): at for name, at in mapping.items()}
    )
    assert tabular.recognise(document)
    return tabular(document)


KERAS = "epoch,train_loss,train_acc,val_loss,val_acc\n1,4.1,0.1,2.7,0.3\n2,2.1,0.5,1.8,0.5\n"
KERAS_WITHOUT_EPOCH = "val_loss,val_accuracy,loss,accuracy\n2.5,0.1,2.4,0.1\n2.2,0.2,2.0,0.2\n"
LIGHTNING = "train_loss,epoch,step,val_loss\n1.5,0,49,\n,0,49,1.4\n1.0,1,99,\n,1,99,1.2\n"
BEDROCK = "step_number,epoch_number,training_loss\r\n1,0,0.5\r\n2,0,0.4\r\n3,1,0.3\r\n4,1,0.2\r\n"
NOTEBOOK = "Step,Training Loss,Validation Loss\n100,1.5,1.4\n200,1.2,1.3\n"
NO_LOG = "Epoch\tTraining Loss\tValidation Loss\n1\tNo log\t1.4\n2\t1.2\t1.3\n"
TAB = "global_step\ttrain/loss\teval/loss\n10\t1.5\t\n20\t1.2\t1.3\n"


@pytest.mark.parametrize(
    ("text", "train", "valid", "steps_per_epoch"),
    [
        (KERAS, {1: 4.1, 2: 2.1}, {1: 2.7, 2: 1.8}, 1),
        (KERAS_WITHOUT_EPOCH, {1: 2.4, 2: 2.0}, {1: 2.5, 2: 2.2}, 1),
        (LIGHTNING, {49: 1.5, 99: 1.0}, {49: 1.4, 99: 1.2}, 50),
        (BEDROCK, {1: 0.5, 2: 0.4, 3: 0.3, 4: 0.2}, {}, 2),
        (NOTEBOOK, {100: 1.5, 200: 1.2}, {100: 1.4, 200: 1.3}, None),
        (NO_LOG, {2: 1.2}, {1: 1.4, 2: 1.3}, 1),
        (TAB, {10: 1.5, 20: 1.2}, {20: 1.3}, None),
        ("step,loss\n7,0.5\n", {7: 0.5}, {}, None),
    ],
)
def test_tables_of_the_tools_are_read(
    text: str, train: dict[int, float], valid: dict[int, float], steps_per_epoch: float | None
) -> None:
    run = read(text)
    for metric, points in (("train_loss", train), ("full_valid_loss", valid)):
        series = run.get(metric)
        found = {} if series is None else dict(zip(series.step.tolist(), series.value.tolist(), strict=True))
        assert found == points
    assert run.steps_per_epoch == steps_per_epoch


def test_rows_without_step_are_numbered_and_noted() -> None:
    assert [note.code for note in read(KERAS_WITHOUT_EPOCH).notes] == ["row_number_as_step"]
    assert read(LIGHTNING).notes == ()


def test_fractions_of_epochs_number_the_rows() -> None:
    run = read("epoch,loss\n0.5,2.0\n1.0,1.0\n")
    assert run["train_loss"].step.tolist() == [1, 2]
    assert run["epoch"].value.tolist() == [0.5, 1.0]
    assert run.steps_per_epoch == 2


def test_unknown_numbers_keep_their_names_and_text_is_left_out() -> None:
    run = read("step,loss,<b>my\tscore</b>,phase,time\n1,2.0,7,warm,12:00\n2,1.0,8,main,12:01\n")
    assert run["<b>my\tscore</b>"].value.tolist() == [7.0, 8.0]
    assert [(note.code, "phase" in note.text, "time" in note.text) for note in run.notes] == [
        ("text_columns", True, False)
    ]


def test_zero_nan_and_blank_stay_apart() -> None:
    run = read("step,loss\n1,0.0\n2,NaN\n3,\n4,-1\n")
    assert run["train_loss"].step.tolist() == [1, 2, 4]
    assert run["train_loss"].value[0] == 0.0


def test_a_mapping_names_the_columns() -> None:
    run = read("when,a,b\n1,2.0,3.0\n2,1.0,2.5\n", step="when", train_loss="a", full_valid_loss__code="b")
    assert run["train_loss"].value.tolist() == [2.0, 1.0]
    assert run["full_valid_loss/code"].step.tolist() == [1, 2]


def test_the_mapping_wins_over_the_catalogue() -> None:
    run = read("step,loss,nll\n1,9.0,2.0\n", train_loss="nll")
    assert run["train_loss"].value.tolist() == [2.0]
    assert run["loss"].value.tolist() == [9.0]


@pytest.mark.parametrize(
    ("text", "mapping", "error", "said"),
    [
        ("step,loss\n1,2\n", {"train_loss": "nll"}, UsageError, "no column 'nll'"),
        ("step,loss\n1,2\n", {"train_los": "loss"}, UsageError, "no metric 'train_los'"),
        ("step,loss\n1,2\n", {"train_loss": "loss", "full_valid_loss": "loss"}, UsageError, "mapped to both"),
        ("step,loss\n1,2\n", {"train_loss": "step"}, UsageError, "holds the steps"),
        ("a,b\n1,2\n", {"train_loss": "b"}, MalformedError, "no step column"),
        ("step,loss,tag\n1,2,x\n2,2,y\n", {"full_valid_loss": "tag"}, MalformedError, "holds text"),
        ("loss,price\n1,2\n", {}, MalformedError, "no step column"),
        ("accuracy,val_accuracy\n1,2\n", {}, MalformedError, "no step column"),
        ("step,loss\n1.5,2\n", {}, MalformedError, "the step is 1.5"),
        ("step,loss\n", {}, MalformedError, "no rows"),
        ("run,step,loss\na,1,2\nb,1,2\n", {}, MixedRunsError, "2 runs: a, b"),
        ("run_id,step,loss\n7,1,2\n8,1,2\n", {}, MixedRunsError, "2 runs: 7.0, 8.0"),
    ],
)
def test_what_cannot_be_read_says_why(
    text: str, mapping: dict[str, str], error: type[CurvewiseError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        read(text, **mapping)
    assert caught.value.file == "metrics.csv"
    assert caught.value.hint


@pytest.mark.parametrize("text", ["step,price\n1,2\n", "name,age\nAnn,7\n", '{"step": 1}', "Dear all.\n"])
def test_other_tables_are_not_recognised(text: str) -> None:
    assert not tabular.recognise(Document("file", text.encode()))


def test_a_restart_is_merged_with_its_validation_rows() -> None:
    rows = [(10, "2", ""), (20, "2", ""), (20, "", "3"), (30, "2", ""), (40, "2", ""), (40, "", "9")]
    again = [(20, "1", ""), (20, "", "4"), (30, "1", ""), (40, "1", "")]
    run = read("step,loss,val_loss\n" + "".join(f"{step},{a},{b}\n" for step, a, b in [*rows, *again]))
    assert run["train_loss"].value.tolist() == [2, 1, 1, 1]
    assert run["full_valid_loss"].step.tolist() == [20]
    assert run["full_valid_loss"].value.tolist() == [4]
    assert [note.code for note in run.notes] == ["restarted_steps"]


def test_batches_that_are_counted_in_each_epoch_are_numbered_through() -> None:
    rows = "".join(f"{epoch},{batch},{3 - epoch}\n" for epoch in (1, 2) for batch in range(4))
    run = read("epoch,batch,loss\n" + rows)
    assert run["train_loss"].step.tolist() == list(range(8))
    assert run.steps_per_epoch == 4
    assert [note.code for note in run.notes] == ["steps_within_epochs"]


def test_rewards_make_it_reinforcement_learning() -> None:
    run = read("misc/total_timesteps,eprewmean,loss/policy_loss\n16384,0.7,0.1\n32768,1.1,0.2\n")
    assert run.kind == "rft"
    assert run["train_mean_reward"].step.tolist() == [16384, 32768]
