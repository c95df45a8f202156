from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import curvewise
from curvewise import Monitor, UsageError
from curvewise.monitor import monitor as module
from curvewise.monitor.aside import Aside
from curvewise.monitor.judge import Facts, Judge, Settings


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge without a pause: a test waits for each judgement."""
    monkeypatch.setattr(module, "REST", 0)


def train(monitor: Monitor, *, turn: float, seed: int = 0, evaluations: int = 20) -> int:
    """Train until the monitor stops it: validation loss rises from `turn` of the plan on; the last step."""
    rng = np.random.default_rng(seed)
    total = 20 * evaluations
    for step in range(1, total + 1):
        done = step / total
        numbers = {"loss": 0.2 + 2 * np.exp(-6 * done) + rng.normal(0, 0.05)}
        if step % 20 == 0:
            rise = 0.9 * max(0.0, done - turn)
            numbers["val_loss"] = 1.2 + 0.8 * np.exp(-12 * done) + rise + rng.normal(0, 0.01)
        monitor.log(step, numbers)
        if step % 20 == 0:
            monitor.wait()
        if monitor.should_stop:
            return step
    return total


@pytest.mark.parametrize("in_process", [True, False])
def test_stops_soon_after_the_best_evaluation_and_keeps_a_report(tmp_path: Path, in_process: bool) -> None:
    with Monitor(tmp_path, stop_on=("overfit", "diverged"), in_process=in_process) as monitor:
        last = train(monitor, turn=0.4)
    assert 180 <= last <= 280
    assert monitor.stopped_by is not None
    assert monitor.stopped_by.name == "overfit"
    (report,) = curvewise.decode_reports((tmp_path / "curvewise.json").read_bytes())
    assert report.run.last_step == last
    assert report.selection.best is not None
    assert abs(report.selection.best.step - 160) <= 40
    assert "<html" in (tmp_path / "curvewise.html").read_text(encoding="utf-8")
    assert curvewise.load(tmp_path)["full_valid_loss"].last_step == last - last % 20


@pytest.mark.parametrize("seed", range(4))
def test_a_healthy_training_is_not_stopped(seed: int) -> None:
    with Monitor(stop_on=("overfit", "diverged", "broken", "reward_hacking"), in_process=True) as monitor:
        assert train(monitor, turn=1.0, seed=seed) == 400
    assert monitor.stopped_by is None


@pytest.mark.parametrize("seed", range(2))
def test_a_noisy_training_loss_stops_nothing_while_validation_improves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    with Monitor(stop_on=("overfit", "diverged"), in_process=True) as monitor:
        for step in range(5, 305, 5):
            numbers = {"loss": 0.3 * rng.chisquare(1) + step / 400, "epoch": step / 20}
            monitor.log(step, numbers | ({"val_loss": 1 - step / 600} if step % 15 == 0 else {}))
    assert monitor.stopped_by is None


def test_the_line_of_the_log_begins_with_how_bad_it_is(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "curvewise"), Monitor(in_process=True) as monitor:
        train(monitor, turn=0.3)
    lines = [record.message for record in caplog.records if ": Overfit" in record.message]
    assert lines and lines[-1].startswith(("problem: step ", "warning: step "))


def test_a_broken_training_is_stopped() -> None:
    with Monitor(stop_on="broken", in_process=True) as monitor:
        for step in range(1, 100):
            monitor.log(step, loss=float("nan") if step > 50 else 2 - step / 50)
            if step > 50:
                monitor.wait()
            if monitor.should_stop:
                break
    assert 51 < step < 60


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"stop_on": "overfitt"}, "did you mean overfit"),
        ({"stop_on": ("overfit", "collapse")}, "there is no diagnosis 'collapse'"),
        ({"patience": 0}, "the patience is 0"),
        ({"kind": "grpo"}, "there is no kind 'grpo'"),
        ({"webhook": "file:///etc/passwd"}, "no http:// or https://"),
    ],
)
def test_what_does_not_exist_is_refused_at_once(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("(", r"\(")) as refused:
        Monitor(**settings)
    assert says in str(refused.value)


def test_evaluations_that_no_report_saw_are_not_enough() -> None:
    judge = Judge(Settings(stop_on=("overfit",), patience=5))
    rows = [
        {"step": step, "loss": 2 / (1 + step / 40), "val_loss": 1 + 1 / step + 0.004 * max(0, step - 60)}
        for step in range(10, 360, 10)
    ]
    stops = [judge.take(part, Facts()).stop is not None for part in (rows[:15], rows[15:25], rows[25:])]
    assert stops == [False, False, True]


def test_patience_is_a_number_of_evaluations() -> None:
    stops = {}
    for patience in (1, 6):
        with Monitor(stop_on="overfit", patience=patience, in_process=True) as monitor:
            stops[patience] = train(monitor, turn=0.3)
    assert stops[6] == stops[1] + 5 * 20


class Broken:
    """A judge that raises, hangs, or whose process is gone."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def take(self, *_: object) -> Any:
        if self._error is None:
            time.sleep(60)
            return None
        raise self._error

    def close(self) -> None: ...


