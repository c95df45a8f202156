from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import Program

FAST = ("--interval", "0.05", "--idle", "60")
TOTAL = 200


def line(step: int, turn: int = 100, total: int = TOTAL) -> str:
    text = f"step {step}/{total}: train loss {0.3 + 2 * math.exp(-step / 40):.4f}\n"
    if step % 10 == 0:
        loss = 1 + math.exp(-step / 20) + 0.004 * max(0, step - turn) + 0.003 * (step % 3)
        text += f"step {step}/{total}: val loss {loss:.4f}\n"
    return text


@contextmanager
def training(log: Path, *, until: int = TOTAL, stop_file: Path | None = None) -> Iterator[None]:
    """Write a log in a thread, half a line at a time; it ends at a step, or when it finds a file."""
    total = max(until, TOTAL)
    log.write_text(line(1, total=total))

    def write() -> None:
        for step in range(2, until + 1):
            text = line(step, total=total)
            for part in (text[:7], text[7:]):
                with log.open("a") as file:
                    file.write(part)
                time.sleep(0.01)
            if stop_file is not None and stop_file.exists():
                return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_changes_of_the_diagnosis_are_told_and_the_end_is_the_report_of_check(
    curvewise: Program, tmp_path: Path
) -> None:
    told = tmp_path / "told.jsonl"
    script = f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))"
    command = f'{sys.executable} -c "{script}"'
    with training(tmp_path / "train.log"):
        done = curvewise("watch", "train.log", *FAST, "--exec", command)
    checked = curvewise("check", "train.log")
    assert (done.stdout, done.returncode) == (checked.stdout, checked.returncode)
    diagnoses = [each for each in done.stderr.splitlines() if " DIAGNOSIS " in each]
    assert "overfit (problem)" in diagnoses[-1]
    assert " ended  step 200 of 200 " in done.stderr
    changes = [json.loads(each) for each in told.read_text().splitlines()]
    assert sorted(each["diagnosis"]["name"] for each in changes)[-1] == "overfit"
    assert len(changes) == len(diagnoses)


def test_a_stop_file_is_written_and_the_training_that_looks_for_it_ends(
    curvewise: Program, tmp_path: Path
) -> None:
    stop = tmp_path / "STOP"
    most = 10 * TOTAL  # a watch on a busy machine is late
    with training(tmp_path / "train.log", until=most, stop_file=stop):
        curvewise("watch", "train.log", "--interval", "0.05", "--idle", "2", "--stop-file", stop)
    assert stop.read_text().startswith("overfit: Overfit after step ")
    last = int((tmp_path / "train.log").read_text().splitlines()[-1].split()[1].partition("/")[0])
    assert 110 < last < most


def test_a_folder_that_is_still_empty_is_waited_for(curvewise: Program, tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()

    def fill() -> None:
        time.sleep(0.4)
        rows = [{"step": n, "loss": 1 / n, "epoch": n / 10, "learning_rate": 1e-4} for n in range(1, 30)]
        end = {"step": 29, "train_runtime": 9.0, "train_loss": 0.2, "epoch": 2.9}
        state = {"log_history": [*rows, end], "global_step": 29, "max_steps": 29, "epoch": 2.9}
        (folder / "trainer_state.json").write_text(json.dumps(state))

    thread = threading.Thread(target=fill)
    thread.start()
    done = curvewise("watch", "outputs", *FAST, "--format", "json")
    thread.join()
    assert done.stderr.count("trouble: the folder is empty") == 1
    assert "the trouble is over" in done.stderr
    assert json.loads(done.stdout)["run"]["last_step"] == 29


def test_a_run_in_which_nothing_happens_any_longer_has_ended(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("".join(map(line, range(1, 60))))
    began = time.monotonic()
    done = curvewise("watch", "train.log", "--interval", "0.05", "--idle", "0.4")
    assert time.monotonic() - began < 20
    assert " ended  step 59 of 200 " in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_what_fails_is_said_once_and_the_watch_goes_on(curvewise: Program, tmp_path: Path) -> None:
    with training(tmp_path / "train.log"):
        done = curvewise(
            "watch", "train.log", *FAST, "--exec", "false", "--webhook", "http://127.0.0.1:9/secret"
        )
    assert "overfit" in done.stdout.lower()
    assert "secret" not in done.stderr


def test_a_command_that_there_is_not_is_named(
    curvewise: Program, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "train.log").write_text("".join(map(line, range(1, 60))))
    curvewise("watch", "train.log", "--interval", "0.05", "--idle", "0.4", "--exec", "no-such-program")
    assert caplog.messages == ["no-such-program cannot be run: No such file or directory"]


def test_a_hostile_name_is_shown_as_data(curvewise: Program, tmp_path: Path) -> None:
    hostile = tmp_path / "a\x1b[2Jb.log"
    with training(hostile, until=120):
        done = curvewise("watch", hostile.name, "--interval", "0.05", "--idle", "0.5")
    assert "\x1b" not in done.stderr + done.stdout
