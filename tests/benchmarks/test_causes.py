from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = ("supervised/diverged-records", "rewards/grader_broken-codes", "preferences/random_pairs-answers")


def test_trainings_are_made_read_and_judged(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "causes"), "--each", "--keep", str(tmp_path)]
    printed = subprocess.run(
        [*command, "--seeds", "0", "--only", *RUNS], capture_output=True, text=True, check=True
    ).stdout
    lines = printed.splitlines()[:3]
    assert [line.split()[:2] for line in lines] == [["+", f"{run.split('/')[1]}-0"] for run in RUNS]
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["results.csv"] * 2 + ["trainer_state.json"]
    assert "\n3 runs, " in printed


def test_every_cause_has_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("examples", "benchmarks"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    from causes import runs
    from causes.catalogue import CAUSES

    assert set(CAUSES) == {cause for family in runs.FAMILIES.values() for cause in family.module.RECIPES}
    for cause in CAUSES.values():
        assert cause.names and not set(cause.names) & set(cause.wrong)


def test_what_was_measured_is_stated_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("examples", "benchmarks"):
        monkeypatch.syspath_prepend(str(ROOT / folder))
    from causes import runs, stated
    from causes.judge import Judged

    made = runs.Made("duplicates", "supervised", "letters", 3, tmp_path, {}, {}, higher=False)
    said = [
        Judged(made, name, "problem", certainty, "", frozenset(), None)
        for name, certainty in (("overfit", "high"), ("overfit", "low"), ("unfinished", "low"))
    ]
    page = tmp_path / "accuracy.md"
    page.write_text("# Accuracy\n\n## Diagnoses\n\nstale words\n\n## Next\n\nkept\n")
    monkeypatch.setattr(stated, "PAGE", page)
    monkeypatch.setattr(stated, "TABLE", tmp_path / "table.py")
    stated.write(said)
    assert "stale words" not in page.read_text() and page.read_text().endswith("\n\n## Next\n\nkept\n")
    assert "| overfit | 2 | 100 % | 100 % of 1 |  | 100 % of 1 |" in page.read_text()
    table: dict[str, object] = {}
    exec(compile(stated.TABLE.read_text(), "table.py", "exec"), table)  # noqa: S102 - just written
    assert table["DIAGNOSES"] == {"overfit": {"high": (1, 1), "low": (1, 1)}, "unfinished": {"low": (0, 1)}}
