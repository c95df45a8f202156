"""Where the locale holds Latin-1 alone: nothing breaks, what is printed can be read, files are UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Program, result_csv

LATIN = {
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "LC_ALL": "C",
    "PYTHONIOENCODING": "latin-1",
}
NAMED = os.fsdecode("runs/läuf-☃".encode())
DRIVER = """
import json, os, sys
from curvewise.cli import main
for command in json.loads(sys.argv[1]):
    print("---", *command, file=sys.stderr)
    try:
        main([os.fsdecode(word.encode("utf-8", "surrogateescape")) for word in command])
    except SystemExit as end:
        print("exit", end.code, file=sys.stderr)
"""
COMMANDS = (
    ("check", "RUN"),
    ("check", "RUN", "--format", "markdown"),
    ("check", "RUN", "-o", "report.json"),
    ("explain",),
    ("explain", "overfitting"),
    ("report", "RUN", "--format", "html"),
    ("report", "RUN", "-o", "report.html", "-o", "report.md", "-o", "junit:report.xml"),
    ("fleet", "runs"),
    ("fleet", "runs", "--format", "markdown", "-o", "fleet.jsonl"),
    ("fleet", "runs", "-o", "fleet.csv", "-o", "fleet.html"),
    ("card", "RUN", "--insert", "card.md"),
)


def test_a_latin_1_stream_and_a_name_that_it_cannot_hold(tmp_path: Path) -> None:
    for name in (NAMED, "runs/b\udce4r"):  # the second is no UTF-8
        try:
            (tmp_path / name).mkdir(parents=True)
        except OSError:
            pytest.skip("this file system takes UTF-8 alone")
        (tmp_path / name / "results.csv").write_text(result_csv(), encoding="utf-8")
    given = [[NAMED if word == "RUN" else word for word in command] for command in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(given)],
        cwd=tmp_path,
        env={**Program.inherited(), **LATIN},
        capture_output=True,
        timeout=120,
        check=False,
    )
    shown, told = done.stdout.decode("latin-1"), done.stderr.decode("latin-1")
    assert done.returncode == 0, told
    assert told.count("exit ") == len(COMMANDS), told
    assert "exit 2" not in told
    assert "bug" not in told
    assert "Overfit after epoch 2: validation loss rose from 0.2 to 0.45" in shown
    assert "</html>" in shown
    written = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(written) == 8
    for path in written:
        path.read_bytes().decode("utf-8")
