"""The server of Weights & Biases, asked as its own client (0.1x, 0.31) asks it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curvewise import analyze_all
from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.loading import load, load_all
from curvewise.plugin.source import Place
from curvewise.sources import _tries
from curvewise.sources.wandb_api import wandb_api
from tests.sources.loopback import Answer, Asked, Loopback, serving
from tests.sources.services import Service

KEY = "0123456789abcdef0123456789abcdefcanary00"
AUTHORIZATION = f"Basic {b64encode(f'api:{KEY}'.encode()).decode()}"
LAST = 2_500
CONFIG = {
    "learning_rate": {"value": 2e-5},
    "num_train_epochs": {"value": 2},
    "_wandb": {"value": {"m": [{"1": "global_step"}, {"2": "val/*", "5": 1}]}},
}


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return ["wandb://ana/tuning/abc", "https://wandb.ai/ana/tuning/runs/abc"]


def history(run: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for step in range(LAST + 1):
        row: dict[str, Any] = {"_step": step, "global_step": 2 * step, "train/loss": 1 + 1 / (1 + step)}
        if step and step % 500 == 0:
            row |= {"val/loss": "NaN" if step == 1000 else 1.5}
        rows.append(row)
    return rows if run == "abc" else rows[:20]


def node(name: str, lines: int) -> dict[str, Any]:
    return {
        "name": name,
        "displayName": "tune",
        "createdAt": "2026-11-01T00:00:00",
        "historyLineCount": lines,
    }


def answered(asked: Asked) -> Answer:
    if asked.headers.get("Authorization") != AUTHORIZATION:
        return Answer(f'{{"errors": [{{"message": "{KEY}"}}]}}'.encode(), 401)
    question = json.loads(asked.body)
    names = question["variables"]
    run = names.get("run")
    if names["entity"] != "ana":
        return as_json({"data": {"project": None}})
    if "runs(" in question["query"]:
        second = names["after"] is not None
        edges = (
            [{"node": node("idle", 0)}, {"node": node("def", 20)}] if second else [{"node": node("abc", 9)}]
        )
        page = {"endCursor": "c", "hasNextPage": not second}
        return as_json({"data": {"project": {"runs": {"edges": edges, "pageInfo": page}}}})
    if "history(" in question["query"]:
        assert names["maxStep"] - names["minStep"] <= names["pageSize"]
        inside = [row for row in history(run) if names["minStep"] <= row["_step"] < names["maxStep"]]
        lines = [json.dumps(row) for row in inside]
        return as_json({"data": {"project": {"run": {"history": lines}}}})
    if run == "busy":
        return Answer(status=429, headers={"Retry-After": "2"})
    if run == "old":
        return as_json({"errors": [{"message": "Cannot query field"}], "data": None})
    if run not in ("abc", "def"):
        return as_json({"data": {"project": {"run": None}}})
    rows = history(run)
    said = {
        **node(run, len(rows)),
        "state": "finished" if run == "abc" else "crashed",
        "config": json.dumps(CONFIG),
        "historyKeys": {"lastStep": len(rows) - 1},
    }
    return as_json({"data": {"project": {"run": said}}})


def as_json(value: object) -> Answer:
    return Answer(json.dumps(value).encode())


SERVICE = Service("wandb://ana/tuning", {"WANDB_BASE_URL": "{url}", "WANDB_API_KEY": KEY}, answered)


@pytest.fixture
def server(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Loopback]:
    environment.setattr(_tries, "sleep", lambda _: None)
    environment.setenv("HOME", str(tmp_path))
    with serving(answered) as started:
        environment.setenv("WANDB_BASE_URL", started.url)
        environment.setenv("WANDB_API_KEY", KEY)
        yield started


@pytest.mark.parametrize("address", ["wandb://ana/tuning/abc", "https://wandb.ai/ana/tuning/runs/abc?nw=x"])
def test_a_run_is_read_with_its_whole_history(server: Loopback, address: str) -> None:
    run = load(address)
    assert len(run["train_loss"]) == LAST + 1
    assert run["full_valid_loss"].step.tolist() == [1000, 2000, 3000, 4000, 5000]
    assert not run["full_valid_loss"].value[1] > 0
    assert (run.id, run.name, run.status) == ("abc", "tune", "succeeded")
    assert run.hyperparameters == {"n_epochs": 2, "learning_rate": 2e-5}


def test_a_project_lists_the_runs_that_logged_something(server: Loopback) -> None:
    found = list(load_all("wandb://ana/tuning"))
    assert [(run.id, run.status) for run in found] == [("abc", "succeeded"), ("def", "failed")]
    assert load(found[1].source).id == "def"
    fleet = analyze_all(["https://wandb.ai/ana/tuning"], jobs=1)
    assert [row.address for row in fleet.rows] == ["wandb://ana/tuning/abc", "wandb://ana/tuning/def"]
    assert [row.name for row in analyze_all(["wandb://ana/tuning/abc"], jobs=1).rows] == ["tune"]


def test_the_key_of_a_login_is_used(
    server: Loopback, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("WANDB_API_KEY")
    with pytest.raises(CredentialsError, match="no key") as caught:
        load("wandb://ana/tuning/abc")
    assert "wandb login" in caught.value.hint
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1\n  login user\n  password {KEY}\n")
    netrc.chmod(0o600)
    assert load("wandb://ana/tuning/def").id == "def"


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("wandb://ana/tuning/nothing", NotFoundError, "no run nothing in ana/tuning"),
        ("wandb://nobody/tuning", NotFoundError, "knows no nobody/tuning"),
        ("wandb://ana/tuning/busy", ServiceError, "fewer requests"),
        ("wandb://ana/tuning/old", ServiceError, "Cannot query field"),
        ("wandb://ana", UsageError, "names no run"),
    ],
)
def test_a_refusal_says_why(server: Loopback, address: str, error: type[CurvewiseError], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        load(address)
    assert caught.value.hint


def test_a_wrong_key_is_refused_and_shown_to_nobody(
    server: Loopback, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("WANDB_API_KEY", wrong := KEY[::-1])
    with pytest.raises(CredentialsError) as caught:
        load("wandb://ana/tuning/abc")
    assert wrong not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_page_of_a_project_is_no_file_of_the_web() -> None:
    assert Place("https://wandb.ai/ana/tuning").source is wandb_api
