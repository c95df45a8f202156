from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.standin import ByHand, faults, jobs

from ..standin.fixtures import StandinFactory
from .conftest import Program

pytest.importorskip("openai")

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def test_a_job_is_a_block_with_its_best_checkpoint(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft(), jobs.waiting()])
    done = curvewise("jobs", **server.environment())
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.rstrip("\n").split("\n\n")
    assert first.splitlines()[0].split() == [server.id("waiting"), "queued"]
    assert len(first.splitlines()) == 2
    assert second.splitlines()[0].split() == [server.id("small-sft"), "succeeded", "120", "steps"]
    assert "gpt-4o-mini-2024-07-18 · sft · tickets · created " in second
    assert second.splitlines()[2].startswith("  best: step 60, full_valid_loss 0.")
    assert second.splitlines()[3].endswith(":ckpt-step-60")


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_it_fits_80_columns_and_cuts_no_id(curvewise: Program, standin: StandinFactory, dialect: str) -> None:
    server = standin([jobs.small_sft(), jobs.failed(), jobs.rft(), jobs.waiting()], dialect=dialect)
    done = curvewise("jobs", **server.environment(), COLUMNS="80")
    for name in ("small-sft", "failed", "rft", "waiting"):
        assert server.id(name) in done.stdout
    too_long = [line for line in done.stdout.splitlines() if len(line) > 80]
    assert all(" " not in line.strip() for line in too_long)  # names to copy, in one piece


def test_a_running_job_shows_its_step_of_the_total(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 52)
    shown = curvewise("jobs", **server.environment()).stdout
    assert shown.splitlines()[0].endswith("running  step 50 of 120")
    assert "best so far: step " in shown


@pytest.mark.parametrize("columns", ["20", "40", "80", "200"])
def test_the_step_is_told_at_any_width(curvewise: Program, standin: StandinFactory, columns: str) -> None:
    server = standin([jobs.failed(), jobs.small_sft()])
    odd = replace(jobs.small_sft("odd"), extra={"status": "waiting for the review of a human being"})
    server.add(odd)
    shown = curvewise("jobs", **server.environment(), COLUMNS=columns).stdout
    blocks = [block.splitlines() for block in shown.rstrip("\n").split("\n\n")]
    assert len(blocks) == 3
    for (first, second, *_), told in zip(
        blocks, ("step 120 of 120", "120 steps", "step 52 of 120"), strict=True
    ):
        assert first.startswith("ftjob-")
        assert told == second.strip() or first.endswith(f"  {told}")


def test_colours_are_added_to_the_words(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft(), jobs.failed(), jobs.paused()])
    plain = curvewise("jobs", **server.environment()).stdout
    coloured = curvewise("jobs", **server.environment(), FORCE_COLOR="1").stdout
    assert [line.rstrip() for line in ESCAPE.sub("", coloured).splitlines()] == plain.splitlines()
    found = re.findall(r"\x1b\[([0-9;]+)m(succeeded|failed|paused)", coloured)
    colours = {word: code for code, word in found}
    assert len(set(colours.values())) == 3


def test_json_has_it_all(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft()])
    (listed,) = json.loads(curvewise("jobs", "--format", "json", **server.environment()).stdout)
    assert listed["job"]["id"] == server.id("small-sft")
    assert listed["best"]["step"] == 60
    assert listed["best"]["metric"] == "full_valid_loss"


def test_csv_is_a_row_each(curvewise: Program, standin: StandinFactory, tmp_path: Path) -> None:
    server = standin([jobs.small_sft(), jobs.waiting()])
    done = curvewise("jobs", "--format", "csv", "-o", "jobs.csv", **server.environment())
    assert done.stdout == ""
    waiting, over = csv.DictReader(StringIO((tmp_path / "jobs.csv").read_text()))
    assert (over["status"], over["best_step"], over["last_step"]) == ("succeeded", "60", "120")
    assert (waiting["status"], waiting["best_step"]) == ("queued", "n/a")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", over["created_at"])


