from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.processes import started
from tests.standin import ByHand, ByRequest, faults, jobs

from ..standin.fixtures import StandinFactory
from .conftest import Program
from .terminal import Terminal

pytest.importorskip("openai")

FAST = ("--interval", "0.02")
LINE = re.compile(r"\d\d:\d\d:\d\d \S")
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"
MOVES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.mark.parametrize(
    ("name", "status"),
    [("failed", "failed"), ("paused", "paused")],
)
def test_it_ends_with_the_report_and_the_exit_code_of_check(
    curvewise: Program, standin: StandinFactory, name: str, status: str
) -> None:
    server = standin([jobs.BY_NAME[name]()], clock=ByRequest(each=16))
    address = f"openai://{server.id(name)}"
    watched = curvewise("watch", address, *FAST, **server.environment())
    checked = curvewise("check", address, **server.environment())
    assert watched.stdout == checked.stdout
    assert watched.returncode == checked.returncode
    lines = watched.stderr.splitlines()
    assert all(LINE.match(line) for line in lines)
    assert any(f" {status}  step " in line for line in lines)
    goes_on = f"it rests until it is resumed on the service; then: curvewise watch {address}"
    assert [line for line in lines if line.endswith(goes_on)] == (lines[-1:] if status == "paused" else [])
    assert "\x1b" not in watched.stderr + watched.stdout


def test_a_line_tells_the_step_the_losses_and_what_is_new(
    curvewise: Program, standin: StandinFactory
) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=16))
    done = curvewise("watch", f"openai://{server.id('small-sft')}", *FAST, **server.environment())
    said = [line.partition(" ")[2] for line in done.stderr.splitlines()]
    line = r"running  step \d+ of 120, epoch [\d.]+  train_loss [\d.]+  full_valid_loss [\d.]+"
    assert sum(re.fullmatch(line, text) is not None for text in said) >= 3
    assert any(line.startswith("PROBLEM overfitting: ") for line in said)
    assert len(said) == len(set(said))


def test_until_done_prints_the_last_report_alone(
    curvewise: Program, standin: StandinFactory, tmp_path: Path
) -> None:
    server = standin([jobs.failed()], clock=ByRequest(each=16))
    address = f"openai://{server.id('failed')}"
    done = curvewise("watch", address, *FAST, "--until-done", "--format", "json", **server.environment())
    assert done.stderr == ""
    assert json.loads(done.stdout)["run"]["status"] == "failed"
    assert done.returncode == 1
    never = ("--until-done", "--fail-on", "never", "-o", "report.txt")
    done = curvewise("watch", address, *FAST, *never, **server.environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "wrote report.txt\n")
    assert "Failed: the job has the status" in (tmp_path / "report.txt").read_text()


def test_a_job_that_failed_before_any_metric_is_no_all_clear(
    curvewise: Program, standin: StandinFactory
) -> None:
    job = jobs.failed()
    job = replace(job, checkpoints=(), ending=replace(job.ending, at=0, message="The file is empty."))
    server = standin([job], clock=ByRequest())
    done = curvewise("watch", f"openai://{server.id('failed')}", *FAST, **server.environment())
    assert done.returncode == 1
    assert "The file is empty." in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["results.csv"], "no such file or folder"),
        ([".", "--stop-on", "overfit"], "--stop-file"),
        ([".", "--webhook", "ftp://x/"], "no http:// or https://"),
        (["openai://"], "names no job"),
        (["openai://ftjob-1", "--stop-on", "overfiting"], "did you mean overfitting"),
        (["openai://ftjob-1", "--stop-on", "overfitting:soon"], "CHECK:warning"),
        (["openai://ftjob-1", "--stop-on", "overfitting", "--ignore", "overfitting"], "--stop-on"),
        (["openai://ftjob-1", "--interval", "0"], "--interval"),
        (["openai://ftjob-1", "--select", "nonsense"], "nonsense"),
        (["openai://ftjob-1"], "OPENAI_API_KEY"),
    ],
)
def test_mistakes_are_one_message(curvewise: Program, arguments: list[str], words: str) -> None:
    done = curvewise("watch", *arguments, OPENAI_API_KEY="")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_under_way_says_where_the_job_stood(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 42)
    server.faults.add("GET /fine_tuning/jobs/*", faults.failing(401), skip=2)
    address = f"openai://{server.id('small-sft')}"
    done = curvewise("watch", address, *FAST, **server.environment())
    assert (done.returncode, done.stdout) == (2, "")
    assert "status: running, step 40 of 120" in done.stderr
    assert done.stderr.splitlines()[-2].startswith("error: ")
    assert server.key not in done.stderr


