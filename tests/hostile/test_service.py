"""Whatever a service sends, each command ends in bounded time, memory and requests, and says what it met."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest

import curvewise as cw
from curvewise.deployment.arm import Arm
from curvewise.deployment.identity import FixedToken
from curvewise.deployment.resource import parse_resource
from curvewise.errors import CurvewiseError
from curvewise.providers._fine_tuning_api import FineTuningApi
from curvewise.services.concurrency import in_parallel
from tests.hostile.service import BEHAVIOURS, Behaviour, HostileService, kept_headers, redirecting_to
from tests.sources.services import services
from tests.standin.arm import TOKEN, ArmStandin

for _package in ("openai", "azure.mgmt.cognitiveservices", "obstore", "huggingface_hub", "boto3"):
    pytest.importorskip(_package)

SECONDS = 8.0
"""A command may take, with the limits of this test: several answers of a second, one after the other."""

LIMITS = {"ANSWER_BYTES": 2**20, "ANSWER_SECONDS": 1, "PAGES": 20, "LIST_SECONDS": 2, "COPY_SECONDS": 2}


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


def fleet(job: str, folder: Path) -> str:
    (row,) = cw.analyze_all([f"openai://{job}"], jobs=1).rows
    return row.diagnosis or f"Error: {row.problem}"


def compare(job: str, folder: Path) -> str:
    runs = [run for address in (job, f"openai://{job}") for run in cw.load_all(address)]
    return f"{len(cw.compare([cw.analyze(run) for run in runs]).runs)} runs"


COMMANDS: Mapping[str, Callable[[str, Path], str]] = {
    command.__name__: command for command in (check, watch, archive, jobs, fleet, compare)
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


ON_THE_WIRE = (
    "honest",
    "a body without end",
    "a body that unpacks to 64 MiB",
    "a body byte by byte",
    "headers byte by byte",
    "a body that stalls",
    "no answer",
    "an answer that is no HTTP",
    "a page of HTML",
    "429, in 251606469191 s",
    "a redirect to itself",
    "a redirect to a file",
)


@pytest.mark.parametrize("behaviour", ON_THE_WIRE)
def test_every_place_elsewhere_is_bounded(
    behaviour: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("HOME", str(tmp_path))
    environment.setattr("curvewise.sources._tries.sleep", lambda _: None)
    ended: dict[str, tuple[float, str]] = {}

    def read(name: str, call: Callable[[], str]) -> None:
        began = time.monotonic()
        try:
            said = call()
        except CurvewiseError as error:
            said = f"{type(error).__name__}: {error.problem}; {error.hint}"
            assert error.hint
        ended[name] = (time.monotonic() - began, said)

    with ExitStack() as stack:
        calls = []
        for name, service in services().items():
            server = stack.enter_context(HostileService(BEHAVIOURS[behaviour], service.handle))
            stack.enter_context(service.at(server.root))
            address = service.address.format(url=server.root)
            calls.append(partial(read, name, lambda a=address: f"{len(list(cw.load_all(a)))} runs"))  # type: ignore[misc]  # a default binds it
        azure = stack.enter_context(ArmStandin())
        server = stack.enter_context(HostileService(BEHAVIOURS[behaviour], azure.handle))
        arm = Arm(parse_resource(azure.resource_id), credential=FixedToken(TOKEN), manager=server.root)
        calls.append(partial(read, "ARM", lambda: f"{len(arm.deployments())} deployments"))
        in_parallel(calls, len(calls))
    for name, (took, said) in ended.items():
        print(f"{behaviour} | {name} | {took:.1f} s | {said[:150]}")
        assert took < SECONDS
        assert "Error" not in said or behaviour != "honest"
    assert len(ended) == len(services()) + 1


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
