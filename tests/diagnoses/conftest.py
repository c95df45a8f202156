from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from gallery import exhibits

from curvewise import Report, analyze


@cache
def judged(exhibit: str) -> Report:
    return analyze(exhibits()[exhibit].make())


@pytest.fixture
def diagnosed() -> Callable[[str], Report]:
    """Judges the run that shows a finding."""
    return judged
