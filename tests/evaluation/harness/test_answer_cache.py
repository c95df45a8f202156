from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import MalformedError
from curvewise.evaluation.harness.answer_cache import AnswerCache, CachedAnswer, digest
from curvewise.model.evaluation import Tokens


def entry(key: str, number: int, output: str) -> CachedAnswer:
    return CachedAnswer(
        key=key, number=number, contender="a", model="m", output=output, tokens=Tokens(output=3)
    )


def test_a_second_session_finds_the_answers_of_the_first(tmp_path: Path) -> None:
    first = AnswerCache(tmp_path / "calls.jsonl")
    assert first.look_up("k") == (0, None)
    first.add(entry("k", 0, "one"))
    assert first.look_up("k") == (1, None)  # the same question again is another draw
    first.add(entry("k", 1, "two"))
    first.close()
    second = AnswerCache(tmp_path / "calls.jsonl")
    assert [second.look_up("k")[1], second.look_up("k")[1], second.look_up("k")[1]] == [
        entry("k", 0, "one"),
        entry("k", 1, "two"),
        None,
    ]
    assert len(list(second)) == 2
    second.close()


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_a_journal_that_was_cut_loses_only_its_last_line(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "calls.jsonl"
    answers = AnswerCache(file)
    for number in range(3):
        answers.add(entry("k", number, "answer"))
    answers.close()
    file.write_bytes(file.read_bytes()[:-cut])
    answers = AnswerCache(file)
    assert len(list(answers)) == 2
    answers.add(entry("k", 2, "again"))
    answers.close()
    answers = AnswerCache(file)
    assert [each.output for each in answers] == ["answer", "answer", "again"]
    answers.close()


def test_a_line_that_is_damaged_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text('{"key": \n')
    with pytest.raises(MalformedError) as caught:
        AnswerCache(file)
    assert (caught.value.file, caught.value.line) == (str(file), 1)


def test_a_digest_tells_questions_apart() -> None:
    assert digest(["a"], 1) == digest(["a"], 1)
    assert digest(["a"], 1) != digest(["a"], 2)
