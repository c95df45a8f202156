from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
    ],
)
def test_a_mistake_ends_in_a_sentence(arguments: list[str], message: str, tmp_path: Path) -> None:
    ended = run("evaluate", *arguments, "-o", "out", "-y", cwd=tmp_path)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


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
    assert max(map(len, outputs["text"].stdout.splitlines())) <= 80
