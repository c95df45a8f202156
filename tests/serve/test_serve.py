from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .serving import log, serving

pytest.importorskip("starlette")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("runs")
    log(folder, "a/train.log", range(1, 200))
    log(folder, "b/train.log", range(1, 200), turn=10_000)
    with serving(folder) as (address, _):
        yield address


OPEN: list[HTTPConnection] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the connections of a test."""
    yield
    while OPEN:
        OPEN.pop().close()


def ask(address: str, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    parts = urlsplit(address)
    OPEN.append(HTTPConnection(parts.hostname or "", parts.port, timeout=60))
    OPEN[-1].request("GET", path, headers=headers or {})
    return OPEN[-1].getresponse()


def get(address: str, path: str = "", **headers: str) -> HTTPResponse:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return ask(address, urlsplit(address).path + path, named)


def first(response: HTTPResponse) -> Any:
    """The first event of a stream."""
    return json.loads(response.readline().decode().removeprefix("data: "))


def test_the_list_names_each_run_with_diagnosis_choice_and_course(address: str) -> None:
    listing = first(get(address, "events"))
    rows = {row["name"]: row for row in listing["runs"]}
    assert rows["a"]["diagnosis"] == "overfit"
    assert rows["a"]["pick"].startswith("step ")
    assert rows["a"]["severity"] in ("problem", "warning")
    assert len(rows["b"]["spark"]) > 5
    page = get(address, f"run/{rows['a']['id']}").read().decode()
    assert "Content-Security-Policy" in page
    assert get(address, "run/none").status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["", "page.js"])
def test_only_its_own_origin_is_answered(
    address: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = get(address, path, **headers)
    assert response.status == status
    if status == 200:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("token", ["", "wrong", "%c3%a9", "%2e%2e"])
@pytest.mark.parametrize("path", ["", "events", "run/x", "page.js", "../x"])
def test_without_the_token_nothing_is_told(address: str, token: str, path: str) -> None:
    response = ask(address, f"/{token}/{path}")
    assert response.status == 403
    assert urlsplit(address).path.strip("/") not in response.read().decode()


@pytest.mark.parametrize("path", ["server.py", "..%2fserver.py", "page.html", "run/..%2f..%2fx"])
def test_no_other_file_is_served(address: str, path: str) -> None:
    assert get(address, path).status == 404


def test_200_pages_follow_at_once(address: str) -> None:
    began = time.monotonic()
    streams = [get(address, "events") for _ in range(200)]
    assert {first(stream)["runs"][0]["name"] for stream in streams} == {"a"}
    assert get(address).status == 200
    assert time.monotonic() - began < 60


def test_a_change_arrives_and_an_interrupt_ends_it(tmp_path: Path) -> None:
    log(tmp_path, "train.log", range(1, 60))
    with serving(tmp_path) as (address, server):
        stream = get(address, "events")
        assert first(stream)["runs"][0]["step"] == 59
        log(tmp_path, "train.log", range(60, 90))
        stream.readline()
        began = time.monotonic()
        assert first(stream)["runs"][0]["step"] == 89
        assert time.monotonic() - began < 20  # 2 s where the machine is not busy
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_a_folder_without_a_run_is_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path) as (address, _):
        stream = get(address, "events")
        assert first(stream)["runs"][0]["diagnosis"] == "cannot be read"
        log(tmp_path, "train.log", range(1, 60))
        stream.readline()
        assert any(row.get("step") == 59 for row in first(stream)["runs"])
