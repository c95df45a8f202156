"""Runs on a tracking server of MLflow."""

from __future__ import annotations

import math
import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec
import numpy as np

from curvewise.errors import NotFoundError, UsageError
from curvewise.model.run import Run
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.secrets import Secret
from curvewise.services.concurrency import in_parallel
from curvewise.services.paging import bounded_pages
from curvewise.sources._mlflow_runs import run_of
from curvewise.sources._names import distinct
from curvewise.sources._web_api import WebApi

_URI, _TOKEN = "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN"
_USER, _PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
_SCHEMES = ("mlflow", "mlflow+http", "mlflow+https")
_PAGE = re.compile(r"(https?)://([^/#?]+)(?:/[^#]*)?#/experiments/(\d+)(?:/runs/(\w+))?.*", re.IGNORECASE)
_API = "api/2.0/mlflow"
_A_PAGE = 1_000
_POINTS_A_PAGE = 25_000
MOST_RUNS = 2_000
"""Runs of an experiment that are listed, the newest first."""

Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Info(msgspec.Struct):
    """What the server says of a run."""

    run_id: str
    run_name: str | None = None
    status: str | None = None
    start_time: Whole | None = None  # in milliseconds


class Held(msgspec.Struct):
    """A parameter, or the last value of a metric."""

    key: str
    value: str | float | None = None


class Data(msgspec.Struct):
    """What a run logged."""

    metrics: Sequence[Held] | None = None
    params: Sequence[Held] | None = None


class Found(msgspec.Struct):
    """A run."""

    info: Info
    data: Data = msgspec.field(default_factory=Data)


class One(msgspec.Struct):
    """The answer to the id of a run."""

    run: Found


class Several(msgspec.Struct):
    """A page of runs."""

    runs: Sequence[Found] | None = None
    next_page_token: str | None = None


class Experiment(msgspec.Struct):
    """An experiment."""

    experiment_id: str


class OneExperiment(msgspec.Struct):
    """The answer to the name of an experiment."""

    experiment: Experiment


class Experiments(msgspec.Struct):
    """The experiments of a server."""

    experiments: Sequence[Experiment] | None = None


class Point(msgspec.Struct):
    """A value of a metric."""

    value: float
    step: Whole | None = None
    timestamp: Whole | None = None


class History(msgspec.Struct):
    """A page of the values of a metric."""

    metrics: Sequence[Point] | None = None
    next_page_token: str | None = None


@source(
    title="MLflow: runs on a tracking server",
    recognised_by="an address mlflow://RUN or mlflow://EXPERIMENT with MLFLOW_TRACKING_URI, or "
    "mlflow+https://HOST/RUN, or the page of one",
    recognise=lambda place: place.scheme.lower() in _SCHEMES or _PAGE.fullmatch(place.text) is not None,
    folders=lambda place: _addresses(place),
)
def mlflow_server(place: Place) -> Iterator[RunEntry]:
    """List the run of an id, or the runs of an experiment that logged a metric."""
    server, wanted = _split(place.text)
    api = _connect(server)
    found = _one(api, wanted) or _of_experiment(api, wanted, MOST_RUNS)
    runs = {run.info.run_id: run for run in found if run.data.metrics}
    names = distinct((key, run.info.run_name or "") for key, run in runs.items())
    for key, run in runs.items():
        began = run.info.start_time
        when = began / 1000 if began else None
        yield RunEntry(names[key], partial(_read, api, run, names[key], place.mapping), when)


def _one(api: WebApi, wanted: str) -> list[Found]:
    """Return the run of an id, if there is one."""
    try:
        found = api.get(f"{_API}/runs/get", f"run {wanted}", run_id=wanted) if wanted else None
    except NotFoundError:
        return []
    return [api.shaped(found, One).run] if found else []


def _addresses(place: Place) -> list[str]:
    """List the addresses of all runs of an experiment; none for that of a run."""
    server, wanted = _split(place.text)
    api = _connect(server)
    if _one(api, wanted):
        return []
    runs = [run.info.run_id for run in _of_experiment(api, wanted) if run.data.metrics]
    head = "mlflow://" if place.scheme.lower() == "mlflow" else f"mlflow+{server}/"
    return [f"{head}{run}" for run in runs]


