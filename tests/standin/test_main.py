from __future__ import annotations

import shlex
import threading

import pytest

from tests.standin.__main__ import main
from tests.standin.fixtures import StandinFactory


@pytest.mark.parametrize(
    ("dialect", "variables"),
    [
        ("openai", ["OPENAI_BASE_URL", "OPENAI_API_KEY"]),
        ("azure", ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_VERSION"]),
    ],
)
def test_it_prints_what_leads_a_client_to_it(
    capsys: pytest.CaptureFixture[str], dialect: str, variables: list[str]
) -> None:
    at_once = threading.Event()
    at_once.set()
    arguments = ["--dialect", dialect, "--job", "rft", "--job", "dpo", "--key", "sk-mine"]
    assert main(arguments, at_once) == 0
    lines = capsys.readouterr().out.splitlines()
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export"))
    assert list(exported) == variables
    assert "sk-mine" in exported.values()
    assert [line.partition(": ftjob-")[0] for line in lines if line.startswith("#")] == ["# rft", "# dpo"]


def test_an_unknown_job_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--job", "nothing"])
    assert "small-sft" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--speed", "nan"], ["--speed", "inf"], ["--latency", "nan"], ["--latency=-1"], ["--speed=x"]],
)
def test_numbers_that_no_clock_has_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "is not a number from 0 to 1,000,000" in capsys.readouterr().err


def test_a_speed_at_which_times_leave_the_calendar_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--speed", "1e-320"]) == 2
    assert "hint: give a number from 0.000001 to 1,000,000" in capsys.readouterr().err


def test_a_key_that_a_shell_would_split_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    at_once = threading.Event()
    at_once.set()
    assert main(["--key", "sk a'b"], at_once) == 0
    exported = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith("export OPENAI_API_KEY")
    ]
    assert shlex.split(exported[0]) == ["export", "OPENAI_API_KEY=sk a'b"]


def test_a_port_that_is_taken_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str], standin: StandinFactory
) -> None:
    taken = standin().port
    assert main(["--port", str(taken)]) == 2
    assert f"cannot listen on port {taken}" in capsys.readouterr().err
    assert main(["--port", "70000"]) == 2