@pytest.mark.parametrize(("by", "status"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_check_stops_the_job_when_that_was_agreed(
    curvewise: Program, standin: StandinFactory, by: str, status: str
) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=12))
    done = curvewise(
        *("watch", f"openai://{server.id('small-sft')}", *FAST),
        *(
            "--stop-on",
            "generalization_gap:warning",
            "--stop-by",
            by,
            "--yes",
            "--fail-on",
            "never",
            "--format",
            "json",
        ),
        **server.environment(),
    )
    assert done.returncode == 0
    run = json.loads(done.stdout)["run"]
    assert (run["status"], run["last_step"] < 120) == (status, True)
    assert f"asking the service to {by}" in done.stderr
    assert server.counts()[f"POST /fine_tuning/jobs/{{job}}/{by}"] == 1


def test_with_nobody_to_ask_it_says_that_it_would_and_goes_on(
    curvewise: Program, standin: StandinFactory
) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=12))
    address = f"openai://{server.id('small-sft')}"
    done = curvewise("watch", address, *FAST, "--stop-on", "generalization_gap", **server.environment())
    assert done.stderr.count("generalization_gap is a problem: would pause") == 1
    assert "--yes" in done.stderr
    assert " succeeded  step 120 of 120" in done.stderr
    assert not any(path.startswith("POST") for path in server.counts())


def test_a_stop_that_the_service_refuses_is_told_with_the_other_way(
    curvewise: Program, standin: StandinFactory
) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=12))
    server.faults.add("POST **", faults.failing(400, message="This job cannot be paused."))
    address = f"openai://{server.id('small-sft')}"
    done = curvewise(
        "watch", address, *FAST, "--stop-on", "generalization_gap", "--yes", **server.environment()
    )
    assert done.stderr.count("the service refuses to pause the job") == 1
    assert "This job cannot be paused." in done.stderr
    assert "--stop-by cancel" in done.stderr
    assert " succeeded  step 120 of 120" in done.stderr


def test_sigterm_ends_it_with_where_the_job_stood(standin: StandinFactory, tmp_path: Path) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 42)
    with started(
        [sys.executable, "-m", "curvewise", "watch", f"openai://{server.id('small-sft')}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**server.environment()},
        cwd=tmp_path,
        text=True,
    ) as watching:
        assert watching.stderr is not None
        assert "running  step 40 of 120" in watching.stderr.readline()
        watching.terminate()
        out, rest = watching.communicate(timeout=60)
    assert (watching.returncode, out) == (143, "")
    assert "the job itself goes on" in rest
    assert "Traceback" not in rest


def screen_is_clean(written: bytes) -> bool:
    """Whether the cursor is shown again, and the last line is complete and without attributes."""
    balanced = written.count(HIDE) == written.count(SHOW) > 0
    return balanced and written.rfind(SHOW) > written.rfind(HIDE) and written.endswith(b"\n")


@pytest.mark.parametrize("columns", [40, 120])
def test_ctrl_c_leaves_the_terminal_clean_and_says_where_the_job_stood(
    standin: StandinFactory, tmp_path: Path, columns: int
) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 72)
    address = f"openai://{server.id('small-sft')}"
    with Terminal(tmp_path, "watch", address, environment=server.environment(), columns=columns) as terminal:
        terminal.until("best so far")
        terminal.until("next look in" if columns > 60 else "findings")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert screen_is_clean(terminal.written)
    tail = MOVES.sub(b"", terminal.written[terminal.written.rfind(SHOW) :]).decode().replace("\r", "")
    said = [line for line in tail.splitlines() if line]
    assert said[0] == f"stopped watching {address}; the job itself goes on"
    assert said[1] == "  status: running, step 70 of 120, epoch 1.8"
    assert said[2].startswith("  best so far: step 60 (epoch 1.5), full_valid_loss 0.")
    assert said[3].endswith(":ckpt-step-60")
    assert said[-1] == f"  to go on: curvewise watch {address}"


