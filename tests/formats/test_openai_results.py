from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import numpy as np
import pytest

from curvewise.errors import MalformedError
from curvewise.formats.openai_results import openai_results, steps_per_epoch
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.testing import assert_format_contract

OPENAI = b"""\
step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy
1,1.42133,0.69913,1.47897,0.67694
2,6e-05,1.0,,
3,0.0,1.0,0.0,1.0
"""
AZURE_2024 = b"""\
step,train_loss,train_mean_token_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,full_valid_mean_token_accuracy
1,1.170532584,0.808510661,1.590323925,0.645833333,,
2,1.466442108,0.666666687,1.857563532,0.717948718,0.9,0.8
3,0.829460144,0.807692289,1.938989884,0.692307692,,
4,1.502335668,0.714285731,0.860180325,0.814814815,0.8,0.82
"""
AZURE_2025 = b"""\
step,train_loss,train_mean_token_accuracy,train_error_rate,valid_loss,full_valid_loss,full_valid_error_rate,timestamp
1,10.16711711883545,0.4000000059604645,,8.555203056335449,,,2025-10-25T16:55:36.9120000Z
2,8.960275650024414,0.6000000238418579,,10.401637268066406,0.993,,2025-10-25T16:55:38.2490000Z
"""
LEGACY = b"""\
step,elapsed_tokens,elapsed_examples,training_loss,training_sequence_accuracy,training_token_accuracy,validation_loss,classification/accuracy
1,8448,256,0.5257039086726851,0.0,0.0,0.3934686892254732,
2,16896,512,0.4955431980504033,0.0,0.1,,0.637

"""
PREFERENCES = b"""\
step,train_loss,train_mean_token_accuracy,train_reward_margin,valid_loss,some_new_metric,phase
1,0.693,0.5,0.0,0.693,7,warm up
2,0.612,0.5,0.4,,8,train
"""
SAMPLES = (OPENAI, AZURE_2024, AZURE_2025, LEGACY, PREFERENCES, base64.b64encode(OPENAI))
OTHERS = (
    b"epoch,train_loss,train_acc,val_loss,val_acc\n1,2,0.5,2,0.5\n",
    b"step_number,epoch_number,training_loss\n1,0,2\n",
    b"train_loss,train_acc,epoch,step\n1.5,0.5,0,49\n",
    b"step,train_mean_reward,full_valid_mean_reward\n1,0.1,0.2\n",
    b'{"object": "list", "data": []}',
)


def read(data: bytes) -> Run:
    document = Document("results.csv", data)
    assert openai_results.recognise(document)
    return openai_results(document)


def test_it_keeps_the_contract_of_formats() -> None:
    assert_format_contract(openai_results, SAMPLES, OTHERS)


def test_zero_is_a_value_and_blank_is_none() -> None:
    run = read(OPENAI)
    assert run["train_loss"] == Series.from_points([1, 2, 3], [1.42133, 6e-05, 0.0])
    assert run["valid_loss"] == Series.from_points([1, 3], [1.47897, 0.0])
    assert run["train_mean_token_accuracy"].at(2) == 1.0
    assert run.notes == ()


def test_base64_gives_the_same_run() -> None:
    plain, decoded = read(OPENAI), read(base64.b64encode(OPENAI))
    assert [note.code for note in decoded.notes] == ["base64"]
    assert msgspec.structs.replace(decoded, notes=()) == plain


def test_full_passes_at_the_ends_of_epochs_tell_the_epoch() -> None:
    run = read(AZURE_2024)
    assert run.steps_per_epoch == 2
    assert run.epoch_at(4) == 2
    note = run.note("assumed_epochs")
    assert note is not None
    assert "2 full validation passes stand 2 steps apart" in note.text


@pytest.mark.parametrize(
    ("full", "last", "expected"),
    [
        ([100, 200, 300], 300, 100),
        ([300], 300, None),  # one pass may end one epoch or three
        ([100, 200], 250, None),  # cut, or an interval
        ([100, 250, 300], 300, None),
        ([50, 150, 250], 250, None),  # evenly spaced, and not from the start
        (list(range(10, 120, 10)), 110, None),  # eleven passes: an interval
        ([1, 2, 3], 3, None),  # a pass at every step says nothing of epochs
    ],
)
def test_epochs_are_told_only_where_the_passes_show_them(
    full: list[int], last: int, expected: int | None
) -> None:
    train = Series.from_points(np.arange(1, last + 1), np.ones(last))
    assert steps_per_epoch(Series.from_points(full, np.ones(len(full))), train) == expected


