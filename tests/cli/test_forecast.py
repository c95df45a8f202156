from __future__ import annotations

import json
from pathlib import Path

from .conftest import Program, result_csv

FALLING = (2.0, 1.7, 1.5, 1.4, 1.33, 1.28)


def results(folder: Path, full: tuple[float, ...] = FALLING) -> Path:
    path = folder / "results.csv"
    path.write_text(result_csv(600, full))
    return path


def test_text_gives_the_verdict_and_its_numbers(curvewise: Program, tmp_path: Path) -> None:
    done = curvewise("forecast", results(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("More training would help")
    assert "best so far   1.28 at step 600" in done.stdout
    assert "by step 900" in done.stdout


def test_the_verdict_fits_a_narrow_terminal(curvewise: Program, tmp_path: Path) -> None:
    first, *_ = curvewise("forecast", results(tmp_path), COLUMNS="60").stdout.partition("\n\n")
    assert "More training would help" in first
    assert max(map(len, first.splitlines())) <= 60


def test_json_is_the_forecast(curvewise: Program, tmp_path: Path) -> None:
    found = json.loads(curvewise("forecast", results(tmp_path), "--steps", "100", "--format", "json").stdout)
    assert (found["verdict"], found["end_step"], found["planned"]) == ("yes", 700, True)


def test_what_cannot_be_forecast_exits_with_2(curvewise: Program, tmp_path: Path) -> None:
    done = curvewise("forecast", results(tmp_path, (1.0, 0.9)))
    assert done.returncode == 2
    assert "5 are needed" in done.stdout


def test_a_wrong_number_of_steps_is_refused(curvewise: Program, tmp_path: Path) -> None:
    done = curvewise("forecast", results(tmp_path), "--steps", "0")
    assert done.returncode == 2
    assert "--steps" in done.stderr
