from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import curvewise as cw
from curvewise.errors import UsageError
from curvewise.sources.evaluations import read_evaluation
from curvewise.standin.models import ModelServer, Skill

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None, reason="Inspect AI is not installed"
)
TASK = str(Path(__file__).parent / "tasks" / "stock.py")
SKILLS = {
    "step-20": Skill(right=0.0, words=30),
    "step-70": Skill(right=1.0, words=20, reasoning=5, cached=8),
}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(SKILLS) as running:
        yield running


def contenders() -> list[cw.Contender]:
    return [cw.Contender(name=name, model=name, step=int(name[5:]), role="other") for name in SKILLS]


def test_an_agentic_task_is_run_counted_and_gone_on_with(server: ModelServer, tmp_path: Path) -> None:
    task = cw.InspectTask(file=TASK, name="warehouse", base_url=server.url, limit=8)
    found = cw.evaluate(contenders(), task, tmp_path / "out")
    assert not found.notes
    assert found.harness.startswith("Inspect AI")
    for name, score in (("step-20", 0.0), ("step-70", 1.0)):
        samples = {sample.id: sample for sample in found.samples[name]}
        assert sorted(samples) == [f"part-{part}" for part in range(1, 9)]
        assert {sample.score for sample in samples.values()} == {score}
        assert samples["part-2"].cluster == "shelf 2"
        calls = [call for call in server.paid if call.model == name]
        assert len(calls) == 16  # the question, and the answer with what the tool said
        for sample in samples.values():
            number = sample.id.removeprefix("part-")
            paid = [call for call in calls if call.question.endswith(f"part {number}?")]
            assert sample.tokens == cw.Tokens(
                input=sum(call.prompt - call.cached for call in paid),
                output=sum(call.completion for call in paid),
                reasoning=sum(call.reasoning for call in paid),
                cached=sum(call.cached for call in paid),
            )
    assert cw.decide(found).winner == "step-70"
    more = cw.evaluate(
        contenders(),
        cw.InspectTask(file=TASK, name="warehouse", base_url=server.url),
        tmp_path / "out",
    )
    assert len(more.samples["step-70"]) == 9
    assert len(server.paid) == 36
    assert not server.repeated()


def test_a_budget_is_not_exceeded_and_what_was_paid_is_kept(server: ModelServer, tmp_path: Path) -> None:
    task = cw.InspectTask(file=TASK, name="warehouse", base_url=server.url, arguments={"parts": 12})
    found = cw.evaluate(contenders()[1:], task, tmp_path, budget=cw.Budget(tokens=600))
    spent = sum(call.prompt + call.completion for call in server.paid)
    assert 300 < spent <= 600
    assert 2 < len(found.samples["step-70"]) < 12
    assert [note.code for note in found.notes] == ["incomplete"]
    assert "budget" in found.notes[0].text
    whole = cw.evaluate(contenders()[1:], task, tmp_path)
    assert len(whole.samples["step-70"]) == 12
    assert not whole.notes
    assert len(server.paid) == 24
    assert not server.repeated()


def test_what_fails_is_a_failure_and_is_not_dropped(tmp_path: Path) -> None:
    with ModelServer(SKILLS, failing=("part 2?",)) as server:
        task = cw.InspectTask(file=TASK, name="warehouse", base_url=server.url, limit=3)
        found = cw.evaluate(contenders()[1:], task, tmp_path)
        failed = [sample for sample in found.samples["step-70"] if sample.score is None]
        assert [sample.id for sample in failed] == ["part-2"]
        assert "The server had an error" in (failed[0].error or "")
        server.failing = ()
        found = cw.evaluate(contenders()[1:], task, tmp_path, retry_failures=True)
        assert [sample.score for sample in found.samples["step-70"]] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("name", "problem"),
    [(None, "has 2 tasks"), ("unscored", "no scorer")],
)
def test_a_task_that_cannot_be_run_is_refused_before_a_call(
    server: ModelServer, tmp_path: Path, name: str | None, problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        cw.evaluate(contenders(), cw.InspectTask(file=TASK, name=name, base_url=server.url), tmp_path)
    assert not server.paid


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_killed_evaluation_goes_on_without_paying_twice(tmp_path: Path) -> None:
    with ModelServer(SKILLS, latency=0.2) as server:
        command = [
            *(sys.executable, "-m", "curvewise", "evaluate", "--model", "step 70=step-70", "--yes"),
            *("--task", f"{TASK}@warehouse", "--model-base-url", server.url, "--concurrency", "2"),
            *("--limit", "6"),
            *("-o", str(tmp_path)),
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.paid) < 5 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 60
        while (
            time.monotonic() < until
        ):  # the answers under way are still kept, and the folder claimed so long
            ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if "another `curvewise evaluate`" not in ended.stderr:
                break
        assert ended.returncode == 0, ended.stderr
        assert not server.repeated()
        assert len(server.paid) == 12
    found = read_evaluation(str(tmp_path))
    assert sorted(sample.id for sample in found.samples["step 70"]) == [
        f"part-{part}" for part in range(1, 7)
    ]
    assert not found.notes
