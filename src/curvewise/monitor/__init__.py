"""Watching a training as it goes: what is logged becomes a diagnosis, and a change of it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curvewise.lazy import lazy

if TYPE_CHECKING:
    from curvewise.monitor.alerts import Alerts as Alerts
    from curvewise.monitor.alerts import command as command
    from curvewise.monitor.alerts import webhook_to as webhook_to
    from curvewise.monitor.patience import Patience as Patience

__all__, __getattr__ = lazy(
    __name__, {"monitor.alerts": "Alerts command webhook_to", "monitor.patience": "Patience"}
)
