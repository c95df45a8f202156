"""The callback for Hugging Face's Trainer, and so for every trainer of TRL."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from curvewise import Monitor
from curvewise.callbacks._attempt import attempt
from curvewise.extras import load_extra
from curvewise.monitor.judge import Facts
from curvewise.storage.walk import CHECKPOINT

_transformers = load_extra("transformers", "transformers", "transformers")
TOGETHER = 10
"""Steps after which processes that train together agree on whether to stop."""


class TransformersCallback(_transformers.TrainerCallback):  # type: ignore[misc,name-defined]  # not installed where this is checked
    """Judges the runs of a Trainer, or of any trainer of TRL, while they train.

    At each evaluation what the trainer logged is judged as `curvewise check` does, in a process of its own.
    The report and its page are kept in the output folder. Only the first of several processes judges; all
    stop together.

    Parameters
    ----------
    protect_best
        Whether the best checkpoint so far is kept from ``save_total_limit``; a trainer that chooses one by a
        metric of its own does so itself.
    **settings
        As for `curvewise.Monitor`: ``stop_on``, ``patience``, ``webhook``, ...; ``folder`` is the output
        folder of the trainer by default.

    Examples
    --------
    Add it to a trainer::

        trainer = SFTTrainer(..., callbacks=[TransformersCallback(stop_on=("overfit", "diverged", "broken"))])
    """

    def __init__(self, *, protect_best: bool = True, **settings: Any) -> None:
        super().__init__()
        Monitor(**settings)  # a wrong name is refused before a training begins
        self._settings, self._protects = settings, protect_best
        self.monitor: Monitor | None = None
        """What judges; None before the training began."""
        self._sent = 0
        self._saved: dict[int, str] = {}

    @attempt
    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Begin to judge, with what was logged before a training is resumed."""
        del control
        self.monitor, self._sent = None, 0
        if not state.is_world_process_zero:
            return
        model = others.get("model")
        config = getattr(model, "config", None)
        self.monitor = Monitor(**{"folder": args.output_dir, "name": args.run_name, **self._settings})
        self._base_model = getattr(config, "_name_or_path", None) or None
        self._look(args)
        self._pass_on(args, state)

    @attempt
    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Pass on what was logged."""
        del others
        if logs and "train_runtime" in logs and self._protects_in(args):
            state.best_model_checkpoint = None  # else a limit of 1 deletes the last checkpoint
        self._pass_on(args, state, saves=control.should_save)

    @attempt
    def on_evaluate(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Protect the best checkpoint before the next one is saved."""
        del control, others
        if self.monitor is not None and self._protects_in(args) and (best := self._best(state)):
            state.best_model_checkpoint = best

    @attempt
    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """See which checkpoints there are."""
        del state, control, others
        self._look(args)

    @attempt
    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Stop, when a diagnosis is reason to."""
        del others
        stops = self.monitor is not None and self.monitor.should_stop
        if args.world_size > 1:
            stops = state.global_step % TOGETHER == 0 and _anywhere(stops, args.device)
        if stops:
            control.should_training_stop = True

    @attempt
    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Judge for the last time."""
        del control, others
        if self.monitor is not None:
            self._look(args)
            self._pass_on(args, state)
            self.monitor.finish()

    def _pass_on(self, args: Any, state: Any, *, saves: bool = False) -> None:
        """Pass on the rows that are new; the checkpoint of a step that is about to be saved counts."""
        if self.monitor is None:
            return
        rows = [dict(row) for row in state.log_history[self._sent :]]
        self._sent += len(rows)
        keys = ("global_step", "epoch", "max_steps", "num_train_epochs", "train_batch_size")
        saved = dict(self._saved)
        if saves:
            saved[state.global_step] = str(Path(args.output_dir, f"checkpoint-{state.global_step}"))
        facts = Facts(
            name=args.run_name or Path(args.output_dir).resolve().name,
            base_model=self._base_model,
            state={
                **{key: getattr(state, key, None) for key in keys},
                "eval_steps": args.eval_steps,
                "save_steps": args.save_steps,
                "logging_steps": args.logging_steps,
            },
            saved=saved or None,
            **({"kind": self._settings["kind"]} if "kind" in self._settings else {}),
        )
        self.monitor.take(rows, facts)

    def _look(self, args: Any) -> None:
        """List the checkpoints that there are."""
        if os.path.isdir(args.output_dir):  # noqa: PTH112 - never raises
            found = ((CHECKPOINT.fullmatch(path.name), path) for path in Path(args.output_dir).iterdir())
            self._saved = {int(match[1]): str(path) for match, path in found if match}

    def _protects_in(self, args: Any) -> bool:
        own_choice = args.load_best_model_at_end or args.metric_for_best_model
        return bool(self._protects and args.save_total_limit and not own_choice)

    def _best(self, state: Any) -> str | None:
        """Return the best checkpoint that there is: the one judged best, else that of the best metric."""
        judged = None if self.monitor is None else self.monitor.best_step
        if judged in self._saved:
            return self._saved[judged]
        for metric, sign in (("eval_reward", -1), ("eval_loss", 1)):
            values = {
                row["step"]: sign * row[metric]
                for row in state.log_history
                if row.get("step") in self._saved and isinstance(row.get(metric), float)
            }
            if values:
                return self._saved[min(values, key=lambda step: values[step])]
        return None


def _anywhere(flag: bool, device: Any) -> bool:
    """Whether any of the processes that train together wants to stop; all must ask at once."""
    torch = sys.modules["torch"]
    if not torch.distributed.is_initialized():
        return flag
    shared = torch.tensor(int(flag), device=device)
    torch.distributed.all_reduce(shared)
    return bool(shared.item())
