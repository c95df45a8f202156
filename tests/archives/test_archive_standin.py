from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from curvewise import analyze, encode
from curvewise.archives.archive import archive, verify_archive
from curvewise.errors import InputError
from curvewise.loading import load
from tests.archives.making import tree
from tests.standin import faults, jobs
from tests.standin.fixtures import StandinFactory
from tests.standin.messages import Answer, Request, Respond


def judged(path: str | Path) -> Any:
    """What `check` says in JSON, without the path; or why it can say nothing."""
    try:
        report = json.loads(encode(analyze(load(path))))
    except InputError as error:
        return error.problem
    assert report["run"].pop("source") == str(path)
    return report


@pytest.mark.parametrize("dialect", ["openai", "azure"])
@pytest.mark.parametrize("name", sorted(jobs.BY_NAME))
def test_an_archive_reads_as_the_live_job_does(
    serve: StandinFactory, tmp_path: Path, dialect: str, name: str
) -> None:
    script = jobs.big(events=400, checkpoints=12) if name == "big" else jobs.BY_NAME[name]()
    made = serve([script], dialect=dialect)
    archive(made.id(name), tmp_path / "a")
    assert judged(tmp_path / "a") == judged(made.id(name))
    assert verify_archive(tmp_path / "a").damaged == {}


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("*/events", faults.metric("valid_loss", math.nan)),
        ("*/checkpoints", faults.metric("full_valid_loss", math.inf)),
        ("*/checkpoints", faults.without_metrics()),
        ("**", faults.hostile_text()),
        ("*/events", faults.shuffled()),
        ("*/events", faults.duplicated()),
        ("*/checkpoints", faults.last_page_forever()),
        ("*/content", faults.encoded()),
        ("*/content", faults.emptied()),
        ("*/content", faults.shortened(0.503)),
        ("*/content", faults.failing(404)),
    ],
)
def test_an_archive_reads_as_a_live_job_in_disorder_does(
    serve: StandinFactory, tmp_path: Path, asked: str, fault: Any
) -> None:
    made = serve([jobs.small_sft()], dialect="azure")
    place = "/files" if asked == "*/content" else "/fine_tuning/jobs"
    made.faults.add(f"GET {place}/{asked}", fault)
    archive(made.id("small-sft"), tmp_path / "a")
    assert judged(tmp_path / "a") == judged(made.id("small-sft"))


@pytest.mark.parametrize(
    "fault",
    [faults.first_page_forever(), faults.last_page_forever(), faults.duplicated(), faults.shuffled()],
)
def test_each_event_is_kept_once_from_a_service_in_disorder(
    serve: StandinFactory, tmp_path: Path, fault: Any
) -> None:
    made = serve([jobs.small_sft()])
    archive(made.id("small-sft"), tmp_path / "clean")
    made.faults.add("GET /fine_tuning/jobs/*/events", fault)
    found = archive(made.id("small-sft"), tmp_path / "a")
    listed = json.loads((tmp_path / "a/events.json").read_bytes())
    ids = [item["id"] for item in listed["data"]]
    assert len(ids) == len(set(ids))
    assert bool(found.endless) == listed["has_more"]
    times = [item["created_at"] for item in listed["data"]]
    assert times == sorted(times)
    if "events.json" not in found.endless:
        clean = json.loads((tmp_path / "clean/events.json").read_bytes())
        assert set(ids) == {item["id"] for item in clean["data"]}


def test_no_key_gets_into_a_file(serve: StandinFactory, tmp_path: Path) -> None:
    key = b"sk-canary-4f1d9a77c2e84b0b"

    def echoing(request: Request, respond: Respond) -> Answer:
        answer = respond(request)
        body = re.sub(rb'("(?:message|status|error|model)": ?")', rb"\1" + key + b" ", answer.body)
        return msgspec.structs.replace(answer, body=body.replace(b"train_loss", key + b" train_loss"))

    made = serve([jobs.small_sft()], key=key.decode(), dialect="azure")
    made.faults.add("**", echoing)
    archive(made.id("small-sft"), tmp_path)
    files = tree(tmp_path)
    redacted = {name.partition("/")[0] for name, data in files.items() if b"[redacted]" in data}
    assert redacted == {"archive.json", "checkpoints.json", "events.json", "job.json", "results"}
    assert not any(key in data for data in files.values())


def test_hostile_text_is_kept_as_data(serve: StandinFactory, tmp_path: Path) -> None:
    made = serve([jobs.small_sft()])
    made.faults.add("**", faults.hostile_text())
    archive(made.id("small-sft"), tmp_path)
    assert not any(b"\x1b" in data for name, data in tree(tmp_path).items() if name.endswith(".json"))
    assert load(tmp_path).name == load(made.id("small-sft")).name
