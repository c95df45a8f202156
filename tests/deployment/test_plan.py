from __future__ import annotations

from typing import Any

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curvewise.cli.deploy import deploy
from curvewise.deployment.plan import CAPACITY, NAME, SKUS, suggest_name
from curvewise.deployment.resource import Resource
from curvewise.errors import UsageError
from tests.deployment.conftest import plan

RESOURCE = Resource("00000000-0000-4000-8000-000000000001", "lab", "mine")


@given(st.lists(st.text(), max_size=4), st.booleans())
@example(["0"], False)  # a name has two characters
def test_a_suggested_name_can_be_one(parts: list[str], unique: bool) -> None:
    assert NAME.fullmatch(suggest_name(*parts, unique=unique))


def test_a_long_name_keeps_what_tells_it_apart() -> None:
    assert suggest_name("m" * 200, "step-70").endswith("m-step-70")
    assert len(suggest_name("m" * 200, "step-70", unique=True)) == 64
    assert suggest_name("a", unique=True) != suggest_name("a", unique=True)


def test_the_request_says_what_was_asked_for() -> None:
    planned = plan(RESOURCE, sku="DeveloperTier", capacity=7, tags={"curvewise-step": "70"})
    assert planned.body == {
        "sku": {"name": "DeveloperTier", "capacity": 7},
        "properties": {"model": {"format": "OpenAI", "name": "gpt.ft-1", "version": "1"}},
        "tags": {"created-by": "curvewise", "curvewise-step": "70"},
    }
    assert planned.path == f"{RESOURCE.id}/deployments/gpt-step-70?api-version=2024-10-01"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "../x"}, {"name": "x"}, {"name": "a" * 65}, {"name": "-ab"}, {"sku": "Free"}, {"capacity": 0}],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        plan(RESOURCE, **wrong)


def test_the_command_line_offers_what_a_plan_takes() -> None:
    options = {option.name: option for option in deploy.params}
    assert isinstance(options["sku"].type, click.Choice)
    assert tuple(options["sku"].type.choices) == SKUS
    assert options["capacity"].default == CAPACITY
