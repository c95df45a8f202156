"""Engines: the same table on each, and a worker that dies costs no more than what it had in hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

import curvewise as cw
from curvewise.fleet import engines
from curvewise.fleet.engines import Engine, engine_of, run
from tests.fleet.test_fleet import sweep

pytestmark = pytest.mark.limit(240)
NAMES = ["pool", "dask", "ray"]
PACKAGES = {"dask": "distributed", "ray": "ray"}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an engine, where its package is installed."""
    chosen = str(request.param)
    if chosen in PACKAGES:
        pytest.importorskip(PACKAGES[chosen])
    if chosen == "dask":
        monkeypatch.setitem(
            pytest.importorskip("dask").config.config["distributed"]["scheduler"], "allowed-failures", 1
        )
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[2]}:{Path(cw.__file__).parents[1]}")
    return chosen


@pytest.fixture
def engine(name: str) -> Iterator[Engine]:
    """Two workers of it."""
    yield engine_of(name, 2)
    if name == "ray":
        pytest.importorskip("ray").shutdown()


def test_every_engine_gives_the_same_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (sweep(Path("runs"), seeds=20) / "broken.csv").write_text("hello\n")
    one = cw.analyze_all(["runs"], jobs=1)
    assert cw.analyze_all(["runs"], jobs=2, engine=name) == one
    assert one.rows[0].address == "runs/broken.csv"


def square(numbers: Sequence[int]) -> list[int]:
    if 13 in numbers:
        os._exit(1)
    return [number**2 for number in numbers]


def test_what_kills_its_worker_costs_itself_alone(engine: Engine) -> None:
    chunks = [[1, 2], [12, 13, 14], [3], [4, 5], [6]]
    found = [each for part in run(square, chunks, engine, lambda number: [-number]) for each in part]
    assert found == [1, 4, 144, -13, 196, 9, 16, 25, 36]


def killed_once(paths: Sequence[str]) -> list[str]:
    for mark in (Path(f"{path}.done") for path in paths):
        with mark.open("a") as file:
            file.write("x")
        if mark.name == "5.done" and mark.read_text() == "x":
            os._exit(1)
    return [*paths]


def test_the_chunk_of_a_lost_worker_is_done_again(engine: Engine, tmp_path: Path) -> None:
    chunks = [[str(tmp_path / str(first)), str(tmp_path / str(first + 1))] for first in range(0, 40, 2)]
    assert list(run(killed_once, chunks, engine, lambda path: [f"lost {path}"])) == chunks
    again = [path.name for path in tmp_path.iterdir() if len(path.read_text()) > 1]
    assert "5.done" in again
    assert len(again) <= 2 * 3 * engine.workers


@pytest.mark.limit(120)
@pytest.mark.parametrize("name", ["dask"], indirect=True)
def test_workers_that_come_back_too_late_for_dask_are_started_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = pytest.importorskip("dask").config.config["distributed"]["deploy"]
    monkeypatch.setitem(settings, "lost-worker-timeout", "1ms")
    monkeypatch.setattr(engines, "LOOK", 0.5)
    chunks = [[str(tmp_path / "5")], [str(tmp_path / "6")]]
    assert list(run(killed_once, chunks, engine_of(name, 1), lambda path: [f"lost {path}"])) == chunks


@pytest.mark.limit(120)
@pytest.mark.parametrize("name", ["dask"], indirect=True)
def test_a_cluster_without_workers_is_waited_for_and_said_to_have_none(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(engines, "LOOK", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        found = run(square, [[3]], engine_of(name, 1), lambda number: [-number])
        Timer(1, cluster.scale, [1]).start()
        assert list(found) == [[9]]
    assert [text for text in caplog.messages if "Dask" in text] == ["Dask has no workers: waiting for one"]


def test_processes_end_with_the_one_that_started_them(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, time\nfrom curvewise.fleet.engines import Pool\n"
        "pool = Pool(2)\npool.submit(abs, 1).result()\nprint('begun', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.kill()
        assert process.stdout.read() == b""  # it ends when the last process does


def test_an_engine_that_is_not_known_is_named() -> None:
    with pytest.raises(cw.UsageError, match="there is no engine 'spark'"):
        engine_of("spark", 1)


class Gone:
    """An engine whose scheduler dies after the first chunk."""

    workers = 1
    died: tuple[type[BaseException], ...] = ()
    lost: tuple[type[BaseException], ...] = (CancelledError,)

    def submit(self, work: Callable[[Any], Any], chunk: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if chunk == [1]:
            future.set_result(work(chunk))
        else:
            future.cancel()
        return future

    def alone(self, work: Callable[[Any], Any], chunk: Any) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        pass


def test_a_scheduler_that_dies_ends_in_a_sentence_after_what_is_done() -> None:
    found = run(square, [[1], [2]], Gone(), lambda number: [-number])
    assert next(found) == [1]
    with pytest.raises(cw.ServiceError, match="the scheduler of Gone is gone"):
        next(found)


def test_no_scheduler_at_the_address_of_dask_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    config = pytest.importorskip("dask.config")
    with (
        config.set({"scheduler-address": "tcp://127.0.0.1:9", "distributed.comm.timeouts.connect": "0.2s"}),
        pytest.raises(cw.ServiceError, match=r"no scheduler of Dask answers at tcp://127\.0"),
    ):
        engine_of("dask", 1)


def test_what_is_started_here_for_dask_listens_to_this_machine_alone() -> None:
    pytest.importorskip("distributed")
    here = pytest.importorskip("psutil").Process()
    engine = engine_of("dask", 1)
    assert engine.submit(len, [1, 2]).result() == 2
    held = [each for process in (here, *here.children(recursive=True)) for each in process.net_connections()]
    listening = {each.laddr.ip for each in held if each.status == "LISTEN"}
    engine.close()
    assert listening == {"127.0.0.1"}
