from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from curvewise.deployment.arm import Arm
from curvewise.deployment.journal import JOURNAL, Entry, Journal
from curvewise.deployment.temporary import leftovers, remove_leftovers, temporary_deployments
from curvewise.errors import MalformedError, ServiceError, UsageError
from tests.deployment.conftest import Connect, Serve
from tests.processes import started
from tests.standin.arm import ArmStandin

MODELS = {"step 70": "gpt.ft-1:ckpt-step-70", "step 95": "gpt.ft-1:ckpt-step-95", "base": "gpt"}
OURS = {"created-by": "curvewise", "curvewise-purpose": "evaluation"}
LONGEST = 120.0


def quiet(_: str) -> None:
    pass


def deployed(arm: Arm, folder: Path, **options: Any) -> Any:
    return temporary_deployments(MODELS, arm=arm, folder=folder, **{"tell": quiet, **options})


def test_all_are_there_inside_and_gone_outside(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve(looks=2)
    arm = connect(server)
    with deployed(arm, tmp_path, run="ftjob-1") as names:
        assert list(names) == list(MODELS)
        assert server.running == dict.fromkeys(names.values(), "Succeeded")
        found = {each.name: each for each in arm.deployments()}
        assert {contender: found[name].model for contender, name in names.items()} == MODELS
        assert all(each.is_temporary and each.run == "ftjob-1" for each in found.values())
        assert {each.sku for each in found.values()} == {"DeveloperTier"}
    assert server.running == {} and Journal(tmp_path).remaining() == ()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_whatever_ends_the_block_they_are_removed(
    serve: Serve, connect: Connect, tmp_path: Path, error: type[BaseException]
) -> None:
    server = serve()
    with pytest.raises(error), deployed(connect(server), tmp_path):
        raise error
    assert server.running == {} and len(server.changes()) == 6


@pytest.mark.parametrize("which", list(MODELS))
def test_a_failure_in_the_middle_leaves_nothing(
    serve: Serve, connect: Connect, tmp_path: Path, which: str
) -> None:
    server = serve(looks=2, fails={MODELS[which]: "no luck"})
    with pytest.raises(ServiceError, match="no luck"), deployed(connect(server), tmp_path):
        pytest.fail("the block was entered")
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_what_is_refused_needs_no_removal(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve(refuses={MODELS["step 95"]: (400, "DeploymentModelNotSupported", "retired")})
    with pytest.raises(ServiceError, match="retired"), deployed(connect(server), tmp_path):
        pytest.fail("the block was entered")
    first, second, removed = server.changes()
    assert first.startswith("PUT") and second.startswith("PUT")
    assert removed == first.replace("PUT", "DELETE")
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_a_quota_that_is_too_small_leaves_nothing(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve(capacity=100)
    with pytest.raises(ServiceError, match="quota"), deployed(connect(server), tmp_path, capacity=40):
        pytest.fail("the block was entered")
    assert server.running == {}


def test_whoever_may_not_look_is_told_before_anything_is_asked_for(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    server, lines = serve(answers=(401, "ExpiredAuthenticationToken", "expired")), list[str]()
    with pytest.raises(ServiceError, match="token"), deployed(connect(server), tmp_path, tell=lines.append):
        pytest.fail("the block was entered")
    assert server.changes() == [] and lines == [] and Journal(tmp_path).remaining() == ()


def test_a_second_process_has_another_folder(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve()
    arm = connect(server)
    with deployed(arm, tmp_path):
        running = server.running
        with pytest.raises(UsageError, match="still running"), deployed(arm, tmp_path):
            pytest.fail("the block was entered")
        with pytest.raises(UsageError, match="still running"):
            remove_leftovers(arm, tmp_path, tell=quiet)
        assert server.running == running and len(running) == 3
    assert server.running == {}


def test_what_a_killed_process_left_is_used_again(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve()
    arm = connect(server)
    server.put("curvewise-left", MODELS["step 70"], tags=OURS)
    Journal(tmp_path).asked(
        Entry(event="asked", name="curvewise-left", model=MODELS["step 70"], resource=arm.resource)
    )
    with deployed(arm, tmp_path) as names:
        assert names["step 70"] == "curvewise-left"
    assert server.running == {} and server.changes().count("PUT curvewise-left") == 0


def test_what_cannot_be_used_is_removed_before_more_is_asked_for(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    server = serve(capacity=150)  # room for three of 50, and for none beside the one that was left
    arm = connect(server)
    server.put("curvewise-left", "gpt.ft-of-before", tags=OURS)
    Journal(tmp_path).asked(
        Entry(event="asked", name="curvewise-left", model="gpt.ft-of-before", resource=arm.resource)
    )
    with deployed(arm, tmp_path):
        assert "curvewise-left" not in server.running and len(server.running) == 3
    assert server.changes()[0] == "DELETE curvewise-left"
    assert server.running == {} and Journal(tmp_path).remaining() == ()


@pytest.mark.parametrize(
    ("model", "tags"),
    [("gpt.ft-other", OURS), (MODELS["step 70"], {}), (MODELS["step 70"], {"created-by": "me"})],
)
def test_what_is_not_of_the_journal_is_left_alone(
    serve: Serve, connect: Connect, tmp_path: Path, model: str, tags: dict[str, str]
) -> None:
    server = serve()
    arm = connect(server)
    server.put("production", model, tags=tags)
    Journal(tmp_path).asked(
        Entry(event="asked", name="production", model=MODELS["step 70"], resource=arm.resource)
    )
    assert leftovers(arm, tmp_path) == () == remove_leftovers(arm, tmp_path, tell=quiet)
    with deployed(arm, tmp_path) as names:
        assert "production" not in names.values()
    assert server.running == {"production": "Succeeded"}


def test_a_journal_may_be_cut_but_not_damaged(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    arm = connect(serve())
    entry = Entry(event="asked", name="curvewise-a", model="gpt", resource=arm.resource)
    journal = Journal(tmp_path)
    assert journal.remaining() == ()
    journal.asked(entry)
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'{"event":"gone","name":"curv')
    assert journal.remaining() == (entry,)
    journal.gone(entry)
    assert journal.remaining() == ()
    (tmp_path / JOURNAL).write_text("{}\n")
    with pytest.raises(MalformedError) as raised:
        journal.remaining()
    assert raised.value.line == 1


SCRIPT = """
import sys, time
from pathlib import Path
from curvewise.deployment.arm import Arm
from curvewise.deployment.resource import find_resource
from curvewise.deployment.temporary import temporary_deployments

with Arm(find_resource()) as arm:
    models = {"a": "gpt.ft-1", "b": "gpt.ft-2"}
    tell = lambda line: print(line, file=sys.stderr, flush=True)
    with temporary_deployments(models, arm=arm, folder=Path(sys.argv[1]), tell=tell):
        print("inside", flush=True)
        time.sleep(60)
"""


def deploying(
    server: ArmStandin, folder: Path, before: str = ""
) -> AbstractContextManager[subprocess.Popen[str]]:
    return started(
        [sys.executable, "-c", f"{before}\n{SCRIPT}", str(folder)],
        env={**os.environ, **server.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_running(server: ArmStandin, count: int) -> None:
    end = time.monotonic() + LONGEST
    while len(server.running) < count:
        assert time.monotonic() < end, "the deployments did not appear"
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("looks", [1, 10**9], ids=["inside", "while they are made"])
def test_a_signal_removes_them(
    serve: Serve, tmp_path: Path, number: signal.Signals, code: int, looks: int
) -> None:
    server = serve(looks=looks)
    with deploying(server, tmp_path) as process:
        until_running(server, 2)
        process.send_signal(number)
        _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == code, errors
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_a_second_signal_is_answered_and_a_third_leaves_them(serve: Serve, tmp_path: Path) -> None:
    server = serve(looks_until_gone=10**9)
    with deploying(server, tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "inside\n"
        process.send_signal(signal.SIGTERM)
        assert any("being removed" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert any("once more leaves them" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LONGEST)
    left = Journal(tmp_path).remaining()
    assert len(left) == 2 and all(entry.name in errors for entry in left)
    assert f"curvewise undeploy --from {tmp_path}" in errors


def test_a_terminal_that_is_closed_does_not_end_what_ignores_it(serve: Serve, tmp_path: Path) -> None:
    """As under ``nohup``."""
    server = serve()
    with deploying(
        server, tmp_path, "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "inside\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)
    assert process.returncode == 143 and server.running == {}


def test_what_a_killed_process_leaves_is_found(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve()
    with deploying(server, tmp_path) as process:
        until_running(server, 2)
        process.kill()
        process.communicate(timeout=LONGEST)
    assert len(server.running) == 2
    names = remove_leftovers(connect(server), tmp_path, tell=quiet)
    assert len(names) == 2 and server.running == {} and Journal(tmp_path).remaining() == ()
