from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import curvewise as cw
from curvewise.cli import main
from curvewise.cli._evaluation_progress import bars, patient
from curvewise.evaluation.results_folder import read_evaluation
from tests.interrupted_stream import InterruptedStream
from tests.processes import started

BENCH = """
import json, sys
for number in range(4):
    print(json.dumps({"id": number, "score": float("good" in sys.argv[1])}))
"""


@pytest.fixture
def bench(tmp_path: Path) -> str:
    (tmp_path / "bench.py").write_text(BENCH)
    return f"{sys.executable} {tmp_path / 'bench.py'} {{model}}"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "curvewise", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
    )


def test_nothing_is_begun_without_a_yes(bench: str, tmp_path: Path) -> None:
    ended = run("evaluate", "--model", "a=good", "--command", bench, "-o", "out", cwd=tmp_path)
    assert ended.returncode == 2
    assert "a (other): good" in ended.stderr
    assert "nothing was begun" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out" / "samples").exists()


def test_a_dry_run_prints_the_plan_and_begins_nothing(bench: str, tmp_path: Path) -> None:
    asked = (
        "evaluate",
        "--model",
        "a=good",
        "--command",
        bench,
        "--budget",
        "5",
        "--price",
        "input=2,output=8",
    )
    planned = run(*asked, "-o", "out", "--dry-run", cwd=tmp_path)
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "  a (other): good" in planned.stdout and "budget: 5 USD" in planned.stdout
    plan = json.loads(run(*asked, "-o", "out", "--dry-run", "--format", "json", cwd=tmp_path).stdout)
    assert plan["contenders"][0]["model"] == "good" and plan["budget"]["money"] == 5
    table = run(*asked, "-o", "out", "--dry-run", "--format", "csv", cwd=tmp_path).stdout.splitlines()
    assert table == ["contender,role,step,model,done,to_do", "a,other,n/a,good,0,n/a"]
    assert not (tmp_path / "out").exists()
    refused = run(*asked, "-o", "out", "--format", "json", cwd=tmp_path)
    assert refused.returncode == 2 and "give it with --dry-run" in refused.stderr


def test_models_are_evaluated_and_the_next_command_is_named(bench: str, tmp_path: Path) -> None:
    arguments = (
        "evaluate",
        "--model",
        "a=good",
        "--model",
        "step 7=bad",
        "--command",
        bench,
        "-o",
        "out",
        "-y",
    )
    ended = run(*arguments, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "curvewise decide out" in ended.stderr
    header = json.loads((tmp_path / "out/evaluation.json").read_text())
    assert [(each["name"], each["step"]) for each in header["contenders"]] == [("a", None), ("step 7", 7)]
    assert len((tmp_path / "out/samples/step 7.jsonl").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "a=b"], "one of --task, --command and --from-logs"),
        (["--command", "true"], "PATH or JOB"),
        (["--model", "a", "--command", "true"], "NAME=MODEL"),
        (["--model", "a=b", "--command", "true", "--budget", "5"], "--price"),
        (["--model", "a=b", "--command", "true", "--price", "cheap"], "input=X"),
        (["--model", "a=b", "--command", "true", "--scale", "3"], "WORST:BEST"),
        (["--model", "a=b", "--task", "absent.py"], "no such file"),
        (["--model", "a=b", "--model", "c=b", "--command", "true"], "two contenders"),
        (["--model", "a=b", "--model", "a=c", "--command", "true"], "'a' is given twice"),
        (["--model", "a=b", "--command", "true", "--via", "vllm"], "--via has no effect with --command"),
        (["--model", "a=b", "--command", "true", "--with-base"], "--with-base has no effect without PATH"),
        (["--from-logs", ".", "--limit", "3"], "--limit has no effect with --from-logs"),
        (["--from-logs", "."], "no log that can be read"),
        (["--model", "a=b", "--command", "true", "--scale", "nan:1"], "WORST:BEST"),
        (["--model", "a=b", "--command", "true", "--price", "input=nan,output=1"], "below 0 or without end"),
        (["--model", "a=b", "--command", "true", "--price", "input=1,output=-1"], "below 0 or without end"),
        (["--model", "a=b", "--command", "true", "--price", "c:input=1,output=1"], "price of 'c'"),
        (["--model", "a=b", "--command", "true", *["--price", "a:input=1,output=1"] * 2], "given twice"),
        (["--model", "a=b", "--command", "true", "--price", "input=1,output=1", "--budget", "nan"], "number"),
        (["--model", "step \u00b2=b", "--command", "absent-program"], "no program"),
        (["--model", "a=b", "--task", "some.where@home/absent.py"], "no such file"),
    ],
)
def test_a_mistake_ends_in_a_sentence(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *arguments, "-o", "out", "-y"])
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2
    assert message in said
    assert "bug" not in said
    assert not (tmp_path / "out").exists()


def test_of_a_budget_every_contender_needs_its_price(tmp_path: Path) -> None:
    price = ("--price", "a:input=1,output=1", "--budget", "1")
    ended = run(
        "evaluate", "--model", "a=b", "--model", "c=d", "--command", "true", *price, "-o", "out", cwd=tmp_path
    )
    assert ended.returncode == 2
    assert "of a million tokens, of c" in ended.stderr


def test_a_refusal_is_told_by_the_exit_code_though_there_are_results(bench: str, tmp_path: Path) -> None:
    arguments = ("evaluate", "--model", "a=good", "--command", bench, "-o", "out")
    assert run(*arguments, "-y", cwd=tmp_path).returncode == 0
    ended = run(*arguments, "--model", "b=bad", cwd=tmp_path)
    assert ended.returncode == 2
    assert "nothing was begun" in ended.stderr
    assert "results are in" not in ended.stderr


