"""What is printed arrives whole, or the exit code tells; with a buffer between, and without."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
BUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])


def run(
    folder: Path, arguments: str, unbuffered: str, redirected: str = "", most: int = resource.RLIM_INFINITY
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m curvewise {arguments} {redirected}"],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )


@BUFFERED
@pytest.mark.parametrize("arguments", ["check results.csv --fail-on never", "explain", "--help"])
def test_an_output_that_is_closed_is_not_a_finding(results: Path, arguments: str, unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "curvewise", *arguments.split()],
        cwd=results.parent,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@BUFFERED
def test_a_reader_that_goes_away_is_no_crash(results: Path, unbuffered: str) -> None:
    done = run(results.parent, "check results.csv --format json", unbuffered, "| head -c 10")
    assert done.stderr == ""


@BUFFERED
def test_an_output_that_never_was_is_no_crash(results: Path, unbuffered: str) -> None:
    done = run(results.parent, "check results.csv", unbuffered, ">&-")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
@BUFFERED
@pytest.mark.parametrize("arguments", ["check results.csv", "formats", "--help"])
def test_a_full_disk_is_said_once(results: Path, arguments: str, unbuffered: str) -> None:
    done = run(results.parent, arguments, unbuffered, f"> {FULL}")
    assert done.returncode == 2
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert error.endswith("No space left on device")
    assert hint == "  hint: make room where it goes"


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
@BUFFERED
@pytest.mark.parametrize("arguments", ["check absent.csv", "check --absent", "formats"])
def test_errors_that_nobody_can_read_keep_their_code(results: Path, arguments: str, unbuffered: str) -> None:
    code = run(results.parent, arguments, unbuffered).returncode
    assert run(results.parent, arguments, unbuffered, f"2> {FULL}").returncode == code
    assert run(results.parent, arguments, unbuffered, f"> {FULL} 2>&1").returncode == 2


@BUFFERED
def test_a_disk_that_fills_up_amid_the_output_is_said(results: Path, unbuffered: str) -> None:
    done = run(results.parent, "check results.csv --format json", unbuffered, "> cut.json", most=30_000)
    assert (results.parent / "cut.json").stat().st_size == 30_000
    assert done.returncode == 2
    assert done.stderr.startswith("error: standard output: cannot write")
