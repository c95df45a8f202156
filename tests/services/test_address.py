from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import CredentialsError, CurvewiseError, UsageError
from curvewise.services.address import Address, connect, parse


@pytest.fixture(autouse=True)
def no_credentials(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ftjob-abc123", Address("ftjob-abc123")),
        ("openai://ftjob-abc", Address("ftjob-abc", "openai")),
        ("azure://ftjob-0123", Address("ftjob-0123", "azure")),
        ("azure://job.of:another_kind-7", Address("job.of:another_kind-7", "azure")),
        ("results.csv", None),
        ("./ftjob-abc123", None),
        ("jobs/ftjob-abc123", None),
        ("ftjob-", None),
        ("ftjob-abc.csv", None),
        ("-", None),
        ("", None),
    ],
)
def test_an_address_or_a_path(text: str, expected: Address | None) -> None:
    assert parse(text) == expected


def test_a_path_that_exists_comes_first(tmp_path: Path) -> None:
    (tmp_path / "ftjob-abc").mkdir()
    assert parse("ftjob-abc") is None
    assert parse("openai://ftjob-abc") == Address("ftjob-abc", "openai")


@pytest.mark.parametrize("address", [Address("ftjob-1"), Address("ftjob-1", "azure")])
def test_it_is_written_as_it_is_read(address: Address) -> None:
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text", ["s3://bucket/key", "https://host/file.csv", "openai://", "openai://../files", "openai://a b"]
)
def test_what_only_looks_like_an_address_is_explained(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert error.value.hint


class TestConnect:
    def test_without_credentials(self) -> None:
        with pytest.raises(CredentialsError, match="no credentials"):
            connect()

    def test_with_those_of_two_services(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com")
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "0123456789abcdef")
        with pytest.raises(UsageError, match="OpenAI") as error:
            connect()
        assert "address in full" in error.value.hint

    def test_with_a_name_that_nobody_has(self) -> None:
        with pytest.raises(UsageError, match="'acme'"):
            connect("acme")

    def test_the_one_that_is_configured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("openai")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
        service = connect()
        assert service.provider == "openai"
        service.close()

    def test_every_error_is_one_of_ours(self) -> None:
        for name in ("openai", "azure"):
            with pytest.raises(CurvewiseError):
                connect(name)
