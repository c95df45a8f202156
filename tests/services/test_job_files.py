from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.services.job_files import ResultFile, job_files, result_name, without_cut_line

TABLE = b"step,train_loss\n" + b"".join(b"%d,%.3f\n" % (step, 2 / step) for step in range(1, 30))


@given(ids=st.sets(st.text(max_size=200), max_size=8))
def test_names_of_result_files_are_safe_and_each_its_own(ids: set[str]) -> None:
    names = {result_name(file) for file in ids}
    assert len(names) == len(ids)
    assert all(name.startswith("results/") and name.endswith(".csv") for name in names)
    assert not any(set(name[8:-4]) & set("/\\.: \n") for name in names)


@given(cut=st.integers(0, len(TABLE)), encoded=st.booleans())
def test_a_cut_table_gives_whole_lines_only(cut: int, encoded: bool) -> None:
    sent = base64.b64encode(TABLE) if encoded else TABLE
    lines = without_cut_line(sent[:cut])
    assert TABLE.startswith(lines)
    assert lines == b"" or lines.endswith(b"\n")
    received = cut * 3 // 4 - 3 if encoded else cut
    assert len(lines) > received - len(b"29,0.069\n") - len(b"step,train_loss\n")


@pytest.mark.parametrize(
    ("content", "stated", "is_whole", "is_cut"),
    [
        (TABLE, len(TABLE), True, False),
        (TABLE, None, True, False),
        (base64.b64encode(TABLE), len(TABLE), True, False),
        (base64.b64encode(TABLE), len(base64.b64encode(TABLE)), True, False),
        (TABLE[:-1], len(TABLE), False, True),
        (base64.b64encode(TABLE)[:-4], len(TABLE), False, True),
        (base64.b64encode(TABLE)[:-5], len(TABLE), False, True),
        (base64.b64encode(TABLE)[:-5], len(base64.b64encode(TABLE)), False, True),
        (TABLE, len(TABLE) - 1, False, False),
        (b"", 0, True, False),
        (None, 5, False, False),
    ],
)
def test_a_result_file_is_whole_when_it_is_as_long_as_stated(
    content: bytes | None, stated: int | None, is_whole: bool, is_cut: bool
) -> None:
    result = ResultFile("file-1", content, stated)
    assert (result.is_whole, result.is_cut) == (is_whole, is_cut)


@pytest.mark.parametrize("sent", [TABLE[:-2], base64.b64encode(TABLE)[:-4]])
def test_the_number_that_the_cut_shortens_is_not_read(sent: bytes) -> None:
    result = ResultFile("file-1", sent, len(TABLE))
    found = job_files({result.name: lambda: sent}, "ftjob-1", [result])
    (document,) = found.documents
    assert document.data == TABLE[: -len(b"29,0.069\n")]
    assert [note.code for note in found.notes] == ["cut_result_file"]
