from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.cli.conftest import Program
from tests.deployment.test_deploy import MODEL
from tests.processes import started

pytest.importorskip("azure.mgmt.cognitiveservices")

from curvewise.deployment.journal import Entry, Journal
from curvewise.deployment.resource import parse_resource
from tests.standin.arm import TOKEN, ArmStandin

NAME = "gpt-4.1-mini-2025-04-14-step-20"
LONGEST = 60.0


@pytest.fixture
def azure() -> Iterator[ArmStandin]:
    with ArmStandin() as server:
        yield server


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return write_job(tmp_path / "job", MODEL)


def write_job(folder: Path, model: str) -> Path:
    folder.mkdir()
    checkpoints = [
        {
            "id": f"ftchkpt-{step}",
            "object": "fine_tuning.job.checkpoint",
            "fine_tuning_job_id": "ftjob-1",
            "fine_tuned_model_checkpoint": model if step == 30 else f"{model}:ckpt-step-{step}",
            "step_number": step,
            "metrics": {"step": float(step), "full_valid_loss": loss},
        }
        for step, loss in ((30, 0.9), (20, 0.2))
    ]
    page = {"object": "list", "data": checkpoints, "has_more": False}
    (folder / "checkpoints.json").write_text(json.dumps(page))
    return folder


def test_help_loads_no_sdk(tmp_path: Path) -> None:
    from tests.test_startup import loaded

    for command in ("deploy", "undeploy", "deployments"):
        assert loaded(tmp_path, command, "--help") == {"click"}


def test_without_yes_and_without_a_terminal_nothing_happens(
    curvewise: Program, azure: ArmStandin, job: Path
) -> None:
    azure.put("production", "gpt.ft-1")
    for arguments in (("deploy", job, "--checkpoint", "20"), ("undeploy", "production")):
        done = curvewise(*arguments, **azure.environment())
        assert done.returncode == 2 and done.stdout == ""
        assert "there is no terminal to ask on" in done.stderr and "--yes" in done.stderr
    assert azure.requests == [] and azure.running == {"production": "Succeeded"}


