"""Every result in every format shows foreign text and obeys none of it; a new view is made hostile here.

What each writer does is said in SECURITY.md.
"""

from __future__ import annotations

import csv
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from io import StringIO
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt

import curvewise as cw
from curvewise.model.deployment import Deployment
from curvewise.model.fleet import Count, Effect, Fleet, FleetRow, Leader
from curvewise.model.listed_run import ListedRun
from curvewise.model.plan import Task
from curvewise.model.pruning import Pruning, Stored
from curvewise.plugin import Style, renderers
from curvewise.plugin.view import views
from tests.evaluation.deciding import evaluation, right

from .hostile import ATTACKS, EVERYTHING, hostile_comparison, hostile_report, hostile_run
from .test_hostile import CONTROL, Tags

TURNING = re.compile(r"[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Marks that turn the writing direction, end a line, or are not seen."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
EVENT = re.compile(r"^(?:on\w+|src|srcdoc|formaction)$")


def hostile(value: Any, attack: str, kind: Any = None) -> Any:
    """Put the attack into every text of a result, as far as its types allow any text."""
    if isinstance(value, msgspec.Struct):
        hints = typing.get_type_hints(type(value))
        names = [name for name in value.__struct_fields__ if name not in ("version",)]
        return msgspec.structs.replace(
            value, **{name: hostile(getattr(value, name), attack, hints[name]) for name in names}
        )
    if isinstance(value, str):
        kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
        return attack if str in kinds else value
    within = [each for each in typing.get_args(kind) if each is not Ellipsis] or [None]
    if isinstance(value, tuple | list):
        return type(value)(hostile(each, attack, within[0]) for each in value)
    if isinstance(value, Mapping):
        return {key: hostile(each, attack, within[-1]) for key, each in value.items()}
    return value


RUN_ROW = ListedRun(address="a.csv", name="a", kind="sft", last_step=3, status="running", problem="cut")
JOB_ROW = cw.ListedJob(
    job=cw.Job(id="ftjob-1", name="n", status="running", base_model="m", error="e"), problem="gone"
)
PLAN = cw.Plan(
    task=Task(name="t", harness="h", metric="m", scale=(0.0, 1.0)),
    contenders=(cw.Contender(name="a", model="m", step=1, role="peak"),),
    done={},
    expected=4,
    budget=cw.Budget(),
    currency="USD",
)

FLEET = Fleet(
    version="1",
    headline="h",
    found=2,
    judged=1,
    refused=1,
    refusals=(Count(name="n", count=1, example="e"),),
    diagnoses=(Count(name="n", count=1, example="e"),),
    metric="m",
    passed_over=(Count(name="n", count=1, example="e"),),
    leaders=(Leader(name="n", value=1.0, low=0.5, high=1.5, probability=0.5, runs=1, address="a"),),
    effects=(
        Effect(
            name="n",
            levels=(("a", 1.0), ("b", 2.0)),
            better="a",
            worse="b",
            effect=1.0,
            low=0,
            high=2,
            is_factor=True,
            p=0.1,
        ),
    ),
    grouped=("g",),
    looked_at=("l",),
    duplicates=(("a", "b"),),
    next=("n",),
    rows=(
        FleetRow(address="a", name="n", base_model="m", problem="p", refusal="r", summary="s", status="x"),
    ),
)

PRUNING = Pruning(
    folder="f",
    checkpoints=(Stored(path="p", step=1, bytes=9, kept="k"), Stored(path="q", step=2, bytes=9)),
    deleted=("d",),
    failed=("x",),
)

RESULTS: Mapping[str, Callable[[str], Any]] = {
    "report": lambda attack: [hostile_report(attack)],
    "choice": lambda attack: [hostile_report(attack)],
    "comparison": hostile_comparison,
    "candidates": lambda attack: hostile(cw.candidates(hostile_run(attack)), attack),
    "decision": lambda attack: hostile(
        cw.decide(evaluation({attack[:300]: right(60, 90), "step 70": right(80, 90)})), attack
    ),
    "forecast": lambda attack: cw.forecast(hostile_run(attack)),
    "deployments": lambda attack: [hostile(Deployment(name="d", model="m", sku="s", state="Failed"), attack)],
    "fleet": lambda attack: hostile(FLEET, attack),
    "jobs": lambda attack: [hostile(JOB_ROW, attack)],
    "plan": lambda attack: hostile(PLAN, attack),
    "pruning": lambda attack: hostile(PRUNING, attack),
    "runs": lambda attack: [hostile(RUN_ROW, attack)],
}


@cache
def made(result: str, attack: str) -> Any:
    return RESULTS[result](attack)


def test_every_result_is_made_hostile() -> None:
    assert RESULTS.keys() == {"report", "choice", *views()}


def _csv(text: str) -> None:
    for cell in (cell for row in csv.reader(StringIO(text)) for cell in row):
        assert not cell.startswith(FORMULA) or float(cell) is not None, f"a formula: {cell[:40]!r}"


def _html(text: str) -> None:
    page = Tags(re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
    assert not page.tags & {"img", "iframe", "object", "embed", "form", "base"}
    assert not [name for name in page.attributes if EVENT.match(name)]


def _markdown(text: str) -> None:
    page = Tags(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))
    assert not page.tags & {"a", "img", "script", "iframe"}
    assert not re.search(r"@\w|#\d|\bGH-\d|https?://|www\.\w", page.prose)


CHECKS: Mapping[str, Callable[[str], object]] = {
    "csv": _csv,
    "html": _html,
    "json": json.loads,
    "markdown": _markdown,
}


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("attack", [*ATTACKS, EVERYTHING], ids=lambda attack: repr(attack[:12]))
def test_every_format_of_every_result(result: str, attack: str) -> None:
    for name, render in renderers(result).items():
        text = render(made(result, attack), Style(part="selection" if result == "choice" else "all"))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text), f"{name} writes a control"
        assert not TURNING.search(text), f"{name} turns the writing direction"
        if name not in ("html", "json"):
            assert not CONTROL.search(text)
        CHECKS.get(name, str)(text)
