"""The action and the hooks for pull requests: their own steps, run by hand in a clean folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
MARK = "<!-- curvewise -->"
PYTHON3 = """#!/bin/bash
# python3 -m venv FOLDER, whose python installs nothing
mkdir -p "$3/bin"
printf '#!/bin/bash\\necho "$@" >> "$RUNNER_TEMP/installed"\\n' > "$3/bin/python"
printf '#!/bin/bash\\nexec %q -m curvewise "$@"\\n' "$REAL_PYTHON" > "$3/bin/curvewise"
chmod +x "$3/bin/python" "$3/bin/curvewise"
"""
GH = """#!/bin/bash
# gh api: one comment of somebody else, and ours once it was posted
echo "$*" >> "$RUNNER_TEMP/gh.log"
if [ -n "$FORBIDDEN" ]; then exit 1; fi
for word in "$@"; do case "$word" in body=@*) cp "${word#body=@}" "$RUNNER_TEMP/comment"; exit 0;; esac; done
if [ -f "$RUNNER_TEMP/comment" ]; then echo 42; fi
"""


class Runner:
    """What a runner of GitHub does with a composite action, as far as this one needs it."""

    def __init__(self, folder: Path) -> None:
        self.temporary, self.work = folder / "temporary", folder / "work"
        tools = folder / "tools"
        for made in (self.temporary, self.work, tools):
            made.mkdir()
        for name, script in (("python3", PYTHON3), ("gh", GH)):
            (tools / name).write_text(script)
            (tools / name).chmod(0o755)
        self._path = f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin"

    def __call__(self, *, pull_request: bool = True, forbidden: str = "", **inputs: str) -> int:
        """Run every step whose condition holds; return the exit code of the first that fails, else 0."""
        known = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        self.values = {f"inputs.{name}": value for name, value in known.items()}
        self.values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        self.values["github.event.pull_request"] = "{}" if pull_request else ""
        self.values["github.event.pull_request.number"] = "7" if pull_request else ""
        self.summary, self.used, self.log, failed = "", list[str](), "", 0
        for step in ACTION["runs"]["steps"]:
            condition = step.get("if", "success()")
            if (failed and condition != "always()") or not self._holds(condition):
                continue
            if "uses" in step:
                self.used.append(step["uses"])
            else:
                failed = self._run(step, forbidden) or failed
        return failed

    def _run(self, step: dict[str, Any], forbidden: str) -> int:
        files = {name: self.temporary / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        given = {name: self._filled(str(value)) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.work,
            env={
                "PATH": self._path,
                "HOME": str(self.work),
                "LANG": "C.UTF-8",
                "REAL_PYTHON": sys.executable,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_REPOSITORY": "acme/models",
                "FORBIDDEN": forbidden,
                **{name: str(path) for name, path in files.items()},
                **given,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.log += done.stdout
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        for line in files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.values[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode

    def _holds(self, condition: str) -> bool:
        def one(part: str) -> bool:
            if part in ("always()", "success()"):
                return True
            left, operator, right = part.partition(" == ") if " == " in part else part.partition(" != ")
            value = self.values.get(left, "")
            return bool(value) if not operator else (value == right.strip("'")) is (operator == " == ")

        return all(map(one, condition.split(" && ")))

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: self.values.get(match[1], ""), text)

    @property
    def code(self) -> str:
        return self.values["steps.judge.outputs.code"]

    @property
    def comment(self) -> str:
        return (self.temporary / "comment").read_text(encoding="utf-8")

    @property
    def asked(self) -> list[str]:
        return (self.temporary / "gh.log").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(tmp_path)
    for name in ("azure-sft-overfit", "azure-sft-healthy"):
        shutil.copytree(ROOT / "examples" / name, made.work / "out puts" / name)
    return made


def test_a_problem_fails_and_is_told_in_one_comment_that_is_updated(runner: Runner) -> None:
    assert runner(paths="out puts/*\nabsent/**/*.csv") == 1
    assert runner.code == "1"
    assert "::error " in runner.log and "overfitting" in runner.log
    assert runner.comment == runner.summary
    assert runner.comment.startswith(MARK)
    assert "Overfit after epoch 3" in runner.comment and "azure-sft-healthy" in runner.comment
    assert runner.used == []
    assert (runner.temporary / "installed").read_text(encoding="utf-8").split()[-1] == str(ROOT)
    assert [line for line in runner.asked if "POST" in line] and not [
        line for line in runner.asked if "PATCH" in line
    ]
    assert runner(paths="out puts/azure-sft-healthy", sarif="true") == 0
    assert "PATCH repos/acme/models/issues/comments/42" in runner.asked[-1]
    assert "Overfit" not in runner.comment
    assert runner.used == ["github/codeql-action/upload-sarif@v3"]
    folder = Path(runner.values["steps.judge.outputs.folder"])
    assert json.loads((folder / "report.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert (folder / "report.html").stat().st_size > 1000


def test_a_baseline_fails_for_what_is_new_alone(runner: Runner) -> None:
    assert runner(paths="out puts/*", baseline="last.json", fail_on="never") == 0
    shutil.copy(Path(runner.values["steps.judge.outputs.folder"]) / "report.json", runner.work / "last.json")
    assert runner(paths="out puts/*", baseline="last.json") == 0
    assert "nothing new" in runner.comment
    shutil.copytree(ROOT / "examples" / "azure-rft-hacked", runner.work / "out puts" / "new")
    assert runner(paths="out puts/*", baseline="last.json", arguments="--ignore=loss_spikes") == 1
    assert "new: " in runner.comment and "reward_hacking (problem)" in runner.comment


@pytest.mark.parametrize(
    ("inputs", "code", "said"),
    [
        ({"paths": "absent/*"}, 0, "nothing was judged"),
        ({"paths": "action.txt"}, 2, "error: action.txt"),
        ({"paths": "$(touch stolen)`touch stolen`;touch stolen"}, 0, "nothing was judged"),
        ({"paths": "out puts/*", "fail_on": "never", "pull_request": False}, 0, "::notice"),
        ({"paths": "out puts/*", "fail_on": "never", "forbidden": "yes"}, 0, "no comment could be written"),
        ({"paths": "out puts/*", "fail_on": "never", "comment": "false"}, 0, "::notice"),
    ],
)
def test_other_ends(runner: Runner, inputs: dict[str, Any], code: int, said: str) -> None:
    (runner.work / "action.txt").write_text("no metrics here\n")
    assert runner(**inputs) == code
    assert said in runner.log
    assert not (runner.work / "stolen").exists()
    if inputs["paths"] != "action.txt":
        assert not (runner.temporary / "comment").exists()


def test_a_script_of_the_action_holds_no_expression() -> None:
    """A value that is put into a script would be run: each comes by the environment."""
    assert [step["name"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []


def test_the_hook_judges_the_logs_that_are_committed(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    pattern = re.compile(hook["files"])
    names = ["outputs/checkpoint-9/trainer_state.json", "metrics.jsonl", "runs/events.out.tfevents.1.host.1"]
    assert all(map(pattern.search, names))
    assert not any(map(pattern.search, ["data/train.csv", "my-results.csv", "package.json", "README.md"]))
    program, *arguments = shlex.split(hook["entry"])
    run = ROOT / "examples" / "azure-sft-overfit" / "results.csv"
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments, str(run)],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "overfit, problem" in done.stdout


@pytest.mark.parametrize("page", ["ci", "agents"])
def test_settings_for_other_systems_can_be_parsed(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:yaml|json)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 2
    assert all(isinstance(yaml.safe_load(block), dict | list) for block in blocks)


def test_the_workflow_of_the_guide_passes_inputs_that_the_action_has() -> None:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (block,) = (each for each in re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
                if "uses: ./curvewise" in each)  # fmt: skip
    steps = yaml.safe_load(block)["jobs"]["curves"]["steps"]
    (given,) = (step["with"] for step in steps if step["uses"] == "./curvewise")
    assert set(given) <= set(ACTION["inputs"])
    assert {name for name, each in ACTION["inputs"].items() if each.get("required")} <= set(given)
