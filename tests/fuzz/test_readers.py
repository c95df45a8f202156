"""Whatever a file holds, reading it ends in an answer or an error of ours; `make fuzz` goes on for hours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

import curvewise as cw
from curvewise import plugin
from curvewise.deployment.journal import JOURNAL
from curvewise.plugin.source import sources
from tests.evaluation.logs.test_stored_logs import inspect_log
from tests.fuzz.readers import Files, Reader, readers, zipped
from tests.fuzz.trying import fault_of, fault_of_files

TRIES = int(os.environ.get("CURVEWISE_FUZZ", 40))
"""Mutants of each reader."""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return readers(tmp_path_factory.mktemp("known"))


ELSEWHERE = {"service", "bedrock", "bucket", "hub", "web"}
"""Sources whose files are read as those of this machine; what misbehaves on the way is in tests/hostile."""


def test_every_format_and_source_is_damaged(known: dict[str, Reader]) -> None:
    readers = {
        name.partition(" ")[2] for name in known if name.startswith(("format ", "source ", "service "))
    }
    assert {*plugin.formats(), *sources()} - readers == ELSEWHERE


def test_mutants(known: dict[str, Reader], tmp_path: Path) -> None:
    for name, reader in known.items():
        for seed in range(TRIES):
            fault = fault_of(reader, seed, tmp_path / "try")
            assert fault is None, f"{name}, seed {seed}: {fault[0]}\n{fault[1]}"


HUGE = 10**400
LOG = {"current_steps": 10, "total_steps": 20, "loss": 2.0}
HISTORY = [{"step": step, "epoch": step / 10, "loss": 2.0 / step} for step in (1, 2)]
COUNTS: tuple[Any, ...] = ({}, [1], float("inf"), float("nan"), HUGE, -HUGE, 1e308, 5e-324, "20", None, True)


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def uneven_report() -> bytes:
    report = json.loads(
        cw.encode(cw.analyze(cw.Run.from_series({"train_loss": ([1, 2, 3], [3.0, 2.0, 1.0])})))
    )
    report["curves"]["train_loss"]["value"].pop()
    return json.dumps(report).encode()


BROKE: list[tuple[str, Files]] = [
    ("scores", {"a.csv": b"run,sc\rore\ntune,0.5\n"}),
    ("scores", {"a.csv": b"run,score\n" + b"x" * 200_000 + b",1\n"}),
    *(("format trainer_log", {"sample": lines(LOG, {**LOG, "total_steps": value})}) for value in COUNTS),
    *(
        ("format trainer_state", {"sample": lines({"log_history": HISTORY, key: value})})
        for key in ("max_steps", "global_step", "epoch", "num_train_epochs")
        for value in COUNTS
    ),
    ("format tinker_checkpoints", {"sample": lines({"batch": 2**64, "sampler_path": "a"}) * 2}),
    ("format console_log", {"sample": b"5%%|# | %s/9 [0<2]\nstep 5: loss 2.0\n" % (b"9" * 5000)}),
    ("journal", {JOURNAL: b'{"event": "\xff"}\n'}),
    ("evaluation", {"evaluation.json": b'{"run": "\xff"}'}),
    ("evaluation", {"evaluation.json": b"{}", "plan.json": b'{"task": "\xff"}'}),
    ("report", {"r.json": b'{"schema_version": 2, "headline": "\xff"}'}),
    ("report", {"r.json": b'{"schema_version": 2, "headline": "\\ud83d"}'}),
    ("harness line", {"line": b'{"id": "\xff", "score": 1}'}),
    ("score lists", {"s.json": b'{"base": {"scores": [1, 0]}, "\xff": {"scores": [1, 1]}}'}),
    ("report", {"r.json": uneven_report()}),
    ("scores", {"b.json": json.dumps({"tune": HUGE}).encode()}),
    ("logs", {"a.json": lines(inspect_log("\ud83d"))}),
    ("logs", {"a.eval": zipped(inspect_log(), 0).replace(b'"openai', b'"\xff\xfeenai')}),
]


@pytest.mark.parametrize(("name", "files"), BROKE, ids=[f"{name} {n}" for n, (name, _) in enumerate(BROKE)])
def test_what_broke_once(name: str, files: Files, known: dict[str, Reader], tmp_path: Path) -> None:
    fault = fault_of_files(known[name], files, Random(0), tmp_path / "try")
    assert fault is None, fault[1]
