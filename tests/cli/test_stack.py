"""How deep a check and a format reader run below `main`: what a traceback of theirs shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROBE = """
import sys
from curvewise import plugin
from curvewise.cli import main

kinds = {check.function.__code__: "check" for check in plugin.checks().values()}
kinds |= {each.function.__code__: "format" for each in plugin.formats().values()}
deepest = {"check": 0, "format": 0}

def watch(frame, event, argument):
    if event == "call" and frame.f_code in kinds:
        kind, depth = kinds[frame.f_code], 1
        while frame.f_code is not main.__code__:
            frame, depth = frame.f_back, depth + 1
        deepest[kind] = max(deepest[kind], depth)

sys.setprofile(watch)
try:
    main()
finally:
    sys.setprofile(None)
    print(deepest, file=sys.stderr)
"""


def test_a_check_runs_at_the_seventh_frame_and_a_reader_at_the_tenth(results: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "check", results, "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    check, reader = map(int, re.findall(r"\d+", done.stderr.splitlines()[-1]))
    assert 0 < check <= 7
    assert 0 < reader <= 10