def test_status_limit_and_no_best(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft(), jobs.failed(), jobs.dpo()])
    options = ("--status", "succeeded", "--status", "failed", "--limit", "2", "--no-best")
    done = curvewise("jobs", *options, **server.environment())
    assert done.stdout.count("ftjob-") == 2
    assert "best" not in done.stdout
    assert server.counts() == {"GET /fine_tuning/jobs": 1}


def test_a_status_that_no_job_has(curvewise: Program, standin: StandinFactory) -> None:
    done = curvewise("jobs", "--status", "succeded", **standin([jobs.small_sft()]).environment())
    assert (done.returncode, done.stdout) == (0, "no jobs\n")
    assert done.stderr == "no job has the status succeded; without --status, all are listed\n"


def test_a_job_that_cannot_be_read_says_why(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft(), jobs.dpo()])
    gone = f"GET /fine_tuning/jobs/{server.id('dpo')}/checkpoints"
    server.faults.add(gone, faults.failing(404), times=None)
    done = curvewise("jobs", **server.environment())
    assert done.returncode == 2
    assert server.id("dpo") in done.stdout
    assert "cannot be read: " in done.stdout
    assert "best: step 60" in done.stdout


def test_a_result_file_that_cannot_be_read_is_named_with_the_line(
    curvewise: Program, standin: StandinFactory
) -> None:
    server = standin([replace(jobs.small_sft(), results="step,train_loss\n1,2.0\ntwo,1.9\n")])
    done = curvewise("jobs", **server.environment(), COLUMNS="200")
    assert done.returncode == 2
    assert re.search(r"cannot be read: results/file-\w+\.csv:3: step: the cell holds 'two'", done.stdout)


def test_hostile_names_are_harmless(curvewise: Program, standin: StandinFactory) -> None:
    server = standin([jobs.small_sft(), jobs.failed()])
    server.faults.add("GET /fine_tuning/jobs", faults.hostile_text(), times=None)
    for output_format in ("text", "csv"):
        done = curvewise("jobs", "--format", output_format, **server.environment())
        assert done.stdout.replace("\n", "").isprintable()
        assert done.stderr == ""
    assert "\x1b" not in curvewise("jobs", "--format", "json", **server.environment()).stdout


def test_one_service_that_refuses_does_not_hide_the_other(
    curvewise: Program, standin: StandinFactory
) -> None:
    azure, other = standin([jobs.waiting()], dialect="azure"), standin([jobs.waiting()])
    environment = {
        **azure.environment(),
        **other.environment(),
        "OPENAI_API_KEY": "sk-not-the-one-0123456789",
    }
    done = curvewise("jobs", **environment)
    assert done.returncode == 2
    assert done.stdout.splitlines()[0].startswith(azure.id("waiting"))
    assert done.stderr.startswith("error: openai: ")


def test_with_two_services_ids_are_addresses(curvewise: Program, standin: StandinFactory) -> None:
    azure, other = standin([jobs.waiting()], dialect="azure"), standin([jobs.waiting()])
    both = {**azure.environment(), **other.environment()}
    shown = curvewise("jobs", **both).stdout
    assert f"azure://{azure.id('waiting')}" in shown
    assert f"openai://{other.id('waiting')}" in shown
    assert "azure://" not in curvewise("jobs", "--provider", "azure", **both).stdout


def test_verbose_shows_the_requests(curvewise: Program, standin: StandinFactory) -> None:
    done = curvewise("jobs", "--no-best", "-v", **standin([jobs.waiting()]).environment())
    assert re.fullmatch(r"\S+ GET /fine_tuning/jobs\?limit=100 -> 200, \d+ ms, \S+ kB\n", done.stderr)


def test_mistakes_end_in_a_message(curvewise: Program, standin: StandinFactory) -> None:
    done = curvewise("jobs")
    assert done.returncode == 2
    assert "hint: set OPENAI_API_KEY" in done.stderr
    done = curvewise("jobs", "--provider", "azur")
    assert done.returncode == 2
    assert "did you mean azure?" in done.stderr