def test_without_a_standard_input_nothing_happens(azure: ArmStandin, job: Path) -> None:
    """As a program that runs in the background may be started."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh",
         sys.executable, "-m", "curvewise", "deploy", str(job), "--checkpoint", "20"],
        env={**Program.inherited(), **azure.environment()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "there is no terminal to ask on" in done.stderr
    assert azure.requests == []


def test_what_others_made_is_not_removed_without_a_question(curvewise: Program, azure: ArmStandin) -> None:
    azure.put("production", "gpt.ft-1", tags={"created-by": "terraform"})
    done = curvewise("undeploy", "production", "--yes", **azure.environment())
    assert done.returncode == 2 and "not one that curvewise created" in done.stderr
    assert azure.changes() == [] and azure.running == {"production": "Succeeded"}


def test_the_list_fits_a_terminal(curvewise: Program, azure: ArmStandin) -> None:
    names = ("a" * 64, "gpt-4.1-mini-2025-04-14-step-90", "curvewise-step-70-0123abcd")
    for name in names:
        azure.put(name, "gpt.ft-1", tags={"created-by": "curvewise", "curvewise-purpose": "evaluation"})
        azure._kept[name].value["sku"] = {"name": "GlobalStandard", "capacity": 1000}
    done = curvewise("deployments", **azure.environment())
    lines = done.stdout.splitlines()
    assert max(map(len, (*lines, *done.stderr.splitlines()))) <= 80
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == ["NAME", *sorted(names)]
    assert sum("GlobalStandard  1,000" in line for line in lines) == 3


def test_names_of_others_do_nothing_to_the_terminal(curvewise: Program, azure: ArmStandin) -> None:
    tags = {"created-by": "curvewise", "curvewise-run": "\x1b[31m"}
    azure.put("evil\x1b[2J", "gpt\x1b]0;owned\x07", tags=tags)
    for arguments in (("deployments",), ("undeploy", "evil\x1b[2J", "--yes")):
        done = curvewise(*arguments, **azure.environment())
        assert "\x1b" not in done.stdout + done.stderr and "\x07" not in done.stdout + done.stderr
        assert "evil\\x1b[2J" in done.stdout + done.stderr


def test_a_dry_run_prints_the_request_and_makes_none(
    curvewise: Program, azure: ArmStandin, job: Path
) -> None:
    done = curvewise("deploy", job, "--checkpoint", "best", "--dry-run", "--yes", **azure.environment())
    line, _, body = done.stdout.partition("\n")
    assert line == f"PUT {azure.url}{azure.resource_id}/deployments/{NAME}?api-version=2024-10-01"
    assert json.loads(body)["properties"]["model"]["name"] == f"{MODEL}:ckpt-step-20"
    assert done.returncode == 0 and azure.requests == [] and TOKEN not in done.stdout + done.stderr


def test_an_empty_name_is_not_taken_for_none(curvewise: Program, azure: ArmStandin, job: Path) -> None:
    done = curvewise("deploy", job, "--checkpoint", "20", "--name", "", "--yes", **azure.environment())
    assert done.returncode == 2 and "'' cannot be the name of a deployment" in done.stderr
    assert azure.requests == []


def test_deployed_listed_and_removed(curvewise: Program, azure: ArmStandin, job: Path) -> None:
    azure.put("production", "gpt-4.1-mini")
    environment = {
        **azure.environment(), "AZURE_OPENAI_ENDPOINT": azure.url, "AZURE_OPENAI_API_KEY": TOKEN,
    }  # fmt: skip
    asked = ("deploy", job, "--checkpoint", "20", "--yes")
    done = curvewise(*asked, "--price-per-hour", "1.70", **environment)
    assert (done.returncode, done.stdout) == (0, f"{NAME}\n"), done.stderr
    said = " ".join(done.stderr.split())
    assert "1,241.00 in a month" in said and "there, and it answers" in said
    assert "documented in November 2026" in said
    assert azure.running[NAME] == "Succeeded"

    again = curvewise(*asked, **environment)
    assert (again.returncode, again.stdout) == (0, f"{NAME}\n") and "there already" in again.stderr
    other = curvewise("deploy", job, "--checkpoint", "30", "--yes", "--name", NAME, **environment)
    assert other.returncode == 2 and "would be replaced" in other.stderr
    assert azure.changes() == [f"PUT {NAME}"]

    listed = json.loads(curvewise("deployments", "--format", "json", **environment).stdout)
    assert {each["name"]: each["tags"].get("curvewise-step") for each in listed} == {
        "production": None, NAME: "20",
    }  # fmt: skip
    table = curvewise("deployments", **environment).stdout.splitlines()
    assert table[1].startswith(NAME) and table[1].endswith("deploy")
    assert table[2:4] == [f"  {MODEL}:ckpt-step-20", "  step 20 of ftjob-1"]
    assert table[4].startswith("production") and table[4].endswith("others")

    rows = curvewise("deployments", "--format", "csv", **environment).stdout.splitlines()
    assert rows[1] == f"{NAME},{MODEL}:ckpt-step-20,ftjob-1,20,Standard,50,Succeeded,deploy"
    page = curvewise("deployments", "--format", "html", **environment).stdout
    assert page.startswith("<!DOCTYPE html>") and f"{MODEL}:ckpt-step-20" in page

    gone = curvewise("undeploy", NAME, "--yes", **environment)
    assert gone.returncode == 0 and azure.running == {"production": "Succeeded"}
    assert curvewise("undeploy", NAME, "--yes", **environment).returncode == 2
    secret = "".join(each.stdout + each.stderr for each in (done, again, other, gone))
    assert TOKEN not in secret


def test_a_refusal_is_a_message(curvewise: Program, azure: ArmStandin, job: Path) -> None:
    azure.capacity = 10
    done = curvewise("deploy", job, "--checkpoint", "20", "--yes", **azure.environment())
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    assert "no quota left" in done.stderr and "--capacity" in done.stderr
    assert "nothing was created" in done.stderr and "to remove" not in done.stderr
    missing = curvewise("deploy", job, "--checkpoint", "20", "--yes")
    assert missing.returncode == 2 and "AZURE_SUBSCRIPTION_ID" in missing.stderr


def test_openai_needs_no_deployment(curvewise: Program, tmp_path: Path) -> None:
    folder = write_job(tmp_path / "openai", "ft:gpt-4.1-mini:acme::abc")
    done = curvewise("deploy", folder, "--checkpoint", "best")
    assert (done.returncode, done.stdout) == (0, "ft:gpt-4.1-mini:acme::abc:ckpt-step-20\n")


def test_what_is_there_already_says_what_it_is(curvewise: Program, azure: ArmStandin, job: Path) -> None:
    azure.put(NAME, f"{MODEL}:ckpt-step-20")
    asked = ("deploy", job, "--checkpoint", "20", "--yes")
    done = curvewise(*asked, "--sku", "DeveloperTier", "--capacity", "20", **azure.environment())
    assert (done.returncode, done.stdout) == (0, f"{NAME}\n") and azure.changes() == []
    assert "(Standard, 10 thousand tokens a minute)" in done.stderr
    assert "You asked for DeveloperTier, 20 thousand" in done.stderr
    same = curvewise(*asked, "--capacity", "10", **azure.environment())
    assert "You asked" not in same.stderr


@pytest.mark.parametrize(
    ("more", "environment", "message"),
    [
        (("--price-per-hour", "nan"), {}, "no price"),
        ((), {"AZURE_OPENAI_ENDPOINT": "http://mine.openai.azure.com"}, "AZURE_OPENAI_ENDPOINT"),
    ],
)
def test_a_mistake_is_told_of_before_anything_is_created(
    curvewise: Program, azure: ArmStandin, job: Path,
    more: tuple[str, ...], environment: dict[str, str], message: str,
) -> None:  # fmt: skip
    asked = ("deploy", str(job), "--checkpoint", "20", "--yes", *more)
    done = curvewise(*asked, **azure.environment(), **environment)
    assert done.returncode == 2 and message in done.stderr and azure.requests == []


def test_a_deployment_that_does_not_answer_is_no_success(
    curvewise: Program, azure: ArmStandin, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curvewise.deployment.find_probe", lambda **_: lambda _: "not ready")
    monkeypatch.setattr("curvewise.deployment.wait_until_ready", lambda *_, **__: "not ready")
    done = curvewise("deploy", job, "--checkpoint", "20", "--yes", **azure.environment())
    assert (done.returncode, done.stdout) == (2, f"{NAME}\n")
    assert "still answers that it is not ready" in done.stderr and "to remove it" in done.stderr


def test_an_answer_that_is_lost_names_what_may_be_left(
    curvewise: Program, azure: ArmStandin, job: Path
) -> None:
    azure.lost = 10
    done = curvewise("deploy", job, "--checkpoint", "20", "--yes", **azure.environment())
    assert done.returncode == 2 and done.stdout == "" and NAME in azure.running
    assert f"curvewise undeploy {NAME} --resource-id {azure.resource_id}" in done.stderr


def test_ctrl_c_says_what_goes_on(azure: ArmStandin, job: Path) -> None:
    azure.looks = 10**9
    with started(
        [sys.executable, "-m", "curvewise", "deploy", str(job), "--checkpoint", "20", "--yes"],
        env={**os.environ, **azure.environment(), "NO_PROXY": "127.0.0.1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + LONGEST
        while not any(request.path.endswith(f"operations/{NAME}") for request in azure.requests):
            assert time.monotonic() < end, "nothing was asked for"
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGINT)
        shown, errors = process.communicate(timeout=LONGEST)
    assert (process.returncode, shown) == (130, "") and "Traceback" not in errors
    assert f"Azure goes on making {NAME}" in errors
    assert f"curvewise undeploy {NAME} --resource-id {azure.resource_id}" in errors


@pytest.mark.parametrize(("key", "code", "deployed"), [("y", 0, True), ("n", 2, False), ("\n", 2, False)])
def test_a_terminal_is_asked(azure: ArmStandin, job: Path, key: str, code: int, deployed: bool) -> None:
    main, side = pty.openpty()
    try:
        with started(
            [sys.executable, "-m", "curvewise", "deploy", str(job), "--checkpoint", "20"],
            env={**os.environ, **azure.environment(), "NO_PROXY": "127.0.0.1"},
            stdin=side, stderr=side, stdout=subprocess.PIPE, start_new_session=True,
        ) as process:  # fmt: skip
            os.close(side)
            written = b""
            while b"[y/N]" not in written:
                written += os.read(main, 65536)
            assert azure.changes() == []
            os.write(main, key.encode() + b"\n")
            process.communicate(timeout=LONGEST)
    finally:
        os.close(main)
    assert process.returncode == code and (NAME in azure.running) is deployed


def test_what_an_evaluation_left_is_removed(curvewise: Program, azure: ArmStandin, tmp_path: Path) -> None:
    tags = {"created-by": "curvewise", "curvewise-purpose": "evaluation"}
    journal, resource = Journal(tmp_path / "results"), parse_resource(azure.resource_id)
    for name, model in (("curvewise-a", "gpt.ft-1"), ("curvewise-b", "gpt.ft-2"), ("production", "gpt.ft-3")):
        azure.put(name, "gpt.ft-9" if name == "production" else model, tags=tags)
        journal.asked(Entry(event="asked", name=name, model=model, resource=resource))
    asked = curvewise("undeploy", "--from", "results", **azure.environment())
    assert asked.returncode == 2 and len(azure.running) == 3 and azure.requests == []
    done = curvewise("undeploy", "--from", "results", "--yes", **azure.environment())
    assert azure.running == {"production": "Succeeded"}
    assert done.returncode == 2 and "left alone" in done.stderr and "production" in done.stderr
    assert curvewise("undeploy", "--from", tmp_path, "--yes").returncode == 0
    gone = msgspec.structs.replace(resource, account="gone")
    Journal(tmp_path).asked(Entry(event="asked", name="curvewise-c", model="gpt.ft-1", resource=gone))
    azure.put("curvewise-d", "gpt.ft-1", tags=tags)
    Journal(tmp_path).asked(Entry(event="asked", name="curvewise-d", model="gpt.ft-1", resource=resource))
    partly = curvewise("undeploy", "--from", tmp_path, "--yes", **azure.environment())
    assert partly.returncode == 2 and "gone" in partly.stderr
    assert azure.running == {"production": "Succeeded"}
    assert curvewise("undeploy", "--yes").returncode == 2