def test_ctrl_c_in_the_middle_of_a_request_ends_it_too(standin: StandinFactory, tmp_path: Path) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 72)
    server.faults.add("GET /fine_tuning/jobs/*/events", faults.slow(8.0), skip=1, times=1)
    address = f"openai://{server.id('small-sft')}"
    with Terminal(
        tmp_path, "watch", address, "--interval", "1.5", environment=server.environment()
    ) as terminal:
        terminal.until("looking")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert screen_is_clean(terminal.written)
    assert b"step 70 of 120" in terminal.written


def test_the_drawing_vanishes_and_the_report_follows(standin: StandinFactory, tmp_path: Path) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=16))
    address = f"openai://{server.id('small-sft')}"
    with Terminal(
        tmp_path, "watch", address, "--interval", "0.2", environment=server.environment()
    ) as terminal:
        assert terminal.end() == 1
    assert screen_is_clean(terminal.written)
    drawing, report = terminal.written.rsplit(SHOW, 1)
    assert "loss: ─ train_loss".encode() in drawing
    assert b"best so far" in drawing
    assert b"best so far" not in report
    assert b"checks passed" in report


@pytest.mark.parametrize(
    ("answer", "status"), [("y\n", "paused"), ("\n", "succeeded"), ("\x04", "succeeded")]
)
def test_a_user_is_asked_once_before_the_job_is_stopped(
    standin: StandinFactory, tmp_path: Path, answer: str, status: str
) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=12))
    address = f"openai://{server.id('small-sft')}"
    arguments = (
        "watch",
        address,
        "--interval",
        "0.05",
        "--stop-on",
        "generalization_gap",
        "--fail-on",
        "never",
    )
    with Terminal(tmp_path, *arguments, environment=server.environment()) as terminal:
        terminal.until("generalization_gap is a problem. Pause job")
        terminal.until("[y/N] ")
        assert terminal.written.rfind(SHOW) > terminal.written.rfind(HIDE)
        terminal.press(answer)
        assert terminal.end() == 0
    assert screen_is_clean(terminal.written)
    assert terminal.written.count(b"[y/N]") == 1
    assert status in {word.decode() for word in re.findall(rb"succeeded|paused", terminal.written)}
    assert server.progress("small-sft").is_paused == (status == "paused")


def test_ctrl_c_at_the_question_stops_the_watching_alone(standin: StandinFactory, tmp_path: Path) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=12))
    address = f"openai://{server.id('small-sft')}"
    with Terminal(
        tmp_path, "watch", address, *FAST, "--stop-on", "generalization_gap", environment=server.environment()
    ) as terminal:
        terminal.until("[y/N] ")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert screen_is_clean(terminal.written)
    assert not server.progress("small-sft").is_paused


def test_names_of_a_job_cannot_write_to_the_terminal(standin: StandinFactory, tmp_path: Path) -> None:
    hostile = replace(jobs.small_sft(), suffix="a\x1b[2J\x07b", base_model="m\x1b]0;title\x07")
    server = standin([hostile], clock=ByRequest(each=30))
    server.faults.add("**", faults.hostile_text())
    address = f"openai://{server.id('small-sft')}"
    with Terminal(
        tmp_path, "watch", address, "--interval", "0.1", environment=server.environment()
    ) as terminal:
        terminal.end()
    assert b"\x1b[2J" not in terminal.written
    assert b"\x1b]" not in terminal.written
    assert b"\x07" not in terminal.written


def test_a_terminal_that_knows_no_cursor_gets_lines(standin: StandinFactory, tmp_path: Path) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=30))
    address = f"openai://{server.id('small-sft')}"
    environment = {**server.environment(), "TERM": "dumb"}
    with Terminal(tmp_path, "watch", address, *FAST, environment=environment) as terminal:
        assert terminal.end() == 1
    assert b"\x1b" not in terminal.written
    assert b"running  step " in terminal.written


def test_with_the_requests_shown_there_are_lines_on_a_terminal_too(
    standin: StandinFactory, tmp_path: Path
) -> None:
    server = standin([jobs.small_sft()], clock=ByRequest(each=60))
    address = f"openai://{server.id('small-sft')}"
    with Terminal(tmp_path, "watch", address, *FAST, "-v", environment=server.environment()) as terminal:
        assert terminal.end() == 1
    assert HIDE not in terminal.written
    assert b"GET /fine_tuning/jobs/" in terminal.written
    assert server.key.encode() not in terminal.written


def test_signals_are_as_before_when_the_watching_is_over() -> None:
    from curvewise.cli._followed_job import Terminated, termination_as_an_interrupt

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), termination_as_an_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
