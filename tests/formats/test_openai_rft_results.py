from __future__ import annotations

from pathlib import Path

import numpy as np

from curvewise.formats.openai_rft_results import openai_rft_results
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.testing import assert_format_contract

GRADER = "python/grader-7"
COLUMNS = (
    "step,train_mean_reward,full_valid_mean_reward,full_valid_mean_parse_error,reasoning_tokens_mean,"
    "usage/samples/train_reasoning_tokens_mean,usage/samples/train_reasoning_tokens_count,total_duration,"
    f"errors/graders/{GRADER}/errors/train_sample_parse_error_mean,"
    f"errors/graders/{GRADER}/errors/train_sample_parse_error_count,"
    f"errors/graders/{GRADER}/errors/train_other_error_mean,"
    f"errors/graders/{GRADER}/errors/train_other_error_count,"
    f"scores/graders/{GRADER}/train_reward_mean,scores/graders/{GRADER}/valid_reward_mean,"
    f"timing/graders/{GRADER}/timing/train_execution_latency_mean,"
    f"timing/graders/{GRADER}/timing/train_execution_latency_count,"
    "train_tool_calls_to_get_order,train_error_count_get_order,pg_loss_sum,timestamp\n"
)
# Of 10 rollouts, 8 and 10 were graded. Graded mean 0.5: (8 * 0.5 - 2) / 10 = 0.2.
ROWS = (
    "1,0.2,0.55,,300.25,300.25,2500,64.5,0.25,8,0,8,0.5,0.55,7.0,8,14,0.17647058823529413,262307.9,"
    "2026-05-29T04:47:28.4670000Z\n"
    "2,0.6,,,310.25,310.25,3000,9.13E-05,0.1,10,0,10,0.6,,7.0,10,169,0.19138755980861244,70.7,"
    "2026-05-29T04:49:52.9430000Z\n"
    "3,,0.7,,,,,,,,,,,,,,,,,2026-05-29T04:53:16.1850000Z\n"
)
FILE = (COLUMNS + ROWS).encode()
PLAIN = b"step,train_mean_reward,full_valid_mean_reward,completion_tokens_mean\n1,0.1,,250\n2,0.2,0.3,260\n"
OTHERS = (b"step,train_loss,train_mean_token_accuracy\n1,2.0,0.5\n", b'[{"step": 1, "reward": 2.0}]')


def read(data: bytes) -> Run:
    document = Document("results.csv", data)
    assert openai_rft_results.recognise(document)
    return openai_rft_results(document)


def test_it_keeps_the_contract_of_formats() -> None:
    assert_format_contract(openai_rft_results, (FILE, PLAIN), OTHERS)


def test_paths_get_canonical_names() -> None:
    run = read(FILE)
    assert run.kind == "rft"
    assert run["train_mean_reward"] == Series.from_points([1, 2], [0.2, 0.6])
    assert run["full_valid_mean_reward"] == Series.from_points([1, 3], [0.55, 0.7])
    assert run[f"train_sample_parse_error_rate/{GRADER}"].value.tolist() == [0.25, 0.1]
    assert run[f"train_grader_reward/{GRADER}"].value.tolist() == [0.5, 0.6]
    assert run[f"valid_grader_reward/{GRADER}"].step.tolist() == [1]
    assert run[f"train_grader_latency/{GRADER}"].value.tolist() == [7.0, 7.0]
    assert run["total_duration"].value.tolist() == [64.5, 9.13e-05]
    assert run["pg_loss_sum"].value.tolist() == [262307.9, 70.7]
    assert "full_valid_mean_parse_error" not in run


def test_the_error_count_of_a_tool_is_a_rate() -> None:
    run = read(FILE)
    calls, rate = run["train_tool_calls/get_order"].value, run["train_tool_error_rate/get_order"].value
    assert np.allclose(calls * rate / (1 - rate), [3, 40])


def test_two_columns_of_one_quantity_are_one_metric() -> None:
    run = read(FILE)
    assert run["reasoning_tokens_mean"].value.tolist() == [300.25, 310.25]
    assert run.note("contradicting_columns") is None


def test_counts_of_observations_tell_the_graded_rollouts() -> None:
    run = read(FILE)
    assert run[f"train_graded_rollouts/{GRADER}"].value.tolist() == [8, 10]
    assert [name for name in run.metrics if name.endswith("_count")] == [
        "usage/samples/train_reasoning_tokens_count"
    ]


def test_rollouts_without_a_grade_are_found() -> None:
    run = read(FILE)
    assert run["train_rollouts"].value.tolist() == [10, 10]
    assert np.allclose(run["train_ungraded_rate"].value, [0.2, 0.0])
    note = run.note("ungraded_as_minus_one")
    assert note is not None
    assert "a step has 10 rollouts" in note.text
    assert "up to 20 % (step 1)" in note.text


def test_a_file_without_graders_is_read_as_it_is() -> None:
    run = read(PLAIN)
    assert run.kind == "rft"
    assert set(run.metrics) == {"train_mean_reward", "full_valid_mean_reward", "completion_tokens_mean"}
    assert run.notes == ()


def test_the_real_file(corpus: Path) -> None:
    run = read((corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv").read_bytes())
    grader = "python/grader-3f2047aa7052"
    assert len(run["train_mean_reward"]) == 115
    assert run["full_valid_mean_reward"].highest() == (115, 0.8590070175438597)
    assert set(run["train_rollouts"].value) == {765}
    assert set(run[f"valid_graded_rollouts/{grader}"].value) == {570}
    assert np.allclose(
        run["train_ungraded_rate"].value, 1 - run[f"train_graded_rollouts/{grader}"].value / 765
    )
    assert run["train_ungraded_rate"].highest()[0] == 5
    assert not run[f"train_other_error_rate/{grader}"].value.any()
    assert [note.code for note in run.notes] == ["ungraded_as_minus_one"]
