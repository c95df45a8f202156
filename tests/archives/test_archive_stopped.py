from __future__ import annotations

import errno
import os
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.archives.archive import archive
from curvewise.archives.files import unfinished
from curvewise.errors import CurvewiseError, InputError, ServiceError, UsageError
from curvewise.loading import load
from tests.archives.making import JOB, Memory, StoppedError, connected, stop_at, tree, undisturbed

PARTIAL = ".curvewise-partial"


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("has_one_age", [False, True])
def test_at_any_request(
    newest_first: bool, has_one_age: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def service() -> Memory:
        made = Memory(newest_first=newest_first)
        if has_one_age:
            made.told = [{**item, "created_at": 7} for item in made.told]
        return connected(monkeypatch, made)

    whole = service()
    archive(JOB, tmp_path / "whole")
    for request in range(1, len(whole.requests) + 1):
        stopped, folder = service(), tmp_path / str(request)
        stop_at(stopped, request)
        with pytest.raises(StoppedError):
            archive(JOB, folder)
        stopped.before = None
        assert archive(JOB, folder).complete
        assert tree(folder) == tree(tmp_path / "whole"), f"stopped at request {request}"


def test_what_was_received_is_not_asked_for_again(memory: Memory, tmp_path: Path) -> None:
    stop_at(memory, 5)
    with pytest.raises(StoppedError):
        archive(JOB, tmp_path)
    kept = (tmp_path / PARTIAL / "events.jsonl").read_bytes().count(b"ev-")
    memory.before = None
    memory.requests.clear()
    archive(JOB, tmp_path)
    pages_left = -(-(25 - kept) // 10)
    assert (
        memory.requests.count(f"events of {JOB}") <= pages_left + 2
    )  # the last page may be empty; a look at the head


@pytest.mark.parametrize("method", ["replace", "unlink", "fsync", "rmdir"])
@pytest.mark.parametrize("is_update", [False, True])
def test_at_any_change_on_the_disk(
    method: str, is_update: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undisturbed(tmp_path / "whole")
    original = getattr(os, method)
    for number in range(1, 100):
        folder, calls = tmp_path / str(number), 0
        if is_update:
            early = Memory(events=13, checkpoints=(2,), status="running")
            early.about["result_files"] = []
            undisturbed(folder, early)
        connected(monkeypatch, Memory())

        def stopping(*arguments: Any, at: int = number, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls >= at:
                raise StoppedError
            return original(*arguments, **options)

        with monkeypatch.context() as patched:
            patched.setattr(os, method, stopping)
            try:
                archive(JOB, folder)
                is_over = True
            except StoppedError:
                is_over = False
        if is_over:
            assert number > 1
            break
        assert reads_well_or_asks_to_go_on(folder)
        archive(JOB, folder)
        assert tree(folder) == expected, f"stopped at {method} number {number}"
    else:
        pytest.fail("it never came to its end")


@given(cut=st.floats(0, 1), garbage=st.binary(max_size=9))
def test_a_page_file_that_is_cut_anywhere(
    cut: float, garbage: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    with pytest.MonkeyPatch.context() as patched:
        service = connected(patched, Memory())
        stop_at(service, 7)
        with pytest.raises(StoppedError):
            archive(JOB, folder / "a")
        pages_file = folder / "a" / PARTIAL / "events.jsonl"
        data = pages_file.read_bytes()
        pages_file.write_bytes(data[: round(cut * len(data))] + garbage.replace(b"{", b""))
        service.before = None
        archive(JOB, folder / "a")
    assert tree(folder / "a") == undisturbed(folder / "b")


@pytest.mark.parametrize(
    "line", ["{}", '{"data":[]}', '{"data":[1],"has_more":true}', '{"data":{},"has_more":true}']
)
def test_a_page_file_with_a_line_that_is_no_page(memory: Memory, tmp_path: Path, line: str) -> None:
    stop_at(memory, 7)
    with pytest.raises(StoppedError):
        archive(JOB, tmp_path / "a")
    pages_file = tmp_path / "a" / PARTIAL / "events.jsonl"
    title, *pages = pages_file.read_bytes().splitlines(keepends=True)
    pages_file.write_bytes(b"".join([title, line.encode() + b"\n", *pages]))
    memory.before = None
    archive(JOB, tmp_path / "a")
    assert tree(tmp_path / "a") == undisturbed(tmp_path / "b")


def test_a_full_disk_is_said_and_can_be_mended(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(UsageError, match="No space left on device") as raised:
            archive(JOB, tmp_path / "a")
    assert "run the same command again" in raised.value.hint
    archive(JOB, tmp_path / "a")
    assert tree(tmp_path / "a") == undisturbed(tmp_path / "b")


def test_a_service_that_fails_for_a_while_is_said(memory: Memory, tmp_path: Path) -> None:
    def down(number: int) -> None:
        if number == 4:
            raise ServiceError("it does not answer", hint="wait", temporary=True)

    memory.before = down
    with pytest.raises(ServiceError) as raised:
        archive(JOB, tmp_path)
    assert "goes on where it stopped" in raised.value.hint


def test_a_job_that_went_on_while_the_archive_was_stopped(memory: Memory, tmp_path: Path) -> None:
    whole = memory.told
    memory.about["status"] = "running"
    memory.told = whole[:15]
    stop_at(memory, 6)
    with pytest.raises(StoppedError):
        archive(JOB, tmp_path / "a")
    memory.before = None
    memory.about["status"], memory.told = "succeeded", whole
    archive(JOB, tmp_path / "a")
    assert tree(tmp_path / "a") == undisturbed(tmp_path / "b")


def reads_well_or_asks_to_go_on(folder: Path) -> bool:
    """An archive that is stopped at any time shows no mixture of the old and the new."""
    try:
        run = load(folder)
    except InputError as error:
        return not any(folder.glob("*")) or "interrupted" in error.problem
    return run.id == JOB and not any(note.code == "damaged_files" for note in run.notes)


def test_the_other_is_named(memory: Memory, tmp_path: Path) -> None:
    with unfinished(tmp_path), pytest.raises(UsageError, match=f"process {os.getpid()} on .* is writing"):
        archive(JOB, tmp_path)


def test_many_at_once_make_one_good_archive(memory: Memory, tmp_path: Path) -> None:
    at_once, errors = Barrier(6), list[CurvewiseError]()

    def make() -> None:
        at_once.wait()
        try:
            archive(JOB, tmp_path / "a")
        except CurvewiseError as error:
            errors.append(error)

    threads = [Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) < 6
    assert all("is writing this archive" in error.problem for error in errors)
    assert tree(tmp_path / "a") == undisturbed(tmp_path / "b")
