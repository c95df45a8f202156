from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.test_deploy import azure as azure
from tests.cli.test_deploy import write_job
from tests.deployment.test_deploy import MODEL
from tests.processes import started

pytest.importorskip("azure.mgmt.cognitiveservices")

from curvewise.deployment.journal import JOURNAL, Entry, Journal
from curvewise.deployment.resource import parse_resource
from tests.standin.arm import TOKEN, ArmStandin

BENCH = """
import json, pathlib, sys, time
pathlib.Path("called").open("a").write(sys.argv[1] + "\\n")
if pathlib.Path("slow").exists():
    time.sleep(60)
for number in range(4):
    print(json.dumps({"id": number, "score": 1.0}))
"""
LONGEST = 60.0


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    write_job(tmp_path / "job", MODEL)
    (tmp_path / "bench.py").write_text(BENCH)
    command = f"{sys.executable} bench.py {{model}}"
    return ["evaluate", "job", "--command", command, "--deploy", "-o", "out"]


def called(folder: Path) -> list[str]:
    file = folder / "called"
    return file.read_text().split() if file.exists() else []


def left(folder: Path, azure: ArmStandin, name: str, model: str) -> None:
    """Leave a deployment behind, as an evaluation that is killed does."""
    azure.put(name, model, tags={"created-by": "curvewise", "curvewise-purpose": "evaluation"})
    resource = parse_resource(azure.resource_id)
    Journal(folder).asked(Entry(event="asked", name=name, model=model, resource=resource))


def test_checkpoints_are_deployed_called_and_removed(
    curvewise: Program, azure: ArmStandin, arguments: list[str]
) -> None:
    done = curvewise(*arguments, "--yes", **azure.environment())
    assert done.returncode == 0, done.stderr
    made = [change.removeprefix("PUT ") for change in azure.changes() if change.startswith("PUT")]
    assert len(made) == 2 and sorted(called(curvewise.folder)) == sorted(made)
    assert azure.running == {} and Journal(curvewise.folder / "out").remaining() == ()
    assert "Azure charges for tokens only" in done.stderr and "not known here" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    header = json.loads((curvewise.folder / "out/evaluation.json").read_text())
    assert {each["model"] for each in header["contenders"]} == {MODEL, f"{MODEL}:ckpt-step-20"}


def test_nothing_is_deployed_without_a_yes(
    curvewise: Program, azure: ArmStandin, arguments: list[str]
) -> None:
    done = curvewise(*arguments, **azure.environment())
    assert done.returncode == 2 and "nothing was created" in done.stderr
    assert azure.requests == [] and called(curvewise.folder) == []


@pytest.mark.parametrize(
    ("contenders", "message"),
    [
        (["--model", "new=gpt.ft-1"], "nothing to deploy"),
        (["--model", "step 20=ft:gpt-4.1-mini:acme::abc:ckpt-step-20"], "a model of OpenAI"),
    ],
)
def test_what_cannot_be_deployed_is_told_of(
    curvewise: Program, azure: ArmStandin, arguments: list[str], contenders: list[str], message: str
) -> None:
    arguments.remove("job")
    done = curvewise(*arguments, *contenders, "--yes", **azure.environment())
    assert done.returncode == 2 and message in done.stderr and azure.requests == []


def test_stored_logs_need_no_deployment(curvewise: Program, azure: ArmStandin) -> None:
    (curvewise.folder / "logs").mkdir()
    asked = ("evaluate", "--from-logs", "logs", "--deploy", "-o", "out", "--yes")
    done = curvewise(*asked, **azure.environment())
    assert done.returncode == 2 and "stored logs call none" in done.stderr


def test_what_a_killed_one_left_is_named_when_nothing_is_left_to_do(
    curvewise: Program, azure: ArmStandin, arguments: list[str]
) -> None:
    assert curvewise(*arguments, "--yes", **azure.environment()).returncode == 0
    left(curvewise.folder / "out", azure, "curvewise-left", f"{MODEL}:ckpt-step-20")
    arguments.remove("--deploy")
    done = curvewise(*arguments, "--yes", **azure.environment())
    assert done.returncode == 0 and "curvewise-left" in done.stderr
    assert "curvewise undeploy --from out" in done.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_whatever_ends_it_the_deployments_are_removed(
    azure: ArmStandin, arguments: list[str], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    (tmp_path / "slow").touch()
    with started(
        [sys.executable, "-m", "curvewise", *arguments, "--yes"],
        env={**Program.inherited(), **azure.environment()}, cwd=tmp_path,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + LONGEST
        while not called(tmp_path):
            assert time.monotonic() < end and process.poll() is None, "it was not called"
            time.sleep(0.05)
        assert len(azure.running) == 2 and (tmp_path / "out" / JOURNAL).exists()
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == code, errors
    assert azure.running == {} and Journal(tmp_path / "out").remaining() == () and "Traceback" not in errors
