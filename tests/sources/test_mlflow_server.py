"""A tracking server of MLflow, as its REST API is documented: https://mlflow.org/docs/latest/rest-api.html."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from curvewise import analyze_all
from curvewise.errors import CredentialsError, CurvewiseError, MixedRunsError, NotFoundError, ServiceError
from curvewise.loading import load, load_all
from curvewise.sources import _tries, mlflow_server
from tests.sources.loopback import Answer, Asked, Loopback, serving
from tests.sources.services import Service

KEY = "canary-0123456789abcdef"
STEPS = range(10, 101, 10)


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return ["mlflow+http://127.0.0.1:9/run", "mlflow+https://127.0.0.1:9/"]


def run(key: str, name: str, status: str, logged: bool = True) -> dict[str, object]:
    info = {"run_id": key, "run_name": name, "status": status, "start_time": 1_764_000_000_000}
    metrics = [{"key": each, "value": 1.0, "step": 100} for each in ("loss", "eval_loss")] if logged else []
    params = [{"key": "learning_rate", "value": "2e-05"}, {"key": "num_train_epochs", "value": "2"}]
    return {"info": info, "data": {"metrics": metrics, "params": params}}


RUNS = {
    "a1": run("a1", "tune", "FINISHED"),
    "b2": run("b2", "tune", "FAILED"),
    "c3": run("c3", "idle", "RUNNING", logged=False),
}


def answered(asked: Asked) -> Answer:
    if asked.headers.get("Authorization", f"Bearer {KEY}") != f"Bearer {KEY}":
        return Answer(f'{{"message": "no {KEY}"}}'.encode(), 401)
    parts = urlsplit(asked.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    body = json.loads(asked.body or b"{}")
    match parts.path.removeprefix("/api/2.0/mlflow/"):
        case "runs/get" if query["run_id"] in RUNS:
            return as_json({"run": RUNS[query["run_id"]]})
        case "experiments/get-by-name" if query["experiment_name"] == "tuning":
            return as_json({"experiment": {"experiment_id": "7"}})
        case "experiments/search":
            return as_json({"experiments": [{"experiment_id": "7"}]})
        case "runs/search" if body["experiment_ids"] == ["7"]:
            first, *rest = RUNS.values()
            token = body.get("page_token")
            return as_json({"runs": rest} if token else {"runs": [first], "next_page_token": "n"})
        case "metrics/get-history":
            return as_json(history(query["metric_key"], query.get("page_token")))
        case "runs/get" if query["run_id"] == "busy":
            return Answer(status=429, headers={"Retry-After": "3"})
        case "runs/get" if query["run_id"] == "moved":
            return Answer(status=302, headers={"Location": "http://localhost:9/"})
        case "runs/get" if query["run_id"] == "page":
            return Answer(b"<html>sign in</html>")
    return Answer(b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}', 404)


def as_json(value: object) -> Answer:
    return Answer(json.dumps(value).encode())


def history(metric: str, token: str | None) -> dict[str, object]:
    steps = [step for step in STEPS if metric == "loss" or step % 50 == 0]
    points = [
        {"key": metric, "value": "NaN" if step == 100 else 20 / step, "timestamp": step, "step": str(step)}
        for step in steps
    ]
    half = len(points) // 2
    return {"metrics": points[half:]} if token else {"metrics": points[:half], "next_page_token": "n"}


SERVICE = Service("mlflow://tuning", {"MLFLOW_TRACKING_URI": "{url}", "MLFLOW_TRACKING_TOKEN": KEY}, answered)


@pytest.fixture
def server(environment: pytest.MonkeyPatch) -> Iterator[Loopback]:
    environment.setattr(_tries, "sleep", lambda _: None)
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        environment.delenv(name, raising=False)
    with serving(answered) as started:
        environment.setenv("MLFLOW_TRACKING_URI", started.url)
        environment.setenv("MLFLOW_TRACKING_TOKEN", KEY)
        yield started


@pytest.mark.parametrize("prefix", ["mlflow://", "mlflow+{url}/", "{url}/#/experiments/7/runs/"])
def test_a_run_is_read_with_every_page_of_its_history(server: Loopback, prefix: str) -> None:
    read = load(prefix.format(url=server.url) + "a1")
    assert read["train_loss"].step.tolist() == list(STEPS)
    assert read["full_valid_loss"].step.tolist() == [50, 100]
    assert read["train_loss"].value[-1] != read["train_loss"].value[-1]
    assert (read.id, read.name, read.status) == ("a1", "tune", "succeeded")
    assert read.hyperparameters == {"n_epochs": 2, "learning_rate": 2e-05}


@pytest.mark.parametrize("wanted", ["tuning", "7", ""])
def test_an_experiment_lists_the_runs_that_logged_something(server: Loopback, wanted: str) -> None:
    found = list(load_all(f"mlflow://{wanted}"))
    assert [(each.id, each.status) for each in found] == [("a1", "succeeded"), ("b2", "failed")]
    assert load(found[1].source).id == "b2"
    fleet = analyze_all([f"mlflow://{wanted}"], jobs=1)
    assert [row.address for row in fleet.rows] == ["mlflow://a1", "mlflow://b2"]
    assert [row.name for row in analyze_all([f"mlflow+{server.url}/a1"], jobs=1).rows] == ["tune"]
    with pytest.raises(MixedRunsError):
        load(f"mlflow://{wanted}")


@pytest.mark.parametrize(
    ("wanted", "error", "said"),
    [
        ("nothing", NotFoundError, "does not know run or experiment nothing"),
        ("busy", ServiceError, "fewer requests"),
        ("moved", ServiceError, "status 302"),
        ("page", ServiceError, "something else than JSON"),
    ],
)
def test_a_refusal_says_why(server: Loopback, wanted: str, error: type[CurvewiseError], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        load(f"mlflow://{wanted}")
    assert caught.value.hint


def test_a_wrong_key_is_refused_and_shown_to_nobody(
    server: Loopback, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("MLFLOW_TRACKING_TOKEN", wrong := KEY.replace("canary", "wrong!"))
    with pytest.raises(CredentialsError) as caught:
        load("mlflow://a1")
    assert wrong not in str(caught.value)
    assert "MLFLOW_TRACKING_TOKEN" in caught.value.hint


def test_a_key_is_sent_to_the_server_of_the_environment_only(
    server: Loopback, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.com")
    assert load(f"mlflow+{server.url}/a1").id == "a1"
    assert not [asked for asked in server.asked if "Authorization" in asked.headers]


def test_a_store_on_this_machine_is_named_by_its_path(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    with pytest.raises(CurvewiseError, match="tracking server is not known") as caught:
        load("mlflow://a1")
    assert "mlflow.db" in caught.value.hint
    assert mlflow_server.MOST_RUNS > 1
