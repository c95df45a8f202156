"""Fleet: many runs judged at once, one row each, and what they say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curvewise.lazy import lazy

if TYPE_CHECKING:
    from curvewise.fleet.pages import write_pages as write_pages
    from curvewise.fleet.table import ENDINGS as ENDINGS

__all__, __getattr__ = lazy(__name__, {"fleet.pages": "write_pages", "fleet.table": "ENDINGS"})
