from __future__ import annotations

import string
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import InputError, MalformedError, UsageError
from curvewise.evaluation.results_folder import EvaluationFolder, file_name, read_evaluation
from curvewise.model.evaluation import Contender, Evaluation, Sample, Tokens
from curvewise.storage.lines import Lines, whole_lines


def header(*names: str) -> Evaluation:
    contenders = tuple(Contender(name=name, model=name, step=None, role="other") for name in names)
    return Evaluation(run="job", task="t", harness="h", metric="m", contenders=contenders)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path / "new" / "out")
    folder.write_header(header("a", "b"))
    samples = (
        Sample(id="1", score=0.5, cluster="c", tokens=Tokens(input=3, output=4), cost=0.1, seconds=2.0),
        Sample(id="1", epoch=2, score=None, error="timeout"),
    )
    folder.append("a", samples[:1])
    folder.append("a", samples[1:])
    found = read_evaluation(str(tmp_path / "new" / "out"))
    assert found == msgspec.structs.replace(header("a", "b"), samples={"a": samples, "b": ()})


def test_a_success_replaces_a_failure_and_nothing_replaces_a_success(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path)
    for score in (None, 1.0, 0.0, None):
        folder.append("a", [Sample(id="1", score=score, error=None if score is not None else "broken")])
    assert [sample.score for sample in folder.samples("a")[0]] == [1.0]
    assert folder.failures("a") == {"1/1": 2}


def test_a_last_line_that_was_cut_is_dropped_with_a_note_and_written_over(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path)
    folder.write_header(header("a"))
    folder.append("a", [Sample(id=str(number), score=1.0) for number in range(3)])
    file = folder.samples_file("a")
    file.write_bytes(file.read_bytes()[:-5])
    found = read_evaluation(str(tmp_path))
    assert [sample.id for sample in found.samples["a"]] == ["0", "1"]
    assert [note.code for note in found.notes] == ["cut_sample"]
    folder.append("a", [Sample(id="2", score=0.0)])
    assert [sample.score for sample in read_evaluation(str(tmp_path)).samples["a"]] == [1.0, 1.0, 0.0]


def test_what_is_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no evaluation\.json"):
        read_evaluation(str(tmp_path))
    folder = EvaluationFolder(tmp_path)
    folder.write_header(header("a"))
    folder.append("a", [Sample(id="1", score=1.0)])
    file = folder.samples_file("a")
    file.write_bytes(b"{}\n" + file.read_bytes())
    with pytest.raises(MalformedError) as caught:
        read_evaluation(str(tmp_path))
    assert (caught.value.file, caught.value.line) == (str(file), 1)
    (tmp_path / "evaluation.json").write_text("[")
    with pytest.raises(MalformedError):
        read_evaluation(str(tmp_path))


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path)
    folder.write_header(msgspec.structs.replace(header("a"), schema_version=99))
    with pytest.raises(MalformedError, match="schema version 99"):
        folder.header()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path)
    with folder.lock(), pytest.raises(UsageError, match="another"), folder.lock():
        pass
    with folder.lock():
        pass


@given(st.text(max_size=200))
def test_files_stay_in_their_folder(name: str) -> None:
    safe = file_name(name)
    assert safe
    assert set(safe) <= set(string.ascii_letters + string.digits + "_.- ")
    assert not safe.startswith(".")


@given(st.lists(st.text(alphabet="ab -A", max_size=8), min_size=2, max_size=2, unique=True))
def test_two_names_have_two_files(names: list[str]) -> None:
    assert file_name(names[0]).lower() != file_name(names[1]).lower()


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.data())
def test_appending_after_any_cut_keeps_every_whole_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("lines") / "file"
    with Lines(file) as writing:
        writing.write(lines)
    content = file.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    file.write_bytes(content[:cut])
    with Lines(file) as writing:
        writing.write([b"new"])
    kept = content[:cut].split(b"\n")[:-1]
    assert file.read_bytes() == b"".join(line + b"\n" for line in [*kept, b"new"])
    assert whole_lines(file.read_bytes())[1] is False
