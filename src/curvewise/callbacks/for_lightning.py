"""The callback for Lightning's Trainer."""

from __future__ import annotations

from typing import Any

from curvewise import Monitor
from curvewise.callbacks._attempt import attempt
from curvewise.extras import load_extra
from curvewise.splits import is_of_evaluation

_lightning = load_extra("lightning.pytorch", "lightning", "lightning")


class LightningCallback(_lightning.Callback):  # type: ignore[misc,name-defined]  # not installed where this is checked
    """Judges the runs of a Lightning Trainer while they train.

    What is logged with ``self.log`` is read at the steps at which the trainer logs, and after each
    validation. Only the first of several processes judges; all stop together.

    Parameters
    ----------
    **settings
        As for `curvewise.Monitor`: ``stop_on``, ``patience``, ``webhook``, ...; ``folder`` is the folder of
        the trainer's log by default.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        Monitor(**settings)  # a wrong name is refused before a training begins
        self._settings = settings
        self.monitor: Monitor | None = None
        """What judges; None before the training began."""
        self._seen = -1

    @attempt
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin to judge."""
        del pl_module
        if not trainer.is_global_zero:
            return
        folder = trainer.log_dir or trainer.default_root_dir
        planned = trainer.estimated_stepping_batches
        known = planned != float("inf") and planned > 0
        self.monitor = Monitor(
            **{"folder": folder, "planned_steps": int(planned) if known else None, **self._settings}
        )

    @attempt
    def on_train_batch_end(self, trainer: Any, pl_module: Any, *others: Any) -> None:
        """Read what was logged of the training, where the trainer logs it."""
        del pl_module, others
        step = trainer.global_step
        if self.monitor is None or step == self._seen or step % trainer.log_every_n_steps:
            return
        self._seen = step
        self._log(trainer, {k: v for k, v in trainer.callback_metrics.items() if not is_of_evaluation(k)})

    @attempt
    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Read what was logged of the validation."""
        del pl_module
        if not trainer.sanity_checking:
            if self.monitor is not None:
                self._log(trainer, {k: v for k, v in trainer.callback_metrics.items() if is_of_evaluation(k)})
            self._stop(trainer)

    @attempt
    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Stop, when a diagnosis is reason to."""
        del pl_module
        self._stop(trainer)

    @attempt
    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Judge for the last time."""
        del trainer, pl_module
        if self.monitor is not None:
            self.monitor.finish()

    def _log(self, trainer: Any, metrics: dict[str, Any]) -> None:
        if metrics and self.monitor is not None:
            self.monitor.log(trainer.global_step, {name: float(value) for name, value in metrics.items()})

    def _stop(self, trainer: Any) -> None:
        stops = self.monitor is not None and self.monitor.should_stop
        if trainer.strategy.reduce_boolean_decision(stops, all=False):
            trainer.should_stop = True
