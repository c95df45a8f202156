"""What is too large is refused before it costs time or memory, and the error names what raises the limit."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import curvewise as cw
from curvewise import limits
from curvewise.errors import CurvewiseError, InputError, UsageError
from curvewise.limits import Limit
from tests.evaluation.logs.test_stored_logs import inspect_log
from tests.fuzz.readers import zipped
from tests.fuzz.trying import limited

LIMITS = [value for value in vars(limits).values() if isinstance(value, Limit)]
ROOT = Path(__file__).parent.parent
WIDE = {"step": 1, "loss": 0.5, **{f"k{number}": 0.5 for number in range(100_000)}}


def sparse(path: Path, beginning: bytes = b"") -> None:
    with path.open("wb") as file:
        file.write(beginning)
        file.truncate(limits.FILE_BYTES.most - 1)


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (sparse, "byte 0 is zero"),
        (lambda path: sparse(path, b'[{"step": 1, "loss": 0.5},\n'), "the JSON has 2 GiB"),
        (lambda path: sparse(path, b"x" * (3 << 20)), "longer than a row"),
        (lambda path: sparse(path, b"step,loss\n" + b"1,2," * (1 << 20)), "longer than a row"),
    ],
)
def test_a_large_file_that_cannot_be_metrics_is_not_read(
    write: Callable[[Path], None], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a")
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    with pytest.raises(InputError, match=problem):
        cw.load(tmp_path / "a")


@pytest.mark.parametrize(
    ("limit", "content"),
    [
        (limits.COLUMNS, json.dumps(WIDE) + "\n" + json.dumps(WIDE)),
        (limits.COLUMNS, json.dumps([WIDE, WIDE])),
        (limits.COLUMNS, json.dumps([{"step": 1, "loss": 0.5, "deep": WIDE}])),
        (limits.COLUMNS, ",".join(WIDE) + "\n" + ",".join(map(str, WIDE.values()))),
        (limits.LINE_BYTES, "step,loss\n1,0.5\n" + "7" * (2 << 20)),
        (limits.LINE_BYTES, "x" * (4 << 20)),
    ],
)
def test_a_small_file_that_would_cost_much_is_refused_in_time(
    limit: Limit, content: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text(content)
    with limited(), pytest.raises(CurvewiseError, match="at most") as caught:
        cw.load(tmp_path / "a")
    assert limit.variable in caught.value.hint


def test_an_archive_is_refused_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = inspect_log()
    log["samples"][0]["metadata"]["text"] = "a" * 5_000_000
    (tmp_path / "a.eval").write_bytes(zipped(log, zipfile.ZIP_DEFLATED))
    logs = cw.StoredLogs(paths=(str(tmp_path),))
    assert len(logs.read()[0].samples) == 3
    monkeypatch.setenv(limits.UNPACKED_BYTES.variable, "1000000")
    with pytest.raises(InputError, match=r"unpacked it has 4\.77 MiB"):
        logs.read()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_a_limit_is_set_by_its_variable_and_stands_in_the_documentation(
    limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limit.variable, "12")
    assert limit.value == 12
    for wrong in ("many", "-1", "0", "1.5", "9" * 30):
        monkeypatch.setenv(limit.variable, wrong)
        with pytest.raises(UsageError, match="whole number") as caught:
            _ = limit.value
        assert caught.value.place == limit.variable
    assert limit.variable in (ROOT / "SECURITY.md").read_text()
