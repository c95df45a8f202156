"""Runs on a server of Weights & Biases."""

from __future__ import annotations

import math
import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from curvewise.errors import CredentialsError, NotFoundError, ServiceError, UsageError
from curvewise.model.api_object import as_list, as_object, text, whole
from curvewise.model.run import Run
from curvewise.parsing.logged import read_log, with_settings
from curvewise.parsing.rows import read_rows
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.secrets import Secret
from curvewise.services.paging import bounded_pages, in_time
from curvewise.sources._databases import read_object, seconds
from curvewise.sources._names import distinct
from curvewise.sources._web_api import WebApi

_KEY, _ADDRESS = "WANDB_API_KEY", "WANDB_BASE_URL"
_HOSTED = "https://api.wandb.ai"
_PAGE = re.compile(r"https://(?:www\.)?wandb\.ai/([^/?#]+)/([^/?#]+)(?:/runs/([^/?#]+))?(?:[/?#].*)?")
_STATUS = {
    "finished": "succeeded", "failed": "failed", "crashed": "failed", "killed": "cancelled",
    "running": "running", "pending": "queued",
}  # fmt: skip
_RUNS_A_PAGE = 100
_STEPS_A_PAGE = 1_000
MOST_RUNS = 2_000
"""Runs of a project that are listed to be read one after the other, the newest first."""

_RUNS = """query Runs($entity: String!, $project: String!, $first: Int!, $after: String) {
  project(name: $project, entityName: $entity) { runs(first: $first, after: $after, order: "-created_at") {
    edges { node { name displayName createdAt historyLineCount } } pageInfo { endCursor hasNextPage } } } }"""
_RUN = """query Run($entity: String!, $project: String!, $run: String!) {
  project(name: $project, entityName: $entity) { run(name: $run) {
    name displayName state config historyKeys historyLineCount } } }"""
_HISTORY = """query History(
  $entity: String!, $project: String!, $run: String!, $minStep: Int64!, $maxStep: Int64!, $pageSize: Int!) {
  project(name: $project, entityName: $entity) { run(name: $run) {
    history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize) } } }"""


@source(
    title="Weights & Biases: runs on its server",
    recognised_by="an address wandb://ENTITY/PROJECT/RUN or wandb://ENTITY/PROJECT, or the page of one",
    recognise=lambda place: place.scheme.lower() == "wandb" or _PAGE.fullmatch(place.text) is not None,
    folders=lambda place: _addresses(place),
)
def wandb_api(place: Place) -> Iterator[RunEntry]:
    """List the one run of an address, or the runs of a project that logged anything."""
    names, run = _split(place.text)
    api = _connect()
    if run:
        yield RunEntry(run, partial(_read, api, {**names, "run": run}, place.mapping))
        return
    listed = _listed(api, names, MOST_RUNS)
    called = distinct((key, text(node, "displayName") or "") for key, node in listed.items())
    for key, name in called.items():
        began = seconds(listed[key].get("createdAt"))
        yield RunEntry(name, partial(_read, api, {**names, "run": key}, place.mapping), began)


def _addresses(place: Place) -> list[str]:
    """List the addresses of all runs of a project; none for that of a run."""
    names, run = _split(place.text)
    project = "/".join(quote(each, safe="") for each in names.values())
    return [] if run else [f"wandb://{project}/{quote(key, safe='')}" for key in _listed(_connect(), names)]


def _split(address: str) -> tuple[dict[str, str], str]:
    """Part an address into entity and project, and the run, "" for all of them."""
    page = _PAGE.fullmatch(address)
    parts = page.groups("") if page else address.partition("://")[2].split("/")
    entity, project, run, *more = [*map(unquote, parts), "", "", ""][: max(3, len(parts))]
    if not entity or not project or any(more):
        raise UsageError("this names no run", hint="expected wandb://ENTITY/PROJECT/RUN")
    return {"entity": entity, "project": project}, run


def _listed(api: WebApi, names: Mapping[str, str], most: float = math.inf) -> dict[str, Mapping[str, Any]]:
    """Give what is said of the runs that logged anything, by their ids."""
    nodes = _nodes(api, names, most)
    return {key: node for node in nodes if node.get("historyLineCount") and (key := text(node, "name"))}


def _connect() -> WebApi:
    base = os.environ.get(_ADDRESS) or _HOSTED
    key = os.environ.get(_KEY, "").strip() or _key_of_netrc(urlsplit(base).hostname or "")
    if not key:
        raise CredentialsError(
            "there is no key for Weights & Biases", hint=f"set {_KEY}, or sign in with `wandb login`"
        )
    encoded = b64encode(f"api:{key}".encode()).decode()
    return WebApi(
        "Weights & Biases",
        base,
        address_variable=_ADDRESS,
        headers={"Authorization": f"Basic {encoded}"},
        secrets=(Secret(key), Secret(encoded)),
        sign_in=f"look at {_KEY}, or sign in with `wandb login --relogin`; a key reads what its user may",
    )


