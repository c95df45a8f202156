from __future__ import annotations

import importlib.util
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import curvewise as cw
from curvewise.cli import main
from curvewise.errors import UsageError
from curvewise.evaluation.harness import inspect_task
from curvewise.evaluation.results_folder import EvaluationFolder, read_evaluation
from tests.evaluation.harness import forked
from tests.standin.models import ModelServer, Skill

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None, reason="Inspect AI is not installed"
)
TASK = str(Path(__file__).parent / "tasks" / "stock.py")
SKILLS = {
    "step-20": Skill(right=0.0, words=30),
    "step-70": Skill(right=1.0, words=20, reasoning=5, cached=8),
}


@pytest.fixture(autouse=True)
def imported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the processes of the harness; those of a `curvewise` in a process of its own start as a user's."""
    monkeypatch.setattr(inspect_task, "subprocess", forked)


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


ASKING = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import generate

@scorer(metrics=[mean()])
def given():
    async def score(state, target):
        return Score(value=VALUES[state.sample_id], reason="no answer")
    return score

@task
def asking():
    samples = [Sample(id=name, input=f"What of {name}?") for name in VALUES]
    return Task(dataset=samples, solver=generate(), scorer=given())
"""


def test_what_a_scorer_could_not_score_is_a_failure(server: ModelServer, tmp_path: Path) -> None:
    file = tmp_path / "_asking[1].py"  # a name that Inspect AI itself would not look at
    file.write_text(f"VALUES = {{'a': 0.5, 'b': float('nan')}}\n{ASKING}")
    task = cw.InspectTask(file=str(file), base_url=server.url)
    found = cw.evaluate(contenders()[:1], task, tmp_path / "out")
    samples = {sample.id: sample for sample in found.samples["step-20"]}
    assert (samples["a"].score, samples["b"].score) == (0.5, None)
    assert samples["b"].error == "given could not score it: no answer"
    assert not found.notes


def test_a_score_that_cannot_be_read_loses_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "asking.py"
    with ModelServer(SKILLS, latency=0.3) as server:
        task = cw.InspectTask(file=str(file), base_url=server.url)
        file.write_text(f"VALUES = {{'a': 7, 'b': 1, 'c': 1}}\n{ASKING}")
        with pytest.raises(UsageError, match="sample a: given: the score 7 is not from 0 to 1"):
            cw.evaluate(contenders(), task, tmp_path / "out")
        assert server.paid
        file.write_text(f"VALUES = {{'a': 0, 'b': 1, 'c': 1}}\n{ASKING}")
        found = cw.evaluate(contenders(), task, tmp_path / "out")
        assert [len(samples) for samples in found.samples.values()] == [3, 3]
        assert len(server.paid) == 6


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import os\ndef t(:\n", r"task\.py:2: this is no Python: invalid syntax"),
        (
            "from inspect_ai import task\n@task\ndef mine():\n    raise ValueError('no data')\n",
            r"task\.py:4: ValueError: no data",
        ),
    ],
)
def test_a_task_that_is_broken_is_named_with_its_line(tmp_path: Path, code: str, problem: str) -> None:
    file = tmp_path / "task.py"
    file.write_text(code)
    with pytest.raises(UsageError, match=problem):
        cw.evaluate(contenders(), cw.InspectTask(file=str(file), name="mine"), tmp_path / "out")


def test_the_plan_tells_what_the_rest_will_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = EvaluationFolder(tmp_path / "out")
    everyone = contenders()
    folder.write_header(
        cw.Evaluation(
            run="",
            task=f"{TASK}@warehouse",
            harness="Inspect AI",
            metric="score of the task's first scorer",
            contenders=tuple(everyone),
        )
    )
    folder.append("step-20", [cw.Sample(id="part-1", score=1.0, tokens=cw.Tokens(input=900, output=100))])
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(SystemExit) as ended:
        main(
            [
                *("evaluate", "-o", str(folder.path)),
                *("--model", "step-20=step-20", "--model", "step-70=step-70", "--price", "input=1,output=11"),
                *("--task", f"{TASK}@warehouse", "--limit", "3"),
                *("--model-base-url", "http://127.0.0.1:9/v1"),
            ]
        )
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "step-20 (other): step-20  1 done, 2 to do" in said
    assert "about 5,000 tokens, about 0.01 USD" in said
    assert "nothing was begun" in said


def test_without_inspect_ai_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "--model", "a=b", "--task", TASK, "-o", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.splitlines() == [
        "error: running a task needs Inspect AI, which is not installed",
        "  hint: pip install 'curvewise[eval]', or run a command of your own with --command",
    ]
    assert not (tmp_path / "out").exists()


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
