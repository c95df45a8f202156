from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
