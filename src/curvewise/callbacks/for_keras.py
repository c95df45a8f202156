"""The callback for Keras."""

from __future__ import annotations

from typing import Any

from curvewise import Monitor
from curvewise.callbacks._attempt import attempt
from curvewise.extras import load_extra

_keras = load_extra("keras.callbacks", "keras", "keras")


class KerasCallback(_keras.Callback):  # type: ignore[misc,name-defined]  # not installed where this is checked
    """Judges what ``model.fit`` trains while it trains: after each epoch.

    Parameters
    ----------
    folder
        Where to keep the report and the log, such as the folder of the checkpoints; None keeps nothing.
    **settings
        As for `curvewise.Monitor`: ``stop_on``, ``patience``, ``webhook``, ...
    """

    def __init__(self, folder: str | None = None, **settings: Any) -> None:
        super().__init__()
        self._settings = {"folder": folder, **settings}
        Monitor(**self._settings)  # a wrong name is refused before a training begins
        self.monitor: Monitor | None = None
        """What judges; None before the training began."""

    @attempt
    def on_train_begin(self, logs: Any = None) -> None:
        """Begin to judge."""
        del logs
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        known = {"steps_per_epoch": steps, "planned_steps": steps * epochs} if steps and epochs else {}
        self.monitor = Monitor(**{**known, **self._settings})

    @attempt
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Pass on what was logged, and stop when a diagnosis is reason to."""
        if self.monitor is None:
            return
        step = (epoch + 1) * (self.params.get("steps") or 1)
        self.monitor.log(step, {"epoch": epoch + 1, **(logs or {})})
        if self.monitor.should_stop:
            self.model.stop_training = True

    @attempt
    def on_train_end(self, logs: Any = None) -> None:
        """Judge for the last time."""
        del logs
        if self.monitor is not None:
            self.monitor.finish()
