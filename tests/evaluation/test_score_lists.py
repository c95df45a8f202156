from __future__ import annotations

import json
from pathlib import Path

import pytest

from curvewise.errors import InputError, MalformedError
from curvewise.evaluation.score_lists import read_score_lists


def write(folder: Path, content: object) -> str:
    path = folder / "scores.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_lists_are_paired_by_place(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"Base o4-mini": {"scores": [0, 1]}, "v7 Step 70": {"scores": [1, None], "model": "ft:70", "avg": 1}},
    )
    found = read_score_lists(path)
    base, tuned = found.contenders
    assert (base.role, base.step, tuned.role, tuned.step, tuned.model) == ("base", None, "other", 70, "ft:70")
    assert [sample.id for sample in found.samples[base.name]] == ["1", "2"]
    assert found.samples[tuned.name][1].score is None
    assert [note.code for note in found.notes] == ["paired_by_place"]


def test_scores_by_sample_need_no_order(tmp_path: Path) -> None:
    found = read_score_lists(
        write(tmp_path, {"a": {"scores": {"q1": 1, "q2": 0}}, "b": {"scores": {"q2": 1}}})
    )
    assert [sample.id for sample in found.samples["b"]] == ["q2"]
    assert found.notes == ()


def test_a_base_checkpoint_is_no_reference(tmp_path: Path) -> None:
    (one,) = read_score_lists(write(tmp_path, {"base-lr step 40": {"scores": [1]}})).contenders
    assert (one.role, one.step) == ("other", 40)


def test_a_number_of_thousands_of_digits_is_no_step(tmp_path: Path) -> None:
    (one,) = read_score_lists(write(tmp_path, {f"step {'9' * 5000}": {"scores": [1]}})).contenders
    assert one.step is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "no contenders"),
        ([1, 2], "no scores of contenders"),
        ({"a": {"scores": "high"}}, "json: a: these are no scores"),
        ({"a": {"scores": [1]}, "b": {"scores": [1, 0]}}, "different lengths"),
        ({"a": {"scores": [1]}, "b": {"scores": {"1": 1}}}, "'a' are a list and those of 'b' have ids"),
        ({"a": {"scores": [1]}, "b": [1]}, "json: b: these are no scores"),
        ({"a": {"scores": []}, "b": {"scores": []}}, "no contender has a score"),
        ({"a": {"scores": [None]}}, "no contender has a score"),
        ({" ": {"scores": [1]}}, "a contender has no name"),
    ],
)
def test_anything_else_says_what_is_expected(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(MalformedError, match=said) as caught:
        read_score_lists(write(tmp_path, content))
    assert caught.value.hint
    assert caught.value.file


@pytest.mark.parametrize(
    ("content", "twice"),
    [
        ('{"a": {"scores": [1]}, "b": {"scores": [0]}, "a": {"scores": [0]}}', "a"),
        ('{"a": {"scores": {"q1": 1, "q1": 0}}}', "q1"),
    ],
)
def test_what_is_there_twice_is_not_dropped_in_silence(tmp_path: Path, content: str, twice: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text(content)
    with pytest.raises(MalformedError, match=f"'{twice}' is there twice"):
        read_score_lists(str(path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_windows_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text('{"a": {"scores": [1]}}', encoding=encoding)
    assert read_score_lists(str(path)).samples["a"][0].score == 1


def test_nothing_nested_ends_in_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_text('{"a": {"scores": [1], "more": ' + "[" * 100_000 + "]" * 100_000 + "}}")
    with pytest.raises(MalformedError):
        read_score_lists(str(path))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_score_lists(str(tmp_path / "absent.json"))
