"""What stops a job that is followed: checks that fire, and a user who agrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from curvewise.cli import _options as options
from curvewise.cli._display import Display
from curvewise.cli._mistakes import ParamType
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Finding, Update


class Rule(NamedTuple):
    """A check that stops a job; a tuple, as msgspec would slow down every command line."""

    check: str  # name of the check
    at: Literal["problem", "warning"] = "problem"  # from which status on

    def fired(self, update: Update) -> Finding | None:
        """Return the finding that stops the job, or None."""
        statuses = ("problem", "warning") if self.at == "warning" else ("problem",)
        if update.report is None:
            return None
        for finding in update.report.findings:
            if finding.check == self.check and finding.status in statuses:
                return finding
        for story in (update.report.diagnosis, *update.report.also):
            if story.name == self.check and story.severity in statuses:
                return update.report.finding(story.findings[0]) if story.findings else None
        return None


class RuleType(ParamType[Rule]):
    """``CHECK`` or ``CHECK:warning``."""

    name = "check"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Rule:
        """Split the name from the status, and refuse what is not known."""
        if isinstance(value, Rule):
            return value
        name, _, at = str(value).partition(":")
        check = options.Name("check or diagnosis", options.explained_names).convert(name, param, ctx)
        if at == "warning":
            return Rule(check, "warning")
        if at in ("", "problem"):
            return Rule(check)
        return self.fail(f"{value!r} is neither CHECK nor CHECK:warning", param, ctx)


class Stopping:
    """Stops a job once a rule fires, after a question."""

    def __init__(
        self, address: str, rules: Sequence[Rule], *, by: Literal["pause", "cancel"], yes: bool
    ) -> None:
        self._address, self._by, self._yes = address, by, yes
        self._waiting = list(rules)  # rules that have not fired
        self._agreed = False
        self._over = False

    def look(self, update: Update, display: Display) -> None:
        """Ask and stop the job, if a rule fires."""
        if update.job.phase != "running" or update.trouble is not None or self._over:
            return
        for rule in list(self._waiting):
            if self._agreed:
                break
            if (finding := rule.fired(update)) is not None:
                self._waiting.remove(rule)
                self._agreed = self._may_stop(finding, display)
        if self._agreed:
            self._stop(display)

    def _may_stop(self, finding: Finding, display: Display) -> bool:
        why = f"{printable(finding.check)} is a {finding.status}"
        job = printable(self._address)
        if self._yes:
            display.say(f"{why}: asking the service to {self._by} {job}")
            return True
        answer = display.ask(f"{why}. {self._by.capitalize()} job {job}? [y/N] ")
        if answer is None:
            display.say(f"{why}: would {self._by} {job}; pass --yes to do so without a question")
        elif not answer:
            display.say(f"{why}: the job goes on, as you wish")
        return bool(answer)

    def _stop(self, display: Display) -> None:
        from curvewise import ServiceError, stop

        try:
            job = stop(self._address, by=self._by)
        except ServiceError as error:
            if error.temporary:
                display.say(
                    f"cannot {self._by} the job: {printable(error.problem)}; tried again at the next look"
                )
                return
            hint = "; --stop-by cancel would end it for good" if self._by == "pause" else ""
            display.say(f"the service refuses to {self._by} the job: {printable(error.problem)}{hint}")
        else:
            display.say(
                f"the service was asked to {self._by} the job; its status is {printable(job.status, 40)}"
            )
            self._over = True
        self._agreed = False
