"""Repositories of the Hub, asked of a stand-in by the real client."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.loading import load, load_all
from curvewise.plugin.source import Place
from curvewise.sources import _tries
from curvewise.sources.hub import hub
from tests.formats.test_model_card import CARD
from tests.sources.folders import CSV, state
from tests.sources.loopback import Answer, Asked, Loopback, serving
from tests.sources.services import Service

KEY = "hf_canary0123456789abcdefghij"
REPOSITORIES = {
    "ana/tuned": {
        "README.md": CARD.encode(),
        "model.safetensors": b"weights",
        "checkpoint-50/model.safetensors": b"weights",
        "checkpoint-50/trainer_state.json": state(50).encode(),
        "checkpoint-100/model.safetensors": b"weights",
        "checkpoint-100/trainer_state.json": state(100).encode(),
    },
    "ana/card": {"README.md": CARD.encode(), "config.json": b"{}", "model.safetensors": b"weights"},
    "ana/cut": {"results.csv": CSV.encode()},
    "ana/lfs": {"results.csv": CSV.encode()},
    "ana/sweep": {"a/results.csv": CSV.encode(), "b/results.csv": b"step,loss\n1,5.0\n2,4.0\n"},
    "ana/plain": {"config.json": b"{}"},
}


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return ["hf://ana/tuned", "https://huggingface.co/ana/tuned/tree/main"]


@pytest.fixture(autouse=True)
def no_waiting(environment: pytest.MonkeyPatch) -> list[float]:
    pytest.importorskip("huggingface_hub")
    waits: list[float] = []
    environment.setattr(_tries, "sleep", waits.append)
    environment.setattr("huggingface_hub.utils._http.time.sleep", waits.append)
    return waits


def answered(asked: Asked, elsewhere: str) -> Answer:
    path = unquote(asked.path.partition("?")[0])
    if asked.headers.get("authorization") not in (None, f"Bearer {KEY}"):
        return Answer(b'{"error":"Invalid credentials in Authorization header"}', 401)
    if path.startswith("/api/models/"):
        name, _, rest = path.removeprefix("/api/models/").partition("/tree/")
        files = REPOSITORIES.get(name)
        if name == "ana/busy":
            return Answer(status=429, headers={"Retry-After": "9"})
        if name == "ana/gated":
            return Answer(b"{}", 403, {"X-Error-Code": "GatedRepo"})
        if files is None:
            return Answer(b'{"error":"Repository not found"}', 401, {"X-Error-Code": "RepoNotFound"})
        if rest not in ("main", "v1"):
            return Answer(b"{}", 404, {"X-Error-Code": "RevisionNotFound"})
        tree = [{"type": "file", "path": each, "size": len(files[each]), "oid": "0"} for each in files]
        return Answer(json.dumps(tree).encode(), headers={"Content-Type": "application/json"})
    name, _, rest = path.strip("/").partition("/resolve/")
    content = REPOSITORIES.get(name, {}).get(rest.partition("/")[2])
    if content is None:
        return Answer(b"{}", 404)
    if name == "ana/lfs":
        return Answer(status=302, headers={"Location": f"{elsewhere}/blob"})
    return Answer(content, cut=5 if name == "ana/cut" else None)


SERVICE = Service(
    "hf://ana/tuned",
    {"HF_ENDPOINT": "{url}", "HF_TOKEN": KEY},
    lambda asked: answered(asked, "http://localhost:9"),
    {"huggingface_hub.utils._http.time.sleep": lambda _: None},
    is_json=False,
)


@pytest.fixture
def elsewhere() -> Iterator[Loopback]:
    with serving(lambda _: Answer(CSV.encode())) as started:
        yield started


@pytest.fixture
def server(environment: pytest.MonkeyPatch, elsewhere: Loopback, tmp_path: Path) -> Iterator[Loopback]:
    other = elsewhere.url.replace("127.0.0.1", "localhost")  # another host for the client
    with serving(lambda asked: answered(asked, other)) as started:
        environment.setenv("HF_ENDPOINT", started.url)
        environment.setenv("HF_TOKEN", KEY)
        environment.chdir(tmp_path)
        yield started


@pytest.mark.parametrize("text", ["ana/tuned", "hf://ana/tuned", "hf://models/ana/tuned@v1"])
def test_a_repository_gives_its_state_and_checkpoints_without_their_weights(
    server: Loopback, text: str
) -> None:
    run = load(text)
    assert run.formats == ("trainer_state",)
    assert run.last_step == 100
    address = run.source.replace("hf://models/", "hf://")
    assert [each.model for each in run.checkpoints or ()] == [
        f"{address}/checkpoint-50",
        f"{address}/checkpoint-100",
    ]
    assert not [asked for asked in server.asked if "safetensors" in asked.path]


def test_a_card_is_read_where_nothing_else_is(server: Loopback) -> None:
    run = load("ana/card")
    assert run.formats == ("model_card",)
    assert run["full_valid_loss"].step.tolist() == [100, 200]
    assert run.source == "hf://ana/card"


@pytest.mark.parametrize(
    "text",
    [
        "hf://ana/tuned/checkpoint-50/trainer_state.json",
        "https://huggingface.co/ana/tuned/blob/main/checkpoint-50/trainer_state.json",
    ],
)
def test_one_file_is_taken_by_its_path(server: Loopback, text: str) -> None:
    assert load(text).last_step == 50
    assert "expand" not in server.asked[-1].path


def test_the_runs_of_a_sweep_are_runs(server: Loopback) -> None:
    runs = list(load_all("hf://ana/sweep"))
    assert [run.source for run in runs] == ["hf://ana/sweep/a", "hf://ana/sweep/b"]


def test_without_a_key_a_public_repository_is_read(server: Loopback, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("HF_TOKEN")
    assert load("hf://ana/tuned").last_step == 100
    assert not any("authorization" in asked.headers for asked in server.asked)
    with pytest.raises(NotFoundError, match="or it is private") as caught:
        load("hf://ana/secret")
    assert "HF_TOKEN" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "error", "said", "tries"),
    [
        ("hf://ana/nothing", NotFoundError, "knows no hf://ana/nothing", 1),
        ("hf://ana/tuned@old", NotFoundError, "knows no", 1),
        ("hf://ana/gated", CredentialsError, "does not allow", 1),
        ("hf://ana/busy", ServiceError, "fewer requests", 4),
        ("hf://ana/cut", ServiceError, "does not answer", 0),
        ("hf://ana/plain", CurvewiseError, "nothing here can be read", 0),
        ("hf://ana", UsageError, "names no repository", 0),
    ],
)
def test_a_refusal_says_why(
    server: Loopback, text: str, error: type[CurvewiseError], said: str, tries: int
) -> None:
    with pytest.raises(error, match=said) as caught:
        load(text)
    assert caught.value.hint
    assert text in str(caught.value)
    assert not tries or len(server.asked) == tries


def test_a_mistyped_path_that_was_taken_for_an_id_is_told_to_be_none(server: Loopback) -> None:
    with pytest.raises(NotFoundError) as caught:
        load("ana/nothing")
    assert "there is no path 'ana/nothing' here" in caught.value.hint


def test_a_wrong_key_is_refused_and_shown_to_nobody(
    server: Loopback, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = KEY.replace("canary", "wronghf")
    environment.setenv("HF_TOKEN", wrong)
    with caplog.at_level(logging.DEBUG), pytest.raises(CredentialsError) as caught:
        load("hf://ana/tuned")
    assert "HF_TOKEN" in caught.value.hint
    assert wrong not in str(caught.value) + caplog.text
    assert caught.value.__context__ is None


def test_a_key_does_not_follow_a_redirect_to_another_host(server: Loopback, elsewhere: Loopback) -> None:
    assert load("hf://ana/lfs").last_step == 2
    assert any(KEY in str(asked.headers) for asked in server.asked)
    assert elsewhere.asked
    assert not any(KEY in str(asked) for asked in elsewhere.asked)


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        ("ana/tuned", True),
        ("ana/results.csv", False),
        ("ana/tuned/x", False),
        ("./tuned", False),
        ("here/tuned", False),
    ],
)
def test_an_id_is_told_from_a_path(
    text: str, is_id: bool, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert (Place(text).source is hub) is is_id
