"""Which addresses lead to a job on a service; what is asked of it is tested with the services."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import UsageError
from curvewise.loading import load
from curvewise.plugin.source import Place


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    del folder  # a service is elsewhere
    return ["openai://ftjob-1", "azure://ftjob-1", "ftjob-1"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("openai://ftjob-1", "service"),
        ("ftjob-1", "service"),
        ("ftjob-1.csv", "files"),
        ("a b://c", "files"),
        ("-", "files"),
        ("", "files"),
    ],
)
def test_an_address_is_told_from_a_path(text: str, name: str) -> None:
    source = Place(text).source
    assert source is not None
    assert source.name == name


def test_a_file_named_like_a_job_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ftjob-1").write_text("step,loss\n1,2.0\n2,1.0\n")
    assert load("ftjob-1").name == "ftjob-1"


@pytest.mark.parametrize("address", ["ftp://a/b.csv", "openai://", "openai://a b", "openai://ftjob-1#x"])
def test_an_address_that_leads_nowhere_is_refused(address: str) -> None:
    with pytest.raises(UsageError):
        load(address)
