from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.processes import limited

pytest_plugins = ["tests.standin.fixtures", "tests.archives.making"]

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"

settings.register_profile(
    "quick", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=500, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


for _name in ("SIGINT", "SIGHUP"):  # ignored by tests that run in the background, and then by their children
    _number = getattr(signal, _name, None)  # Windows has no SIGHUP
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _name == "SIGINT" else signal.SIG_DFL)


LIMIT = 900.0
"""Seconds for a test that names no others by `pytest.mark.limit`: only what hangs takes them."""


@pytest.hookimpl(wrapper=True)
def _limited(item: pytest.Item) -> Generator[None, object, object]:
    """End what a test waits for in vain: a cluster, a server, a process."""
    marker = item.get_closest_marker("limit")
    with limited(marker.args[0] if marker else LIMIT):
        return (yield)


pytest_runtest_setup = pytest_runtest_call = pytest_runtest_teardown = _limited


@pytest.fixture
def corpus() -> Path:
    """Real files of real runs beside the checkout; tests that want them skip when they are absent."""
    if not CORPUS.is_dir():
        pytest.skip("no ../shared/corpus beside the project")
    return CORPUS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-golden", action="store_true", help="write the golden files anew, then read the diff"
    )
