from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEASURED = json.loads((ROOT / "scripts" / "calibration" / "figures.json").read_text())


@pytest.mark.parametrize("topic", MEASURED)
def test_every_figure_stands_in_the_files_that_state_it(topic: str) -> None:
    stated = {
        f"{figure['name']}: {figure['value']:.{figure['digits']}f} in {file}": file
        for figure in MEASURED[topic]
        for file in figure["cited"]
        if f"{figure['value']:.{figure['digits']}f}" not in (ROOT / file).read_text()
    }
    assert not stated
