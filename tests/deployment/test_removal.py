"""What must not keep a deployment of an evaluation from being removed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from curvewise.deployment.arm import Operation
from curvewise.deployment.journal import JOURNAL, Entry, Journal
from curvewise.deployment.plan import DeploymentPlan
from curvewise.deployment.temporary import remove_leftovers, temporary_deployments
from curvewise.errors import ServiceError
from curvewise.model.deployment import Deployment
from tests.deployment.conftest import Connect, Serve
from tests.deployment.test_temporary import MODELS, OURS, deployed, quiet


def test_a_removal_that_fails_is_told_and_remembered(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server, lines = serve(), list[str]()
    arm = connect(server)
    with (
        pytest.raises(ServiceError, match="3 of the temporary") as raised,
        deployed(arm, tmp_path, tell=lines.append),
    ):
        server.answers = (403, "AuthorizationFailed", "no permission")
    assert f"undeploy --from {tmp_path}" in raised.value.hint
    assert sum("may cost money" in line for line in lines) == 3
    server.answers = None
    assert len(remove_leftovers(arm, tmp_path, tell=quiet)) == 3
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_nobody_who_listens_keeps_no_removal_from_being_done(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    """As in ``evaluate ... 2>&1 | tee log``, where Ctrl-C ends ``tee`` too."""
    server, broken = serve(), list[str]()

    def tell(line: str) -> None:
        if broken:
            raise BrokenPipeError

    with pytest.raises(KeyboardInterrupt), deployed(connect(server), tmp_path, tell=tell):
        broken.append("pipe")
        raise KeyboardInterrupt
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_nobody_who_listens_keeps_no_leftovers(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    def tell(line: str) -> None:
        raise BrokenPipeError

    server = serve()
    arm = connect(server)
    for name in ("curvewise-a", "curvewise-b"):
        server.put(name, "gpt.ft-1", tags=OURS)
        Journal(tmp_path).asked(Entry(event="asked", name=name, model="gpt.ft-1", resource=arm.resource))
    assert remove_leftovers(arm, tmp_path, tell=tell) == ("curvewise-a", "curvewise-b")
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_a_folder_that_is_lost_keeps_no_removal_from_being_done(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    server, folder = serve(), tmp_path / "results"
    with deployed(connect(server), folder):
        shutil.rmtree(folder)
    assert server.running == {}


def test_a_journal_that_is_damaged_meanwhile_keeps_no_removal_from_being_done(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    server, lines = serve(), list[str]()
    with deployed(connect(server), tmp_path, tell=lines.append):
        (tmp_path / JOURNAL).write_text("{}\n")
    assert server.running == {}
    assert any("journal of deployments cannot be read" in line for line in lines)


def test_a_full_disk_keeps_no_removal_from_being_done(
    serve: Serve, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Journal, entry: Entry) -> None:
        raise OSError(28, "No space left on device")

    server, lines = serve(), list[str]()
    with deployed(connect(server), tmp_path, tell=lines.append):
        monkeypatch.setattr(Journal, "gone", full)
    assert server.running == {} and sum("No space left" in line for line in lines) == 3


def test_an_answer_that_is_lost_leaves_nothing(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server = serve(lost=4)  # the request and its three repetitions
    with pytest.raises(ServiceError), deployed(connect(server), tmp_path):
        pytest.fail("the block was entered")
    assert [request.status for request in server.requests if request.method == "PUT"] == [0] * 4
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_a_request_that_is_heard_late_leaves_nothing(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    """Ctrl-C while Azure takes its time to answer: what it made comes to light after the removal."""
    server = serve(looks_until_gone=0)
    arm = connect(server)
    asked = list[str]()

    def create(plan: DeploymentPlan) -> Operation:
        asked.append(plan.name)
        raise KeyboardInterrupt

    find = arm.find

    def looked(name: str) -> Deployment | None:
        found = find(name)
        if asked and found is None and not server.changes().count(f"DELETE {name}") > 1:
            server.put(name, MODELS["step 70"], tags=OURS)  # just after somebody has looked
        return found

    arm.create, arm.find = create, looked  # type: ignore[method-assign] # a service that is slow
    with pytest.raises(KeyboardInterrupt), deployed(arm, tmp_path):
        pytest.fail("the block was entered")
    assert server.running == {} and len(asked) == 1 and Journal(tmp_path).remaining() == ()


def test_what_was_heard_before_it_was_refused_is_removed(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    """The first try is taken and its answer lost; the second one finds no quota, as the first one has it."""
    server = serve(lost=1)
    arm = connect(server)
    server.refuses = {MODELS["base"]: (400, "InsufficientQuota", "no capacity")}
    put = server._put

    def once(name: str, body: Any) -> Any:
        heard = any(request.path.endswith(name) for request in server.requests)
        refuses, server.refuses = server.refuses, {} if not heard else server.refuses
        try:
            return put(name, body)
        finally:
            server.refuses = refuses

    server._put = once  # type: ignore[method-assign] # the quota is used up between two tries
    with (
        pytest.raises(ServiceError, match="quota"),
        temporary_deployments({"base": MODELS["base"]}, arm=arm, folder=tmp_path, tell=quiet),
    ):
        pytest.fail("the block was entered")
    assert [request.status for request in server.requests if request.method == "PUT"] == [0, 400]
    assert server.running == {} and Journal(tmp_path).remaining() == ()


def test_a_removal_that_fails_hides_no_other_error(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    server, lines = serve(), list[str]()
    with pytest.raises(RuntimeError, match="first"), deployed(connect(server), tmp_path, tell=lines.append):
        server.answers = (403, "AuthorizationFailed", "no permission")
        raise RuntimeError("first")
    assert any("undeploy --from" in line for line in lines)


def test_one_that_cannot_be_removed_keeps_none_of_the_others(
    serve: Serve, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, lines = serve(), list[str]()
    arm = connect(server)
    for name in ("curvewise-a", "curvewise-b", "curvewise-c"):
        server.put(name, "gpt.ft-1", tags=OURS)
        Journal(tmp_path).asked(Entry(event="asked", name=name, model="gpt.ft-1", resource=arm.resource))
    delete = arm.delete

    def locked(name: str) -> Operation:
        if name == "curvewise-a":
            raise ServiceError("there is a lock on it", hint="remove the lock", status=403)
        return delete(name)

    monkeypatch.setattr(arm, "delete", locked)
    with pytest.raises(ServiceError, match=r"1 of the temporary .* a lock on it"):
        remove_leftovers(arm, tmp_path, tell=lines.append)
    assert server.running == {"curvewise-a": "Succeeded"}
    assert [entry.name for entry in Journal(tmp_path).remaining()] == ["curvewise-a"]
    assert any(line.startswith("curvewise-a: cannot be removed") for line in lines)
