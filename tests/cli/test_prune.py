from __future__ import annotations

import json
from pathlib import Path

from ..pruning.test_prune import left, outputs
from .conftest import Program

__all__ = ["outputs"]


def test_nothing_is_deleted_without_yes(curvewise: Program, outputs: Path) -> None:
    done = curvewise("prune", outputs)
    assert done.returncode == 0
    assert "6 of 8 checkpoints could be deleted, which frees 6 kB; nothing was deleted" in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("step")]
    assert len({line.index(str(outputs)) for line in rows}) == 1
    assert len(left(outputs)) == 8
    done = curvewise("prune", outputs, "--yes", "--keep", "best,last", "--format", "json")
    assert len(json.loads(done.stdout)["deleted"]) == 6
    assert left(outputs) == {30, 80}
    assert "all 2 checkpoints are kept" in curvewise("prune", outputs).stdout


def test_a_wrong_rule_is_one_message(curvewise: Program, outputs: Path) -> None:
    done = curvewise("prune", outputs, "--keep", "besst")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean best" in done.stderr
