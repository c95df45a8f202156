from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.standin import ByHand, Ending, jobs

from ..standin.fixtures import StandinFactory
from .conftest import Program

pytest.importorskip("openai")

WITHOUT_SDK = "import sys; sys.modules['openai'] = None; from curvewise.cli import main; main()"


def test_check_on_a_job_as_on_a_file(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft()])
    done = curvewise("check", server.id("small-sft"), "--format", "json", **server.environment())
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert report["run"]["id"] == server.id("small-sft")
    assert report["selection"]["best"]["step"] == 60


def test_pick_and_forecast_take_addresses(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft()], dialect="azure")
    address = f"azure://{server.id('small-sft')}"
    assert "step 60" in curvewise("pick", address, **server.environment()).stdout
    assert curvewise("forecast", address, **server.environment()).returncode == 0


def test_verbose_shows_every_request(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft()])
    done = curvewise("check", server.id("small-sft"), "-v", **server.environment())
    assert done.stderr.count(" GET ") == len(server.requests)
    assert server.key not in done.stderr


def test_what_cannot_be_read_does_not_hide_the_others(
    curvewise: Program, standin: StandinFactory, results: Path
) -> None:
    server = standin([jobs.waiting()])
    wrong = ("ftjob-doesnotexist", "azure://ftjob-1", "s3://bucket/key", server.id("waiting"))
    done = curvewise("check", *wrong, results, "--format", "json", **server.environment())
    assert done.returncode == 2
    assert json.loads(done.stdout)["run"]["source"] == str(results)
    assert done.stderr.count("error: ") == done.stderr.count("hint: ") == len(wrong)


@pytest.mark.parametrize(("steps", "status"), [(0, "validating_files"), (1, "queued"), (2, "running")])
def test_a_job_without_a_metric_gets_no_all_clear(
    curvewise: Program, standin: StandinFactory, steps: int, status: str
) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    if steps:
        server.advance("small-sft", steps)
    job = server.id("small-sft")
    done = curvewise("check", job, **server.environment())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"the job is {status} and has no value of any metric yet" in done.stderr
    assert f"`curvewise watch {job}`" in done.stderr


def test_a_job_that_failed_before_its_first_step_is_a_problem(
    curvewise: Program, standin: StandinFactory
) -> None:
    ending = Ending("failed", at=0, code="invalid_file", message="line 3 is no JSON")
    script = msgspec.structs.replace(jobs.failed(), records=(), checkpoints=(), ending=ending)
    server = standin([script])
    done = curvewise("check", server.id("failed"), **server.environment())
    assert done.returncode == 1
    assert "Failed: the job has the status" in done.stdout
    assert "line 3 is no JSON" in " ".join(done.stdout.split())


def test_a_job_that_succeeded_and_left_nothing_gets_no_all_clear(
    curvewise: Program, standin: StandinFactory
) -> None:
    script = msgspec.structs.replace(jobs.small_sft(), records=(), checkpoints=(), extra={"result_files": []})
    server = standin([script])
    done = curvewise("check", server.id("small-sft"), **server.environment())
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no value of any metric" in done.stderr


class TestMistakes:
    """Five clear messages, and exit code 2."""

    def test_without_the_extra(self, curvewise: Program) -> None:
        environment = {**curvewise.inherited(), "OPENAI_API_KEY": "sk-0123456789abcdef"}
        command = [sys.executable, "-c", WITHOUT_SDK, "check", "ftjob-abc"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "pip install 'curvewise[openai]'" in done.stderr

    def test_without_a_key(self, curvewise: Program) -> None:
        self.is_clear(curvewise("check", "ftjob-abc"), "OPENAI_API_KEY")
        self.is_clear(curvewise("check", "openai://ftjob-abc"), "OPENAI_API_KEY")

    def test_with_a_wrong_key(self, curvewise: Program, standin: StandinFactory) -> None:
        server = standin([jobs.small_sft()])
        environment = {**server.environment(), "OPENAI_API_KEY": "sk-wrong-0123456789"}
        done = curvewise("check", server.id("small-sft"), **environment)
        self.is_clear(done, "127.0.0.1")
        assert "wrong-0123" not in done.stderr

    def test_with_a_wrong_id(self, curvewise: Program, standin: StandinFactory) -> None:
        done = curvewise("check", "ftjob-nothere", **standin([jobs.small_sft()]).environment())
        self.is_clear(done, "ftjob-nothere")
        assert "curvewise jobs" in done.stderr

    def test_offline(self, curvewise: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.0)
        with socket.socket() as taken:  # bound and not listening: refuses connections
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
            done = curvewise("check", "ftjob-abc", OPENAI_BASE_URL=url, OPENAI_API_KEY="sk-0123456789")
        self.is_clear(done, "127.0.0.1")

    def is_clear(self, done: subprocess.CompletedProcess[str], named: str) -> None:
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("hint: ") == 1
        assert "Traceback" not in done.stderr
        assert named in done.stderr
