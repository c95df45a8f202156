"""What stands in the way of reading a file is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import CurvewiseError, InputError, UnknownFormatError
from curvewise.joining import read
from curvewise.loading import load, load_all
from curvewise.parsing.document import Document

TABLE = b"step,train_loss\n1,2.0\n2,1.0\n"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (b"# written by a tool\n", []),
        (b"\n\nsep=,\n", []),
        (b"0,9.5\n", ["1 line of numbers beside the table was passed over."]),
    ],
)
def test_a_line_above_the_header_is_passed_over(before: bytes, said: list[str]) -> None:
    run = read(Document("log.csv", before + TABLE))
    assert run["train_loss"].value.tolist() == [2.0, 1.0]
    assert [note.text for note in run.notes] == said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("extra.csv", "step,train_loss,valid_loss\n1,2\n"),
        ("extra.json", '{"log_history": [3]}'),
        ("extra.jsonl", '{"current_steps": 1, "total_steps": 2}\n{"current_steps": "a", "total_steps": 2}\n'),
    ],
)
def test_a_malformed_file_fails_itself_and_not_its_folder(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
    (tmp_path / name).write_text(content)
    run = load(tmp_path)
    assert run["train_loss"].value.tolist() == [2.0, 1.0]
    assert any(name in note.text for note in run.notes)
    (tmp_path / "metrics.csv").unlink()
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert caught.value.file
    assert caught.value.file.endswith(name)


def test_a_malformed_run_of_a_sweep_is_not_taken_for_a_part_of_another(tmp_path: Path) -> None:
    for name, rows in ("a", "1,2.0\n2,1.0\n"), ("b", "1,2.0,3\n"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_text(f"step,train_loss\n{rows}")
    errors: list[CurvewiseError] = []
    assert [run.name for run in load_all(tmp_path, on_error=errors.append)] == ["a"]
    assert len(errors) == 1


@pytest.mark.parametrize("content", ['[{"n": 1, "foo": 2}]', '{"n": 1, "foo": 2}\n{"n": 2, "foo": 3}\n'])
def test_the_keys_of_unknown_rows_are_named_for_a_mapping(content: str) -> None:
    with pytest.raises(UnknownFormatError, match="holds objects with the keys 'n', 'foo'"):
        read(Document("log.jsonl", content.encode()))
