"""What all tests share: the real files beside the project, and how long Hypothesis searches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"

settings.register_profile(
    "quick", max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000, derandomize=False)
settings.load_profile("quick")  # `pytest --hypothesis-profile=thorough` searches longer


@pytest.fixture
def corpus() -> Callable[[str], Path]:
    """Return the path of a real file by its name in the corpus; the test is skipped when it is absent."""

    def path(name: str) -> Path:
        file = CORPUS / name
        if not file.is_file():
            pytest.skip(f"the real file {name} is not there")
        return file

    return path
