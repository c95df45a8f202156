"""The settings in which runs differ."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.comparison.rows import Entry
from curvewise.derived.saved import ABOUT_SAVING
from curvewise.model.comparison import Difference

BASE_MODEL = "base model"


def differences(compared: Sequence[Entry]) -> tuple[Difference, ...]:
    """Return the settings that are not the same in all runs; those that all share are left out.

    So is what tells which checkpoints were kept.
    """
    settings = [
        {BASE_MODEL: entry.report.run.base_model, **entry.report.run.hyperparameters} for entry in compared
    ]
    names = dict.fromkeys(name for own in settings for name in own if name not in ABOUT_SAVING)
    values = {name: tuple(_said(own.get(name)) for own in settings) for name in names}
    return tuple(Difference(name=name, values=own) for name, own in values.items() if len(set(own)) > 1)


def _said(value: str | float | bool | None) -> str | None:
    """Write a setting.

    Examples
    --------
    >>> _said(3.0), _said(1e-05), _said(True), _said(None)
    ('3', '1e-05', 'true', None)
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else value