def _key_of_netrc(host: str) -> str:
    """Return the key that `wandb login` keeps; "" without one."""
    from netrc import NetrcParseError, netrc

    try:
        found = netrc().authenticators(host)
    except (OSError, NetrcParseError, RuntimeError):  # there is no file, or no home
        return ""
    return (found[2] or "") if found else ""


def _asked(api: WebApi, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the project of an answer."""
    what = "/".join(str(variables[each]) for each in ("entity", "project", "run") if each in variables)
    answer = api.post("graphql", what, {"query": query, "variables": variables})
    data = answer.get("data") if isinstance(answer, Mapping) else None
    project = data.get("project") if isinstance(data, Mapping) else None
    if isinstance(project, Mapping):
        return project
    if isinstance(data, Mapping):
        hint = "check entity and project, and that the key may read them"
        raise NotFoundError(f"Weights & Biases knows no {what}", hint=hint)
    said = answer.get("errors") if isinstance(answer, Mapping) else None
    first = said[0].get("message") if isinstance(said, list) and said and isinstance(said[0], Mapping) else ""
    raise ServiceError(
        f"Weights & Biases rejects the question{f': {first}' if first else ''}", hint="update curvewise"
    )


def _nodes(api: WebApi, names: Mapping[str, str], most: float) -> list[Mapping[str, Any]]:
    nodes: list[Mapping[str, Any]] = []
    after: str | None = None
    for _ in bounded_pages():
        page = as_object(_asked(api, _RUNS, {**names, "first": _RUNS_A_PAGE, "after": after}).get("runs"))
        nodes += [as_object(edge.get("node")) for edge in as_list(page.get("edges"))]
        info = as_object(page.get("pageInfo"))
        cursor = text(info, "endCursor")
        if not info.get("hasNextPage") or cursor == after or len(nodes) >= most:
            break
        after = cursor
    return nodes


def _read(api: WebApi, wanted: Mapping[str, str], mapping: Mapping[str, str]) -> Run:
    said = _asked(api, _RUN, wanted).get("run")
    if not isinstance(said, Mapping):
        raise NotFoundError(
            f"Weights & Biases knows no run {wanted['run']} in {wanted['entity']}/{wanted['project']}",
            hint="a run is named by its id, the last part of its page's address",
        )
    held = read_object(said.get("config"))
    config = {name: each.get("value") for name, each in held.items() if isinstance(each, Mapping)}
    rows = list(_history(api, wanted, _last_step(said)))
    run = with_settings(read_log(read_rows(rows), mapping, _axes(config.pop("_wandb", None))), config)
    return msgspec.structs.replace(
        run,
        id=str(said.get("name") or wanted["run"]),
        name=str(said.get("displayName") or said.get("name") or "")[:200],
        status=_STATUS.get(str(said.get("state"))),
    )


def _last_step(said: Mapping[str, Any]) -> int:
    last = whole(as_object(said.get("historyKeys")).get("lastStep"))
    lines = whole(said.get("historyLineCount"))
    return last if last is not None else max(0, (lines or 0) - 1)


def _history(api: WebApi, wanted: Mapping[str, str], last: int) -> Iterator[dict[str, Any]]:
    """Give every row, by ranges of steps that are too short for the server to leave any out."""
    for first in in_time(range(0, last + 1, _STEPS_A_PAGE)):
        asked = {"minStep": first, "maxStep": first + _STEPS_A_PAGE, "pageSize": _STEPS_A_PAGE}
        run = as_object(_asked(api, _HISTORY, {**wanted, **asked}).get("run"))
        history = run.get("history")
        for line in history if isinstance(history, list) else ():
            yield read_object(line)


def _axes(internal: object) -> dict[str, str]:
    """Return the step metric of each metric or pattern, as a run defines them; a number counts from 1."""
    defined = internal.get("m") if isinstance(internal, Mapping) else None
    entries = [each for each in defined if isinstance(each, Mapping)] if isinstance(defined, Sequence) else []
    axes = {}
    for each in entries:
        name, place = each.get("1") or each.get("2"), each.get("5")
        step = each.get("4")
        if step is None and isinstance(place, int) and 0 < place <= len(entries):
            step = entries[place - 1].get("1")
        if isinstance(name, str) and isinstance(step, str):
            axes[name] = step
    return axes
