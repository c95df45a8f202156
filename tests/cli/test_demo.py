from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import Program
from .terminal import Terminal

REAL = {
    "OPENAI_API_KEY": "sk-of-the-user",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "AZURE_OPENAI_ENDPOINT": "x",
}


def test_it_shows_a_simulated_job_to_its_report_whatever_the_environment(curvewise: Program) -> None:
    done = curvewise("demo", "--speed", "120", **REAL, HTTP_PROXY="http://127.0.0.1:9")
    assert done.returncode == 0
    assert "This is a simulated job" in done.stderr.splitlines()[0]
    assert "PROBLEM overfitting" in done.stderr
    assert "succeeded  step 240 of 240" in done.stderr
    assert "Use      step 120" in done.stdout
    assert "curvewise watch ftjob-..." in done.stderr.splitlines()[-1]
    assert "sk-of-the-user" not in done.stderr + done.stdout


@pytest.mark.parametrize("speed", ["1e-320", "nan"])
def test_a_speed_that_is_none_is_refused(curvewise: Program, speed: str) -> None:
    done = curvewise("demo", "--speed", speed)
    assert (done.returncode, done.stdout) == (2, "")
    assert "steps a second does not go" in done.stderr
    assert "0.000001" in done.stderr


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    with Terminal(tmp_path, "demo", environment=REAL) as terminal:
        terminal.until("running")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert terminal.written.rfind(b"\x1b[?25h") > terminal.written.rfind(b"\x1b[?25l")
    assert terminal.written.endswith(b"to go on: curvewise demo\r\n")
    assert b"Traceback" not in terminal.written


def test_it_needs_no_sdk(curvewise: Program, tmp_path: Path) -> None:
    hidden = tmp_path / "openai"
    hidden.mkdir()
    (hidden / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'openai'\", name='openai')"
    )
    done = curvewise(
        "demo",
        "--speed",
        "1000",
        PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
    )
    assert done.returncode == 0
    assert "Use      step 120" in done.stdout
