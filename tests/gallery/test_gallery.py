from __future__ import annotations

import inspect
import sys

import pytest
from gallery import Exhibit, exhibits, runs
from gallery._exhibits import TESTS

import curvewise as cw
from curvewise import plugin

SHOWN = list(exhibits().values())


def possible(check: plugin.Check) -> set[str]:
    """The verdicts against a run that the source of a check names."""
    source = inspect.getsource(sys.modules[check.function.__module__])
    return {status for status in ("warning", "problem") if f"Finding.{status}" in source}


@pytest.mark.parametrize("check", plugin.checks().values(), ids=lambda check: check.name)
def test_every_verdict_of_every_check_has_a_run_that_shows_it(check: plugin.Check) -> None:
    if not check.function.__module__.startswith("curvewise.checks."):
        pytest.skip("a check of another package")
    missing = possible(check) - {shown.status for shown in SHOWN if shown.check == check.name}
    assert not missing, (
        f"no exhibit shows {check.name} with the verdict {' or '.join(sorted(missing))}: "
        f"add a function with `@exhibit(...)` to its test"
    )


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.name)
def test_the_run_really_shows_the_finding(shown: Exhibit) -> None:
    assert cw.analyze(shown.make()).finding(shown.check).status == shown.status


def test_a_check_has_one_exhibit_a_verdict() -> None:
    drafted = sum(file.read_text(encoding="utf-8").count("\n@exhibit(") for file in TESTS.glob("test_*.py"))
    assert len({(shown.check, shown.status) for shown in SHOWN}) == len(SHOWN) == drafted


def test_every_exhibit_has_a_story_of_its_own() -> None:
    stories = [shown.story for shown in SHOWN]
    assert all(story.endswith(".") and len(story) > 40 for story in stories)
    assert len(set(stories)) == len(stories)


def test_runs_are_the_same_every_time_and_have_names_of_their_own() -> None:
    first, second = runs(), runs()
    assert {name: run.metrics for name, run in first.items()} == {
        name: run.metrics for name, run in second.items()
    }
    assert len({run.name for run in first.values()}) == len(first) == len(SHOWN)
