"""Plug-ins come from installed packages, never from the folder that someone works in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import curvewise


def test_a_plug_in_of_the_working_folder_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("open('owned', 'w').close()\n")
    (tmp_path / "evil-1.dist-info").mkdir()
    (tmp_path / "evil-1.dist-info" / "entry_points.txt").write_text("[curvewise.checks]\nevil = evil:evil\n")
    (tmp_path / "evil-1.dist-info" / "METADATA").write_text("Name: evil\nVersion: 1\n")
    (tmp_path / "a.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
    source = str(Path(curvewise.__file__).parent.parent)
    command = [sys.executable, "-m", "curvewise", "check", "a.csv", "--fail-on", "never"]
    environment = {**os.environ, "PYTHONPATH": source}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "owned").exists()


def test_the_folder_of_a_run_sets_thresholds_and_nothing_else(tmp_path: Path) -> None:
    from curvewise.errors import ConfigError

    (tmp_path / "curvewise.toml").write_text("[checks.overfitting]\nmax_rise = 1.5\n")
    assert curvewise.find_profile(tmp_path).checks == {"overfitting": {"max_rise": 1.5}}
    for text in ("[plugins]\na = 'b'\n", "[checks.overfitting.run]\na = 'b'\n", "checks = 'rm -rf /'\n"):
        (tmp_path / "curvewise.toml").write_text(text)
        try:
            curvewise.find_profile(tmp_path)
        except ConfigError as error:
            assert error.hint
        else:
            raise AssertionError(text)
