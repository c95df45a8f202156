"""What happens when the diagnosis changes: a command, a webhook, a file that stops a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from curvewise.cli import _options as options

if TYPE_CHECKING:
    from curvewise import Update
    from curvewise.cli._display import Display
    from curvewise.cli._stop_rules import Rule

Command = TypeVar("Command", bound=Callable[..., Any])
STOP_ON = ("overfit", "diverged", "broken", "reward_hacking")
"""Diagnoses for which a training is stopped by a file, when none is named."""


def acting(command: Command) -> Command:
    """Add the options ``--exec``, ``--webhook`` and ``--stop-file``."""
    return options.together(
        command,
        click.option(
            "--exec",
            "line",
            metavar="COMMAND",
            help="Run this when the diagnosis changes, without a shell; the change is JSON on its input.",
        ),
        click.option(
            "--webhook", metavar="URL", help="Post the change as JSON to this address, with 10 s to answer."
        ),
        click.option(
            "--stop-file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write this file, which the training looks for, when it is to stop: see --stop-on.",
        ),
    )


class Actions:
    """Acts on changes of the diagnosis, and writes the file that stops a training."""

    def __init__(
        self,
        *,
        line: str | None,
        webhook: str | None,
        stop_file: Path | None,
        stop_on: Iterable[Rule],
    ) -> None:
        from curvewise.monitor import Alerts, Patience, command, webhook_to

        receivers = [command(line)] if line else []
        receivers += [webhook_to(webhook)] if webhook else []
        self._alerts = Alerts(*receivers)
        self._stop_file = stop_file
        self._patience = Patience([rule.check for rule in stop_on] or STOP_ON) if stop_file else None

    def look(self, update: Update, display: Display) -> None:
        """Act on what a look brought."""
        if update.change is not None:
            self._alerts.tell(update.change)
        if self._patience is None or self._stop_file is None or not update.changed or update.report is None:
            return
        if not update.is_last and (why := self._patience.ends(update.report)) is not None:
            self._patience = None
            try:
                self._stop_file.write_text(f"{why.name}: {why.summary}\n", encoding="utf-8")
            except OSError as error:
                display.say(f"cannot write {self._stop_file}: {error.strerror}")
            else:
                display.say(f"wrote {self._stop_file}: {why.summary}")

    def finish(self) -> None:
        """Wait for what is under way."""
        self._alerts.finish(10.0)