@pytest.mark.parametrize("error", [RuntimeError("wrong"), MemoryError(), ValueError("odd"), None])
def test_a_judge_that_raises_or_hangs_is_warned_of_once(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "Judge", lambda _: Broken(error))
    monitor = Monitor(in_process=True, stop_on="overfit")
    began = time.monotonic()
    for step in range(10, 200, 10):
        monitor.log(step, loss=1.0, val_loss=1.0)
        if error is not None:
            monitor.wait()
    monitor.finish(timeout=0.3)
    assert time.monotonic() - began < 20
    assert not monitor.should_stop
    assert len(caplog.records) == 1


def test_a_judge_whose_process_is_killed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Aside] = []

    def start(settings: Any) -> Aside:
        started.append(Aside(settings))
        return started[-1]

    monkeypatch.setattr(module, "Aside", start)
    with Monitor() as monitor:
        for step in (10, 20, 30):
            monitor.log(step, loss=2.0 - step / 20, val_loss=2.0 - step / 30)
        monitor.wait()
        started[0]._process.kill()
        for step in (40, 50, 60):
            monitor.log(step, loss=2.0 - step / 40, val_loss=2.0 - step / 60)
            monitor.wait()
    assert monitor.report is not None
    assert monitor.report.run.metrics["full_valid_loss"] == 6


