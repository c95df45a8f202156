from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from curvewise.cli import main
from tests.archives.making import tree
from tests.processes import started
from tests.standin import Standin, faults, jobs
from tests.standin.fixtures import StandinFactory
from tests.standin.messages import Answer, Request, Respond

Run = Callable[..., subprocess.CompletedProcess[str]]

ARCHIVE = (sys.executable, "-m", "curvewise", "archive")


@pytest.fixture
def server(serve: StandinFactory) -> Standin:
    """A service with a job of some pages and a small one; the program finds it in its environment."""
    return serve([jobs.big(events=400, checkpoints=12), jobs.small_sft()])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The program in this process, which has imported the SDK once; in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> subprocess.CompletedProcess[str]:
        with pytest.raises(SystemExit) as exited:
            main(list(arguments))
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, int(exited.value.code or 0), out, err)

    return called


def kill_at(server: Standin, request: int, command: list[str], folder: Path) -> int:
    """Run a command, and kill it when the server has seen so many requests; return its exit code."""
    seen, reached = 0, Event()

    def counting(asked: Request, respond: Respond) -> Answer:
        nonlocal seen
        seen += 1
        if seen == request:
            reached.set()
            process.wait(timeout=60)
        return respond(asked)

    def kill() -> None:
        if reached.wait(60):
            process.kill()

    rule = server.faults.add("**", counting)
    with started(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        killer = Thread(target=kill)
        killer.start()
        process.communicate(timeout=60)
        reached.set()
        killer.join()
    rule.remove()
    return process.returncode


def test_killed_at_any_request_and_run_again_it_is_the_folder_of_an_undisturbed_run(
    server: Standin, run: Run, tmp_path: Path
) -> None:
    job = server.id("big")
    assert run("archive", job, "whole").returncode == 0
    asked = len(server.requests)
    for point in (asked // 4, asked * 2 // 3, asked):
        folder = f"killed-{point}"
        code = kill_at(server, point, [*ARCHIVE, job, folder], tmp_path)
        assert code == -signal.SIGKILL
        assert not (tmp_path / folder / "archive.json").exists()
        if point > 4:
            checked = run("check", folder)
            assert (checked.returncode, "interrupted" in checked.stderr) == (2, True)
        again = run("archive", job, folder)
        assert again.returncode == 0, again.stderr
        assert tree(tmp_path / folder) == tree(tmp_path / "whole"), f"killed at request {point} of {asked}"


def test_says_what_is_archived_and_where(server: Standin, run: Run) -> None:
    made = run("archive", server.id("big"), "a")
    assert made.stdout.startswith(
        f"archived: {server.id('big')} (archive), succeeded\n  400 events, 12 checkpoints, "
    )
    assert "1 result file" in made.stdout
    assert made.stdout.endswith(", verified\n  next: curvewise check a\n")
    assert made.stderr == ""
    again = run("archive", server.id("big"), "a")
    assert again.stdout.startswith("already complete and verified: ")


def test_check_reads_the_folder_as_it_reads_the_job(server: Standin, run: Run) -> None:
    job = server.id("small-sft")
    run("archive", job, "a")
    live, kept = (run("check", path, "--format", "json").stdout for path in (job, "a"))
    assert kept.replace('"source": "a"', f'"source": "{job}"') == live


def test_damage_is_named_and_mended(server: Standin, run: Run, tmp_path: Path) -> None:
    run("archive", server.id("small-sft"), "a")
    before, asked = tree(tmp_path), len(server.requests)
    (tmp_path / "a/events.json").write_bytes(b"{}")
    (tmp_path / "a/checkpoints.json").unlink()
    found = run("archive", "--verify", "a")
    assert found.returncode == 2
    assert "events.json is damaged: it has 2 bytes" in found.stderr
    assert "checkpoints.json is damaged: it is missing" in found.stderr
    assert len(server.requests) == asked
    assert run("archive", server.id("small-sft"), "a").returncode == 0
    assert tree(tmp_path) == before
    assert run("archive", "--verify", "a").stdout.startswith("complete and verified: ")


def test_every_job_of_the_account(server: Standin, run: Run) -> None:
    rule = server.faults.add(f"GET /fine_tuning/jobs/{server.id('big')}/events", faults.failing(403))
    made = run("archive", "--all", "all")
    assert made.returncode == 2
    assert f"error: {server.id('big')}: " in made.stderr
    assert "2 jobs in all: 1 complete and verified, 1 with errors" in made.stdout
    rule.remove()
    made = run("archive", "--all", "all")
    assert made.returncode == 0
    assert "2 jobs in all: 2 complete and verified\n" in made.stdout
    assert run("archive", "--verify", "all").returncode == 0
    one = run("archive", "--verify", server.id("big"), "all")
    assert one.stdout.startswith(f"complete and verified: {server.id('big')} ")


def test_a_job_that_is_not_there_is_not_verified_by_others(server: Standin, run: Run, tmp_path: Path) -> None:
    small = server.id("small-sft")
    run("archive", small, f"all/{small}")
    assert run("archive", "--verify", small, "all").returncode == 0
    assert run("archive", "--verify", small, f"all/{small}").returncode == 0
    for folder in ("all", f"all/{small}"):
        other = run("archive", "--verify", server.id("big"), folder)
        assert (other.returncode, other.stdout) == (2, "")
        assert server.id("big") in other.stderr
    (tmp_path / "all/other").mkdir()
    (tmp_path / "all/other/archive.json").write_text("{}")
    foreign = run("archive", "--verify", "all/other")
    assert "this is no archive: its archive.json is of another tool" in foreign.stderr


def test_not_every_job_into_the_unfinished_archive_of_one(server: Standin, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a/.curvewise-partial").mkdir(parents=True)
    made = run("archive", "--all", "a")
    assert (made.returncode, "this is the archive of one job" in made.stderr) == (2, True)
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == [".curvewise-partial"]
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_what_cannot_be_told_is_still_archived(server: Standin, run: Run, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        made = subprocess.run(
            [*ARCHIVE, server.id("small-sft"), "a"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert made.returncode == 2
    assert made.stderr.startswith("error: the output cannot be written: No space left on device\n  hint: ")
    assert run("archive", "--verify", "a").returncode == 0


def test_several_jobs_get_a_folder_each(server: Standin, run: Run, tmp_path: Path) -> None:
    names = [server.id("big"), f"openai://{server.id('small-sft')}"]
    made = run("archive", *names, "ftjob-gone", "two")
    assert made.returncode == 2
    assert "error: ftjob-gone: " in made.stderr
    assert sorted(entry.name for entry in (tmp_path / "two").iterdir()) == sorted(
        [server.id("big"), server.id("small-sft")]
    )


def test_a_cut_result_file_is_kept_and_the_exit_code_says_so(server: Standin, run: Run) -> None:
    server.faults.add("GET /files/*/content", faults.shortened(0.5))
    made = run("archive", server.id("small-sft"), "a")
    assert made.returncode == 2
    assert "is not as long as the service states" in made.stderr
    assert "verified" not in made.stdout


def test_a_result_file_that_is_gone_is_said(server: Standin, run: Run) -> None:
    server.faults.add("GET /files/*/content", faults.failing(404))
    made = run("archive", server.id("small-sft"), "a")
    assert made.returncode == 0
    assert "the service does not have the result file file-" in made.stdout
    assert (
        f"{server.id('big')}: the service does not have the result file"
        in run("archive", "--all", "b").stdout
    )


def test_a_job_that_goes_on_is_to_be_archived_again(server: Standin, run: Run) -> None:
    server.add(jobs.paused())
    made = run("archive", server.id("paused"), "a")
    assert made.returncode == 0
    assert "the job is not over: run this again when it is" in made.stdout


def test_a_disk_that_takes_no_more(server: Standin, run: Run, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    made = subprocess.run(  # the journal of some pages is larger
        [*ARCHIVE, server.id("big"), "a"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert made.returncode == 2
    assert "cannot write the archive: File too large" in made.stderr
    assert "goes on where it stopped" in made.stderr
    assert run("archive", server.id("big"), "a").returncode == 0
    run("archive", server.id("big"), "whole")
    assert tree(tmp_path / "a") == tree(tmp_path / "whole")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(server: Standin, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o500)
    made = run("archive", server.id("small-sft"), "a")
    assert made.returncode == 2
    assert "a: cannot write: Permission denied" in made.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftjob-1"], "name at least one JOB before DIR"),
        (["ftjob-1", "ftjob-2"], "'ftjob-2' is a job"),
        (["--all", "ftjob-1", "a"], "--all takes no JOB"),
        (["results.csv", "a"], "is no address of a job"),
        (["--verify", "nothing"], "there is no archive.json"),
        (["--verify", "ftjob-1", "nothing"], "nothing/ftjob-1: this is no archive"),
        (["ftjob-1", ""], "DIR is empty"),
        (["--all", ""], "DIR is empty"),
        (["--verify", ""], "DIR is empty"),
        (["--all", "ftjob-1"], "'ftjob-1' is a job"),
        (["--all", "openai://ftjob-1"], "'openai://ftjob-1' is a job"),
        (["--all", "/dev/null"], "this is a file"),
        (["--provider", "azure", "openai://ftjob-1", "a"], "names another service than --provider azure"),
        ([], "missing argument"),
    ],
)
@pytest.mark.usefixtures("server")
def test_mistakes_are_said(run: Run, arguments: list[str], said: str) -> None:
    made = run("archive", *arguments)
    assert made.returncode == 2
    assert said in made.stderr
    assert "Traceback" not in made.stderr


def test_the_bar_shows_how_far_it_came() -> None:
    from curvewise import ArchiveProgress
    from curvewise.cli._archive_progress import Tally

    told = Tally()
    told.take(ArchiveProgress(job="a", events=100, result_files=1, jobs=3))
    told.take(ArchiveProgress(job="b", events=20, jobs=3))
    told.take(ArchiveProgress(job="a", is_done=True, jobs=3))
    assert told.text() == "1 of 3 jobs: 120 events, 1 result file"
    assert told.total == 3


def test_a_job_without_an_id_is_told_as_such() -> None:
    from curvewise import ArchiveOutcome, InputError
    from curvewise.cli import _archive_text as words

    nameless = ArchiveOutcome(job="", error=InputError("it has no id", hint="report it to the service"))
    assert next(words.faults([nameless])).startswith("(no id): it has no id")
    assert words.overview([nameless], "a").splitlines()[1].startswith("(no id)  ")