def test_where_nothing_was_measured_there_is_nothing_to_decide(tmp_path: Path) -> None:
    ended = run("evaluate", "--model", "a=b", "--command", "true", "-o", "out", "-y", cwd=tmp_path)
    assert ended.returncode == 1
    assert "the command has ended without a sample" in ended.stderr
    assert "no sample has a result; what was printed is in out/logs" in ended.stderr
    assert "curvewise decide" not in ended.stderr


def test_where_every_sample_failed_there_is_nothing_to_decide(tmp_path: Path) -> None:
    code = """print('{"id": 1, "error": "no answer"}')"""
    (tmp_path / "bench.py").write_text(code)
    command = ("--command", f"{sys.executable} bench.py {{model}}")
    ended = run("evaluate", "--model", "a=b", *command, "-o", "out", "-y", cwd=tmp_path)
    assert ended.returncode == 1
    assert "no sample has a score; what was printed is in out/logs" in ended.stderr
    assert "curvewise decide" not in ended.stderr


def test_a_budget_names_its_currency(bench: str, tmp_path: Path) -> None:
    money = ("--price", "input=1,output=1", "--budget", "2.5", "--currency", "EUR")
    ended = run("evaluate", "--model", "a=good", "--command", bench, *money, "-o", "out", cwd=tmp_path)
    assert "budget: 2.5 EUR, earlier sessions included" in ended.stderr


def test_the_next_command_can_be_pasted(bench: str, tmp_path: Path) -> None:
    arguments = ("evaluate", "--model", "a=good", "--command", bench, "-o", "my results", "-y")
    assert "curvewise decide 'my results'" in run(*arguments, cwd=tmp_path).stderr


def test_hostile_names_are_harmless(bench: str, tmp_path: Path) -> None:
    names = ["[/red]\x1b[2J", "../../up\nline", "x" * 3000, "step 99999999999999999999999"]
    models = [
        part for number, name in enumerate(names) for part in ("--model", f"{name}=good{number}\x1b[1m")
    ]
    ended = run("evaluate", *models, "--command", bench, "-o", "out", "-y", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "\x1b" not in ended.stderr
    assert {file.parent for file in tmp_path.rglob("*.jsonl")} == {
        tmp_path / "out/samples",
        tmp_path / "out/logs",
    }
    found = read_evaluation(str(tmp_path / "out"))
    assert [len(found.samples[name]) for name in names] == [4, 4, 4, 4]


def test_names_in_bars_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with bars(lambda: None) as told:
        told("[/red]", cw.Sample(id="1", score=1.0))


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_says_what_is_waited_for_and_keeps_what_is_done(tmp_path: Path) -> None:
    code = BENCH + "sys.stdout.flush(); import time; time.sleep(60)"
    (tmp_path / "bench.py").write_text(code)
    command = f"{sys.executable} bench.py {{model}}"
    with started(
        [
            *(sys.executable, "-m", "curvewise", "evaluate", "--model", "a=good"),
            *("--command", command, "-o", "out", "-y"),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        file = tmp_path / "out" / "samples" / "a.jsonl"
        until = time.monotonic() + 60
        while time.monotonic() < until and not (file.exists() and file.read_text().count("\n") == 4):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "answers under way are waited for" in said
    assert "interrupted" in said
    notes = read_evaluation(str(tmp_path / "out")).notes
    assert [note.text for note in notes] == ["a: only 4 samples have a result: it was stopped."]


def test_ctrl_c_amid_a_line_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = InterruptedStream()
    monkeypatch.setattr(sys, "stderr", raw.as_text())
    with pytest.raises(KeyboardInterrupt), patient():
        print("a: 1 of 4 samples", file=sys.stderr)
    assert b"answers under way are waited for" in raw.data


def test_candidates_in_every_format(tmp_path: Path) -> None:
    rows = "\n".join(f"{step},{loss}" for step, loss in ((100, 1.2), (200, 0.9), (300, 1.3)))
    (tmp_path / "log.csv").write_text(f"step,full_valid_loss\n{rows}\n")
    outputs = {
        name: run("candidates", "log.csv", "--production", "now", "--format", name, cwd=tmp_path)
        for name in ("text", "json", "csv", "markdown")
    }
    assert {ended.returncode for ended in outputs.values()} == {0}
    assert json.loads(outputs["json"].stdout)["contenders"][0]["step"] == 200
    assert outputs["csv"].stdout.startswith("name,role,step,model,why\nstep 200,best,200,n/a,")
    assert "| step 200 | best | unknown |" in outputs["markdown"].stdout
    assert "step 200 (best)" in outputs["text"].stdout
    table = [line.split() for line in outputs["text"].stdout.splitlines()]
    assert any(row == ["30", "none", "none", "33.4"] for row in table)
    assert "| 30 | none | none | 33.4 |" in outputs["markdown"].stdout
    assert max(map(len, outputs["text"].stdout.splitlines())) <= 80


def test_names_of_models_are_harmless_in_a_table(tmp_path: Path) -> None:
    checkpoint = {
        "object": "fine_tuning.job.checkpoint",
        "id": "ftckpt-1",
        "fine_tuned_model_checkpoint": "=model\x1b[2J",
        "step_number": 100,
        "metrics": {"full_valid_loss": 1.0},
    }
    (tmp_path / "checkpoints.json").write_text(json.dumps([checkpoint]))
    table = run("candidates", "checkpoints.json", "--format", "csv", cwd=tmp_path).stdout
    assert "'=model\\x1b[2J" in table
    assert "\x1b" not in table