def _split(text: str) -> tuple[str, str]:
    """Part an address into that of the server and what is wanted there."""
    if page := _PAGE.fullmatch(text):
        return f"{page[1]}://{page[2]}", page[4] or page[3]
    scheme, _, rest = text.partition("://")
    if scheme.lower() == "mlflow":
        server = os.environ.get(_URI, "")
        if not server.startswith(("http://", "https://")):
            raise UsageError(
                "the tracking server is not known",
                hint=f"set {_URI} to its address, or write mlflow+https://HOST/RUN; of a store on this "
                "machine pass the path: mlflow.db, or the folder mlruns",
            )
        return server, unquote(rest)
    host, _, wanted = rest.partition("/")
    return f"{scheme[len('mlflow+') :].lower()}://{host}", unquote(wanted)


def _connect(server: str) -> WebApi:
    """Connect to a server; credentials are for that of the environment alone."""
    own = urlsplit(os.environ.get(_URI, ""))
    is_own = (own.scheme, own.netloc) == urlsplit(server)[:2]
    token, user, password = (
        os.environ.get(each, "") if is_own else "" for each in (_TOKEN, _USER, _PASSWORD)
    )
    basic = b64encode(f"{user}:{password}".encode()).decode() if user else ""
    sent = f"Bearer {token}" if token else f"Basic {basic}" if basic else ""
    return WebApi(
        "MLflow",
        server,
        address_variable=_URI,
        headers={"Authorization": sent} if sent else {},
        secrets=tuple(Secret(each) for each in (token, password, basic) if each),
        sign_in=f"set {_USER} and {_PASSWORD}, or {_TOKEN}; they are sent to the server of {_URI} only",
        may_be_plain=True,
    )


def _of_experiment(api: WebApi, name: str, most: float = math.inf) -> Iterator[Found]:
    """Give the runs of an experiment, by its name or id; of every one without a name."""
    if name.isdecimal():
        experiments = [name]
    elif name:
        found = api.get(f"{_API}/experiments/get-by-name", f"run or experiment {name}", experiment_name=name)
        experiments = [api.shaped(found, OneExperiment).experiment.experiment_id]
    else:
        found = api.post(f"{_API}/experiments/search", "the experiments", {"max_results": _A_PAGE})
        experiments = [each.experiment_id for each in api.shaped(found, Experiments).experiments or ()]
    body: dict[str, Any] = {
        "experiment_ids": experiments,
        "max_results": _A_PAGE,
        "order_by": ["start_time DESC"],
    }
    count = 0
    for _ in bounded_pages():
        page = api.shaped(api.post(f"{_API}/runs/search", f"the runs of {name}", body), Several)
        count += len(page.runs or ())
        yield from page.runs or ()
        token = page.next_page_token
        if not token or token == body.get("page_token") or count >= most:
            return
        body["page_token"] = token


def _read(api: WebApi, run: Found, name: str, mapping: Mapping[str, str]) -> Run:
    key = run.info.run_id
    metrics = [each.key for each in run.data.metrics or ()]
    histories = in_parallel([partial(_history, api, key, metric) for metric in metrics])
    params = {each.key: str(each.value) for each in run.data.params or ()}
    points = dict(zip(metrics, histories, strict=True))
    return run_of(key, name, run.info.status or "", params, points, mapping)


def _history(api: WebApi, run: str, metric: str) -> Any:
    """Read all values of a metric, in the order in which they were logged."""
    points: list[tuple[int, int, float]] = []
    query: dict[str, str | int] = {"run_id": run, "metric_key": metric, "max_results": _POINTS_A_PAGE}
    for _ in bounded_pages():
        found = api.get(f"{_API}/metrics/get-history", f"{metric} of run {run}", **query)
        page = api.shaped(found, History)
        points += [(each.timestamp or 0, each.step or 0, each.value) for each in page.metrics or ()]
        token = page.next_page_token
        if not token or token == query.get("page_token"):
            break
        query["page_token"] = token
    points.sort(key=lambda point: point[:2])
    steps, values = [point[1] for point in points], [point[2] for point in points]
    return np.array(steps, np.int64), np.array(values, np.float64)
