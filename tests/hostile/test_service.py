"""Whatever a service sends, each command ends in bounded time, memory and requests, and says what it met."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

import curvewise as cw
from curvewise.errors import CurvewiseError
from curvewise.providers._fine_tuning_api import FineTuningApi
from tests.hostile.service import BEHAVIOURS, Behaviour, HostileService, kept_headers, redirecting_to

pytest.importorskip("openai")

SECONDS = 8.0
"""A command may take, with the limits of this test: several answers of a second, one after the other."""

LIMITS = {"ANSWER_BYTES": 2**20, "ANSWER_SECONDS": 1, "PAGES": 20, "LIST_SECONDS": 2}


def check(job: str, folder: Path) -> str:
    return cw.analyze(cw.load(job)).headline


def watch(job: str, folder: Path) -> str:
    updates = list(itertools.islice(cw.watch(job, interval=0.01, patience=0.05), 6))
    said = [message for update in updates for message in update.messages if "status" in message]
    return f"{updates[-1].job.status}, {len(updates)} updates {said[:1]}"


def archive(job: str, folder: Path) -> str:
    return f"{cw.archive(job, folder / 'archive').folder is not None}"


def jobs(job: str, folder: Path) -> str:
    return f"{len(cw.jobs(['openai']))} jobs"


COMMANDS: Mapping[str, Callable[[str, Path], str]] = {
    command.__name__: command for command in (check, watch, archive, jobs)
}


@pytest.fixture(autouse=True)
def bounded(environment: pytest.MonkeyPatch) -> None:
    for name, value in LIMITS.items():
        environment.setenv(f"CURVEWISE_MAX_{name}", str(value))
    environment.setitem(FineTuningApi.__init__.__kwdefaults__, "max_retries", 0)  # type: ignore[arg-type]  # it has defaults


def outcome(behaviour: Behaviour, command: str, folder: Path, environment: pytest.MonkeyPatch) -> str:
    with HostileService(behaviour) as service:
        for name, value in service.environment.items():
            environment.setenv(name, value)
        try:
            return COMMANDS[command](service.standin.id("small-sft"), folder)
        except CurvewiseError as error:
            assert error.problem
            assert error.hint
            return f"{type(error).__name__}: {error.problem}; {error.hint}"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_each_answer_is_bounded(
    behaviour: str, command: str, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    ended = outcome(BEHAVIOURS[behaviour], command, tmp_path, environment)
    took = time.monotonic() - began
    print(f"{behaviour} | {command} | {took:.1f} s | {ended[:150]}")
    assert took < SECONDS
    for nonsense in ("inf s", "251606469191", "Traceback"):
        assert nonsense not in ended
    if behaviour == "honest":
        assert "Error" not in ended
    if behaviour == "result files that climb":
        assert "Error" not in ended
    if behaviour.startswith("a status that") and command == "watch":
        assert "is not known" in ended
    if behaviour == "cursors always new" and command != "jobs":
        assert "goes on after 20 pages" in ended


@pytest.mark.parametrize("door", ["OPENAI", "AZURE"])
def test_a_key_does_not_follow_a_redirect(door: str, environment: pytest.MonkeyPatch) -> None:
    seen: list[Mapping[str, str]] = []
    with (
        HostileService(kept_headers(seen)) as other,
        HostileService(redirecting_to(f"{other.url}/x")) as service,
    ):
        if door == "OPENAI":
            environment.setenv("OPENAI_BASE_URL", service.url)
            environment.setenv("OPENAI_API_KEY", "sk-canary")
        else:
            environment.setenv("AZURE_OPENAI_ENDPOINT", service.url.removesuffix("/v1"))
            environment.setenv("AZURE_OPENAI_API_KEY", "sk-canary")
        with suppress(CurvewiseError):
            cw.load(f"{door.lower()}://ftjob-1")
    assert seen
    assert not [value for headers in seen for value in headers.values() if "sk-canary" in value]
