"""Files by https://; by http:// those of this machine, which is where the test serves them."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from curvewise.errors import (
    CredentialsError,
    CurvewiseError,
    InputError,
    NotFoundError,
    ServiceError,
    UsageError,
)
from curvewise.limits import FILE_BYTES
from curvewise.loading import load, load_all
from curvewise.sources import _mirror, _tries
from tests.sources.folders import CSV, state
from tests.sources.loopback import Answer, Asked, Loopback, serving
from tests.sources.services import Service
from tests.sources.test_unsloth_studio import database

SECRET = "0123456789abcdef-canary"  # noqa: S105 - of nobody


@pytest.fixture(autouse=True)
def no_waiting(environment: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    environment.setattr(_tries, "sleep", waits.append)
    return waits


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return ["http://127.0.0.1:9/results.csv"]  # where nobody serves


SERVICE = Service("{url}/results.csv", {}, lambda _: Answer(CSV.encode()), is_json=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Loopback]:
    times = {"busy": 0, "cut": 0}
    store = database(tmp_path / "studio.db").read_bytes()

    def answer(asked: Asked) -> Answer:
        path = asked.path.partition("?")[0].strip("/")
        times[path] = times.get(path, 0) + 1
        known = {
            "results.csv": Answer(CSV.encode()),
            "trainer_state.json": Answer(state(50).encode()),
            "studio.db": Answer(store),
            "moved": Answer(status=302, headers={"Location": "/results.csv"}),
            "elsewhere": Answer(status=302, headers={"Location": "http://example.com/results.csv"}),
            "circle": Answer(status=302, headers={"Location": "/circle"}),
            "private": Answer(b"no", 403),
            "late": Answer(status=429, headers={"Retry-After": "120"}),
            "busy": Answer(status=429, headers={"Retry-After": "7"})
            if times["busy"] < 3
            else Answer(CSV.encode()),
            "down": Answer(status=503),
            "cut": Answer(CSV.encode(), cut=None if times["cut"] > 1 else 9),
            "always-cut": Answer(CSV.encode(), cut=9),
            "page": Answer(b"<!DOCTYPE html><p>Sign in"),
        }
        return known.get(path, Answer(status=404))

    with serving(answer) as started:
        yield started


@pytest.mark.parametrize(
    ("name", "metric"),
    [("results.csv", "train_loss"), ("moved", "train_loss"), ("trainer_state.json", "train_loss")],
)
def test_a_file_is_read(server: Loopback, name: str, metric: str) -> None:
    run = load(f"{server.url}/{name}")
    assert metric in run
    assert run.source == f"{server.url}/{name}"
    assert run.name == name.partition(".")[0]


def test_a_store_of_runs_lists_them_and_one_is_taken_by_name(server: Loopback) -> None:
    address = f"{server.url}/studio.db"
    runs = list(load_all(address))
    assert len(runs) > 1
    assert [load(run.source).name for run in runs] == [run.name for run in runs]
    with pytest.raises(InputError) as caught:
        load(address)
    assert str(caught.value).count(address) == len(runs) + 1


def test_what_fails_for_the_moment_is_asked_for_again(server: Loopback, no_waiting: list[float]) -> None:
    assert load(f"{server.url}/busy").last_step == 2
    assert no_waiting == [7.0, 7.0]  # as the server asks
    assert load(f"{server.url}/cut").last_step == 2


@pytest.mark.parametrize(
    ("name", "error", "said", "requests"),
    [
        ("nothing", NotFoundError, "no file at", 1),
        ("private", CredentialsError, "not public", 1),
        ("late", ServiceError, "fewer requests", 1),
        ("down", ServiceError, "status 503", _tries.TRIES),
        ("always-cut", ServiceError, "broke off after 9 of 22 bytes", _tries.TRIES),
        ("elsewhere", UsageError, "altered on the way", 1),
        ("circle", ServiceError, "status 302", 5),
        ("page", InputError, "an HTML page", 1),
    ],
)
def test_a_refusal_says_why(
    server: Loopback, name: str, error: type[CurvewiseError], said: str, requests: int
) -> None:
    with pytest.raises(error, match=said) as caught:
        load(f"{server.url}/{name}?sig={SECRET}")
    assert caught.value.hint
    assert SECRET not in str(caught.value)
    assert len(server.asked) == requests


def test_the_key_in_an_address_is_sent_to_its_server_and_shown_to_nobody(
    server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        run = load(f"{server.url}/moved?sig={SECRET}")
    assert SECRET in server.asked[0].path
    assert SECRET not in server.asked[1].path + str(server.asked[1].headers)
    assert SECRET not in run.source + caplog.text
    assert "1 of 1 files" in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/a.csv",
        "https://user:pass@example.com/a.csv",
        "https://",
        "https:///a.csv",
        "http://[::1",
    ],
)
def test_an_address_that_is_not_safe_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(UsageError):
        load(address)


def test_too_much_and_too_long_are_refused(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, pytest.raises(InputError, match="at most"):
        patch.setenv(FILE_BYTES.variable, "10")
        _mirror.copied(_remote(server), {})
    monkeypatch.setattr(_mirror, "COPY_SECONDS", SimpleNamespace(value=0.05, variable="SECONDS"))
    with serving(_late) as slow, pytest.raises(ServiceError, match="not here after"):
        _mirror.copied(_remote(slow), {})


def _late(asked: Asked) -> Answer:
    time.sleep(0.3)
    return Answer(CSV.encode())


def _remote(server: Loopback) -> _mirror.Remote:
    from curvewise.sources.web import WebFile

    return WebFile(f"{server.url}/results.csv", "")


def test_the_page_of_a_file_on_github_leads_to_the_file() -> None:
    from curvewise.sources.web import WebFile

    remote = WebFile("https://github.com/owner/name/blob/main/logs/results.csv", "")
    assert remote._url == "https://raw.githubusercontent.com/owner/name/main/logs/results.csv"
