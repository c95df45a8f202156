"""Callbacks for trainers: each judges a training while it goes on, by a `curvewise.Monitor`.

A class is imported when it is asked for, and with it the framework that it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from curvewise.lazy import lazy

if TYPE_CHECKING:
    from curvewise.callbacks.for_keras import KerasCallback as KerasCallback
    from curvewise.callbacks.for_lightning import LightningCallback as LightningCallback
    from curvewise.callbacks.for_transformers import TransformersCallback as TransformersCallback
    from curvewise.monitor.monitor import Monitor as Monitor

__all__, __getattr__ = lazy(
    __name__,
    {
        "callbacks.for_keras": "KerasCallback",
        "callbacks.for_lightning": "LightningCallback",
        "callbacks.for_transformers": "TransformersCallback",
        "monitor.monitor": "Monitor",
    },
)
