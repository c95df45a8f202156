"""Temporary deployments: made for an evaluation, and removed whatever happens to it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from curvewise.deployments.arm import Arm, Operation
from curvewise.deployments.deployment import EVALUATION, Deployment
from curvewise.deployments.journal import Entry, Journal
from curvewise.deployments.plan import CAPACITY, PURPOSE, RUN, DeploymentPlan, Sku, suggest_name
from curvewise.deployments.readiness import Probe, wait_until_ready
from curvewise.deployments.waiting import Tell, begin, finish, remove
from curvewise.errors import ServiceError

HOUR = 3600.0
TERMINATED = 128 + signal.SIGTERM


@contextmanager
def temporary_deployments(
    models: Mapping[str, str],
    *,
    arm: Arm,
    folder: Path,
    tell: Tell,
    run: str = "",
    sku: Sku = "DeveloperTier",
    capacity: int = CAPACITY,
    probe: Probe | None = None,
    longest: float = HOUR,
    longest_removal: float = HOUR / 2,
) -> Iterator[dict[str, str]]:
    """Deploy models side by side, and remove the deployments at the end, whatever it is.

    An exception, Ctrl-C and SIGTERM lead to the removal; so does a failure while they are being made. While
    they are removed, a first Ctrl-C is only answered; a second one gives up. Each deployment is written to a
    journal in `folder` before it is asked for, so that those of a process that was killed are found: by
    `remove_leftovers`, and by the next use with the same folder, which takes up the ones that it needs.

    Parameters
    ----------
    models
        Name of the model by contender.
    arm
        Connected to the resource.
    folder
        Of the evaluation.
    tell
        Takes a line about how far things have come.
    run
        The job that the models come from.
    sku, capacity
        Of each deployment. A deployment of the developer tier costs nothing by the hour.
    probe
        Asks whether a deployment answers; None not to ask.
    longest, longest_removal
        Seconds to wait for all of them to be there, and for all of them to be gone.

    Yields
    ------
    dict
        Name of the deployment by contender, once all of them are there.

    Raises
    ------
    ServiceError
        If one cannot be made (the others are removed), or one cannot be removed.
    """
    session = _Session(arm, Journal(folder), tell)
    until = time.monotonic() + longest
    with _termination_raises():
        try:
            names = session.make(models, run=run, sku=sku, capacity=capacity, until=until)
            session.require_ready(names, probe, longest)
            yield names
        except BaseException:  # Ctrl-C and SIGTERM are among them
            with _undisturbed(tell):
                session.remove_all(longest_removal)  # what fails here is told; what led here is raised
            raise
        with _undisturbed(tell):
            failures = session.remove_all(longest_removal)
    if failures:
        raise ServiceError(
            f"{len(failures)} of the temporary deployments could not be removed: {failures[0].problem}",
            hint=session.advice,
        )


def remove_leftovers(arm: Arm, folder: Path, *, tell: Tell, longest: float = HOUR / 2) -> tuple[str, ...]:
    """Remove what the journal of an evaluation says may still exist; return the names of what did exist.

    Only what curvewise made for an evaluation, with the model that the journal names, is removed.

    Raises
    ------
    ServiceError
        If a request fails.
    """
    journal, removed = Journal(folder), []
    for entry, found in leftovers(arm, folder):
        if found is not None:
            remove(arm, entry.name, until=time.monotonic() + longest, tell=tell)
            removed.append(entry.name)
        journal.gone(entry)
    return tuple(removed)


def leftovers(arm: Arm, folder: Path) -> tuple[tuple[Entry, Deployment | None], ...]:
    """Return what the journal of an evaluation says may exist in the resource, each with what does exist.

    Raises
    ------
    ServiceError
        If a request fails.
    MalformedError
        If the journal is damaged.
    """
    entries = [entry for entry in Journal(folder).open() if entry.resource == arm.resource]
    existing = {each.name.casefold(): each for each in arm.deployments()} if entries else {}
    pairs = ((entry, existing.get(entry.name.casefold())) for entry in entries)
    return tuple((entry, found) for entry, found in pairs if found is None or _is_of(entry, found))


def _is_of(entry: Entry, found: Deployment) -> bool:
    """Whether a deployment is the one of the journal: names can be used again, and journals edited."""
    return found.is_temporary and found.model == entry.model


class _Session:
    """What one use of `temporary_deployments` makes and removes."""

    def __init__(self, arm: Arm, journal: Journal, tell: Tell) -> None:
        self._arm, self._journal, self._tell = arm, journal, tell
        self._made: set[str] = set()  # names that were given here, so that nobody else can have them

    @property
    def advice(self) -> str:
        return f"run `curvewise undeploy --from {self._journal.file.parent}` until nothing is left"

    def make(
        self, models: Mapping[str, str], *, run: str, sku: Sku, capacity: int, until: float
    ) -> dict[str, str]:
        """Ask for all of them, then wait for all of them; take up those that are still there."""
        tags = {PURPOSE: EVALUATION, **({RUN: run[:256]} if run else {})}
        usable = {
            entry.model: found.name
            for entry, found in leftovers(self._arm, self._journal.file.parent)
            if found is not None and found.state == "Succeeded"
        }
        names: dict[str, str] = {}
        operations: list[Operation] = []
        for contender, model in models.items():
            if model in usable:
                names[contender] = usable.pop(model)
                self._tell(f"{names[contender]}: still there from before")
                continue
            name = names[contender] = suggest_name("curvewise", contender, unique=True)
            plan = DeploymentPlan(
                resource=self._arm.resource, name=name, model=model, sku=sku, capacity=capacity, tags=tags
            )
            operations.append(self._begin(plan, until))
        for operation in operations:
            finish(self._arm, operation, until=until, tell=self._tell)
        return names

    def _begin(self, plan: DeploymentPlan, until: float) -> Operation:
        entry = Entry(event="asked", name=plan.name, model=plan.model, resource=plan.resource)
        self._journal.asked(entry)
        self._made.add(plan.name)
        try:
            return begin(self._arm, plan, until=until, tell=self._tell)
        except ServiceError as error:
            if not error.temporary:  # refused for good: there is nothing to remove
                self._journal.gone(entry)
            raise

    def require_ready(self, names: Mapping[str, str], probe: Probe | None, longest: float) -> None:
        """Wait until all of them answer."""
        if probe is None:
            return
        for name in names.values():
            pause, tell = self._arm.pause, self._tell
            if wait_until_ready(name, probe, pause=pause, longest=longest, tell=tell) == "not ready":
                raise ServiceError(
                    f"the deployment {name} is there and does not answer",
                    hint="look whether AZURE_OPENAI_ENDPOINT is the address of its resource; try again later",
                    temporary=True,
                )

    def remove_all(self, longest: float) -> list[ServiceError]:
        """Remove what may exist; a failure keeps none of the others."""
        until = time.monotonic() + longest
        failures: list[ServiceError] = []
        for entry in self._journal.open():
            if entry.resource != self._arm.resource:
                continue
            self._tell(f"{entry.name}: being removed")
            try:
                self._remove(entry, until)
            except ServiceError as error:
                failures.append(error)
                self._tell(f"{entry.name}: cannot be removed, and may cost money: {error.problem}")
        if failures:
            self._tell(self.advice)
        return failures

    def _remove(self, entry: Entry, until: float) -> None:
        if entry.name not in self._made:
            found = self._arm.find(entry.name)
            if found is not None and not _is_of(entry, found):
                self._tell(f"{entry.name}: left alone, as it is not the one of the journal")
                return
        remove(self._arm, entry.name, until=until, tell=self._tell)
        self._journal.gone(entry)


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Handle signals for a while; threads other than the main one receive none."""
    if not _on_main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _termination_raises() -> Iterator[None]:
    """Let SIGTERM end the block like an exception, so that what it made is removed."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise SystemExit(TERMINATED)

    with _handling({signal.SIGTERM: end}):
        yield


@contextmanager
def _undisturbed(tell: Tell) -> Iterator[None]:
    """Answer the first signal with a line; the second one interrupts."""
    heard: list[int] = []

    def answer(number: int, frame: FrameType | None) -> None:
        del frame
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt
        with suppress(Exception):  # a handler must not raise in the midst of anything
            tell("deployments are being removed; once more leaves them, and they may cost money")

    with _handling({signal.SIGINT: answer, signal.SIGTERM: answer}):
        yield