def test_blank_columns_and_timestamps_leave_no_trace() -> None:
    run = read(AZURE_2025)
    assert set(run.metrics) == {"train_loss", "train_mean_token_accuracy", "valid_loss", "full_valid_loss"}
    assert run.notes == ()


def test_the_former_service_has_other_names() -> None:
    run = read(LEGACY)
    assert run["train_loss"].value[1] == 0.4955431980504033
    assert run["valid_loss"] == Series.from_points([1], [0.3934686892254732])
    assert run["train_examples"].at(2) == 512
    assert run["classification/accuracy"] == Series.from_points([2], [0.637])


def test_unknown_columns_keep_their_name_and_text_is_noted() -> None:
    run = read(PREFERENCES)
    assert run.kind == "dpo"
    assert run["train_reward_margin"].at(2) == 0.4
    assert run["some_new_metric"].at(2) == 8
    assert [note.text for note in run.notes] == ["1 column of text left out: 'phase'."]


def test_a_blank_training_loss_is_noted() -> None:
    assert read(b"step,train_loss,full_valid_loss\n1,,0.5\n").note("blank_column") is not None


def test_two_columns_of_one_meaning_join_or_are_noted() -> None:
    header = b"step,train_loss,train_accuracy,train_mean_token_accuracy,full_valid_loss\n"
    assert read(header + b"1,2,0.5,,\n2,2,0.5,0.5,\n")["train_mean_token_accuracy"].value.tolist() == [
        0.5,
        0.5,
    ]
    differing = read(header + b"1,2,0.5,0.7,\n")
    assert differing["train_mean_token_accuracy"].at(1) == 0.5
    assert differing.note("contradicting_columns") is not None


def test_text_for_a_loss_is_an_error_with_its_place() -> None:
    with pytest.raises(MalformedError) as error:
        read(OPENAI.replace(b"6e-05", b"n.a.!"))
    assert (error.value.file, error.value.line, error.value.field) == ("results.csv", 3, "train_loss")


def test_a_resumed_file_is_one_history() -> None:
    rows = b"".join(b"%d,%d.5,0.5\n" % (step, step) for step in (1, 2, 3, 4, 5, 2, 3, 4, 5, 6))
    run = read(b"step,train_loss,train_mean_token_accuracy\n" + rows)
    assert run["train_loss"].step.tolist() == [1, 2, 3, 4, 5, 6]
    assert run.note("restarted_steps") is not None


@pytest.mark.parametrize(
    ("name", "points", "first", "last", "epoch"),
    [
        ("QuantumApple99__step_metrics", {"train_loss": 59, "valid_loss": 59}, 1.42133, 0.46647, None),
        (
            "ankitg28__finetuning_results",
            {"train_loss": 300, "full_valid_loss": 3},
            1.170532584,
            0.177091107,
            100,
        ),
        ("ece1786-2023__data_step_metrics", {"train_loss": 240, "valid_loss": 24}, 7.17375, 0.0, None),
        (
            "ltphongssvn__fine_tuning_results.EXCERPT",
            {"full_valid_loss": 1},
            10.16711711883545,
            1.1661837100982666,
            None,
        ),
        ("openai__function_calling_drone_result", {"train_loss": 309}, 3.63265, 0.0, None),
        ("tadiwamark__step_metrics", {"train_loss": 85, "valid_loss": 85}, 4.13465, 0.93428, None),
        ("tadiwamark__step_metrics_1_", {"train_loss": 250, "valid_loss": 25}, 4.41097, 0.09242, None),
    ],
)
def test_real_files(
    corpus: Path, name: str, points: dict[str, int], first: float, last: float, epoch: int | None
) -> None:
    run = read((corpus / "openai_sft_csv" / f"{name}.csv").read_bytes())
    assert {metric: len(run[metric]) for metric in points} == points
    assert (run["train_loss"].value[0], run["train_loss"].value[-1]) == (first, last)
    assert run.steps_per_epoch == epoch


def test_real_files_of_the_former_service(corpus: Path) -> None:
    run = read((corpus / "openai_legacy_csv" / "minimaxir__finetune_results.csv").read_bytes())
    assert len(run["train_loss"]) == 847
    assert (len(run["valid_loss"]), run["valid_loss"].last_step) == (39, 834)
    assert run["classification/auroc"].at(847) == 0.692273060161118