def test_without_another_process_a_thread_judges(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(settings: Any) -> Aside:
        raise OSError("not here")

    monkeypatch.setattr(module, "Aside", refuse)
    with Monitor(alert=False) as monitor:
        train(monitor, turn=0.4, evaluations=6)
    assert monitor.diagnosis is not None
    assert "a thread does" in caplog.text


@pytest.mark.skipif(not hasattr(os, "geteuid") or not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_warned_of_and_the_training_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("curvewise.json", "curvewise.jsonl"):
        (tmp_path / name).symlink_to("/dev/full")
    with Monitor(tmp_path, in_process=True) as monitor:
        assert train(monitor, turn=0.4) == 400
    assert monitor.diagnosis is not None
    assert "No space left" in caplog.text
    assert sum("cannot be" in each.message for each in caplog.records) == 2


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.received.append(json.loads(body))
        if server.hangs:
            server.done.wait(20)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.received, server.hangs, server.done = [], False, threading.Event()
    server.address = f"http://127.0.0.1:{server.server_port}/secret-token"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.done.set()
    server.shutdown()
    server.server_close()


def test_changes_are_posted_to_a_webhook(hook: Any) -> None:
    with Monitor(webhook=hook.address, name="a\x1b[2Jb", in_process=True) as monitor:
        train(monitor, turn=0.4)
    names = [each["diagnosis"]["name"] for each in hook.received]
    assert names[-1] == "overfit"
    assert all(first != second for first, second in pairwise(names))
    assert "\x1b" not in hook.received[-1]["text"]


def test_a_webhook_that_hangs_or_is_gone_holds_nothing_up(
    hook: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hook.hangs = True
    monitor = Monitor(webhook=hook.address, in_process=True)
    assert train(monitor, turn=0.4, evaluations=10) == 200
    began = time.monotonic()
    monitor.finish(timeout=0.5)
    assert time.monotonic() - began < 5
    with Monitor(webhook="http://127.0.0.1:9/secret-token", in_process=True) as monitor:
        train(monitor, turn=0.4)
    assert "127.0.0.1 cannot be reached" in caplog.text
    assert "secret-token" not in caplog.text
    assert sum("cannot be reached" in each.message for each in caplog.records) == 1


def test_trackers_that_this_program_logs_to_get_an_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, Any]] = []
    wandb = SimpleNamespace(run=object(), alert=lambda **said: told.append(("wandb", said)))
    levels = SimpleNamespace(INFO="info", WARN="warn", ERROR="error")
    trackio = SimpleNamespace(AlertLevel=levels, alert=lambda **said: told.append(("trackio", said)))
    for name, each in (("wandb", wandb), ("trackio", trackio)):
        monkeypatch.setitem(sys.modules, name, each)
    with Monitor(in_process=True) as monitor:
        train(monitor, turn=0.4)
    assert {name for name, _ in told} == {"wandb", "trackio"}
    assert any(said["title"].startswith("overfit") for _, said in told)


def test_resumes_from_what_was_logged(tmp_path: Path) -> None:
    with Monitor(tmp_path, in_process=True) as first:
        for step in range(10, 110, 10):
            first.log(step, loss=2 - step / 100, val_loss=2 - step / 120)
    with (tmp_path / "curvewise.jsonl").open("a") as log:
        log.write('{"step": 110, "lo')  # it was killed in the middle of a line
    with Monitor(tmp_path, in_process=True) as second:
        for step in range(80, 160, 10):
            second.log(step, loss=2 - step / 100, val_loss=2 - step / 120)
    assert second.report is not None
    assert second.report.run.first_step == 10
    assert second.report.run.last_step == 150
    assert second.report.run.metrics["full_valid_loss"] == 15


def test_only_the_first_process_judges(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RANK", "1")
    with Monitor(tmp_path / "new", in_process=True) as monitor:
        train(monitor, turn=0.4, evaluations=5)
    assert monitor.report is None
    assert not (tmp_path / "new").exists()


def test_what_is_no_number_is_left_out_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with Monitor(in_process=True) as monitor:
        for step in range(1, 12):
            monitor.log(step, {"val/loss": np.float32(1 / step)}, loss=np.array(2 / step), a="warm", b=None)
    assert monitor.report is not None
    assert set(monitor.report.run.metrics) == {"train_loss", "full_valid_loss"}
    assert sum("is no number" in each.message for each in caplog.records) == 2


def test_a_call_of_log_costs_next_to_nothing() -> None:
    def seconds(monitor: Monitor | None) -> float:
        began = time.perf_counter()
        for step in range(2000):
            numbers = {"loss": 1.0, "grad_norm": 0.5}
            if monitor is not None:
                monitor.log(step, numbers)
        return time.perf_counter() - began

    monitor = Monitor()
    costs = min(seconds(monitor) for _ in range(3)) / 2000
    monitor.finish()
    assert costs < 1e-3  # a thousandth of a step of 1 s; about 10 µs


def test_the_diagnosis_is_logged_when_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "curvewise")
    with Monitor(in_process=True) as monitor:
        train(monitor, turn=0.4)
    told = [each.message for each in caplog.records]
    assert any("Overfit after" in each and "Use step" in each for each in told)
    assert len(told) < 8


def test_it_judges_as_check_does(tmp_path: Path) -> None:
    rows = [{"step": 10 * n, "loss": 2 / n, "val_loss": 2 / n + 0.03 * n} for n in range(1, 20)]
    with Monitor(tmp_path, in_process=True) as monitor:
        for row in rows:
            monitor.log(int(row["step"]), {key: row[key] for key in ("loss", "val_loss")})
    assert monitor.report is not None
    checked = curvewise.analyze(curvewise.load(tmp_path / "curvewise.jsonl"))
    assert checked.diagnosis == monitor.report.diagnosis
