"""Temporary deployments: created for an evaluation, and removed whatever happens."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from curvewise.deployment._signals import ending_raises, undisturbed
from curvewise.deployment.arm import Arm, Operation
from curvewise.deployment.journal import Entry, Journal
from curvewise.deployment.plan import CAPACITY, DeploymentPlan, Sku, suggest_name
from curvewise.deployment.readiness import LONGEST, Probe, wait_until_ready
from curvewise.deployment.waiting import OnProgress, begin, finish, remove, remove_unanswered
from curvewise.errors import CurvewiseError, ServiceError
from curvewise.model.deployment import EVALUATION, PURPOSE, RUN, Deployment

HOUR = 3600.0


@contextmanager
def temporary_deployments(
    models: Mapping[str, str],
    *,
    arm: Arm,
    folder: Path,
    tell: OnProgress,
    run: str = "",
    sku: Sku = "DeveloperTier",
    capacity: int = CAPACITY,
    probe: Probe | None = None,
    longest: float = HOUR,
    longest_removal: float = HOUR / 2,
) -> Iterator[dict[str, str]]:
    """Deploy models for the time of a block, and remove the deployments however it ends.

    An exception, Ctrl-C, SIGTERM and SIGHUP lead to the removal, also while they are being created.
    During the removal a first Ctrl-C is only answered; a second one gives up, and says what is left.
    Each deployment is written to a journal in `folder` before it is requested, so that those of a killed
    process are found: by `remove_leftovers`, and by the next use with the same folder, which reuses those
    that it needs and removes the others first. One process at a time uses a folder.

    Parameters
    ----------
    models
        Name of the model by contender.
    arm
        Connected to the resource.
    folder
        Of the evaluation.
    tell
        Called with lines about the progress; its errors are ignored.
    run
        The job that the models come from.
    sku, capacity
        Of each deployment. A deployment of the developer tier costs nothing by the hour.
    probe
        Asks whether a deployment answers; None not to ask.
    longest, longest_removal
        Seconds to wait for all deployments to exist, and to be gone.

    Yields
    ------
    dict
        Name of the deployment by contender, once all exist.

    Raises
    ------
    ServiceError
        If one cannot be created (the others are removed), or one cannot be removed.
    UsageError
        If another process has deployments for this folder.
    """
    journal, until = Journal(folder), time.monotonic() + longest
    session = _Session(arm, journal, tell)
    with journal.lock(), ending_raises():
        try:
            names = session.make(models, run=run, sku=sku, capacity=capacity, until=until)
            session.require_ready(names, probe, min(longest, LONGEST))
            yield names
        except BaseException:  # also Ctrl-C, and what signals raise
            with undisturbed(session.tell):
                session.remove_all(longest_removal)  # reports its failures; the first cause is raised
            raise
        with undisturbed(session.tell):
            failures = session.remove_all(longest_removal)
    if failures:
        raise _not_removed(failures, session.advice(session.remaining()))


def remove_leftovers(
    arm: Arm, folder: Path, *, tell: OnProgress, longest: float = HOUR / 2
) -> tuple[str, ...]:
    """Remove the deployments in the journal of an evaluation that still exist, and return their names.

    Only deployments that curvewise created for an evaluation, with the model in the journal, are removed. A
    failure does not stop the others.

    Raises
    ------
    ServiceError
        If a request fails.
    UsageError
        If the evaluation is still running.
    """
    journal, removed, failures = Journal(folder), list[str](), list[Exception]()
    tell = _unfailing(tell)
    with journal.lock():
        for entry, existing in leftovers(arm, folder):
            if existing is not None:
                try:
                    remove(arm, entry.name, until=time.monotonic() + longest, tell=tell)
                except ServiceError as error:
                    failures.append(error)
                    tell(_removal_failed(entry, error))
                    continue
                removed.append(entry.name)
                tell(f"{entry.name}: gone")
            journal.gone(entry)
    if failures:
        raise _not_removed(failures, _advice(folder))
    return tuple(removed)


def leftovers(arm: Arm, folder: Path) -> tuple[tuple[Entry, Deployment | None], ...]:
    """Return the journal's entries for deployments that may exist, each with the one that does exist.

    Raises
    ------
    ServiceError
        If a request fails.
    MalformedError
        If the journal is damaged.
    """
    entries = [entry for entry in Journal(folder).remaining() if entry.resource == arm.resource]
    existing = {each.name.casefold(): each for each in arm.deployments()} if entries else {}
    pairs = ((entry, existing.get(entry.name.casefold())) for entry in entries)
    return tuple((entry, one) for entry, one in pairs if one is None or _is_of(entry, one))


def _is_of(entry: Entry, deployment: Deployment) -> bool:
    """Whether a deployment is the one in the journal: names can be reused, and journals edited."""
    return deployment.is_temporary and deployment.model == entry.model


class _Session:
    """The deployments of one use of `temporary_deployments`."""

    def __init__(self, arm: Arm, journal: Journal, tell: OnProgress) -> None:
        self._arm, self._journal, self.tell = arm, journal, _unfailing(tell)
        self._known: dict[str, Entry] = {}  # what may exist; kept here too, as folders can be lost
        self._made: set[str] = set()  # names chosen here, which nobody else uses
        self._unanswered: set[str] = set()  # requests that Azure may or may not have received

    def make(
        self, models: Mapping[str, str], *, run: str, sku: Sku, capacity: int, until: float
    ) -> dict[str, str]:
        """Request all deployments, then wait for all; reuse those of earlier sessions."""
        self._arm.deployments()  # fails before any request when access is denied
        usable = self._clear_up(set(models.values()), until)
        tags = {PURPOSE: EVALUATION, **({RUN: run[:256]} if run else {})}
        names: dict[str, str] = {}
        operations: list[Operation] = []
        for contender, model in models.items():
            if model in usable:
                names[contender] = usable.pop(model)
                self.tell(f"{names[contender]}: still there from before")
                continue
            name = names[contender] = suggest_name("curvewise", contender, unique=True)
            plan = DeploymentPlan(
                resource=self._arm.resource, name=name, model=model, sku=sku, capacity=capacity, tags=tags
            )
            operations.append(self._begin(plan, until))
        for operation in operations:
            finish(self._arm, operation, until=until, tell=self.tell)
        return names

    def _clear_up(self, wanted: set[str], until: float) -> dict[str, str]:
        """Return reusable deployments of earlier sessions by model; remove the others, which hold quota."""
        usable: dict[str, str] = {}
        unused: list[Entry] = []
        for entry, existing in leftovers(self._arm, self._journal.file.parent):
            self._known[entry.name] = entry
            if existing is None:
                self._gone(entry)
            elif existing.state == "Succeeded" and entry.model in wanted and entry.model not in usable:
                usable[entry.model] = existing.name
            else:
                unused.append(entry)
        for entry in unused:
            self.tell(f"{entry.name}: still there from before, and being removed")
            self._remove(entry, until)
        return usable

    def _begin(self, plan: DeploymentPlan, until: float) -> Operation:
        entry = Entry(event="asked", name=plan.name, model=plan.model, resource=plan.resource)
        self._journal.asked(entry)
        self._known[plan.name] = entry
        self._made.add(plan.name)
        self._unanswered.add(plan.name)
        try:
            operation = begin(self._arm, plan, until=until, tell=self.tell)
        except ServiceError as error:
            if error.status is not None:
                self._unanswered.discard(plan.name)
            if error.status is not None and not error.temporary:
                self._forget_refused(entry)
            raise
        self._unanswered.discard(plan.name)
        return operation

    def _forget_refused(self, entry: Entry) -> None:
        """Record that a refused deployment does not exist, once Azure shows that.

        It may exist: Azure may have accepted an earlier try whose answer was lost.
        """
        with suppress(ServiceError):  # it stays in the journal, and is removed later
            if self._arm.find(entry.name) is None:
                self._gone(entry)

    def require_ready(self, names: Mapping[str, str], probe: Probe | None, longest: float) -> None:
        """Wait until all of them answer."""
        if probe is None:
            return
        for name in names.values():
            pause = self._arm.pause
            if wait_until_ready(name, probe, pause=pause, longest=longest, tell=self.tell) == "not ready":
                raise ServiceError(
                    f"the deployment {name} is there and does not answer",
                    hint="look whether AZURE_OPENAI_ENDPOINT is the address of its resource; try again later",
                    temporary=True,
                )

    def remaining(self) -> dict[str, Entry]:
        """Return the deployments that may exist by name, from this session and the journal."""
        noted: dict[str, Entry] = {}
        try:
            noted = {entry.name: entry for entry in self._journal.remaining()}
        except (CurvewiseError, OSError) as error:
            self.tell(f"the journal of deployments cannot be read: {_said(error)}")
        return {
            name: entry
            for name, entry in (noted | self._known).items()
            if entry.resource == self._arm.resource
        }

    def remove_all(self, longest: float) -> list[Exception]:
        """Remove what may exist; one failure does not stop the others, and what is left is named."""
        until = time.monotonic() + longest
        failures: list[Exception] = []
        left = self.remaining()
        try:
            for entry in tuple(left.values()):
                self.tell(f"{entry.name}: being removed")
                try:
                    self._remove(entry, until)
                except Exception as error:  # the next one may still be removed
                    failures.append(error)
                    self.tell(_removal_failed(entry, error))
                else:
                    del left[entry.name]
        finally:
            if left:  # a failure, or a second signal
                self.tell(f"not removed: {', '.join(left)}")
                self.tell(self.advice(left))
        return failures

    def advice(self, left: Mapping[str, Entry]) -> str:
        """Return how to remove what is left: by the journal, if it still lists them."""
        with suppress(CurvewiseError, OSError):
            if left.keys() <= {entry.name for entry in self._journal.remaining()}:
                return _advice(self._journal.file.parent)
        commands = (f"`{removal(name, entry.resource.id)}`" for name, entry in left.items())
        return f"run {' and '.join(commands)}"

    def _remove(self, entry: Entry, until: float) -> None:
        if entry.name not in self._made:
            existing = self._arm.find(entry.name)
            if existing is not None and not _is_of(entry, existing):
                self.tell(f"{entry.name}: left alone, as it is not the one of the journal")
                return
        removing = remove_unanswered if entry.name in self._unanswered else remove
        removing(self._arm, entry.name, until=until, tell=self.tell)
        self._gone(entry)

    def _gone(self, entry: Entry) -> None:
        self._known.pop(entry.name, None)
        try:
            self._journal.gone(entry)
        except OSError as error:  # a full disk: a later session finds the deployment gone
            self.tell(f"{entry.name}: gone, which the journal cannot be told: {_said(error)}")


def _unfailing(tell: OnProgress) -> OnProgress:
    """Ignore errors of a progress callback: they must not end a removal."""

    def told(line: str) -> None:
        with suppress(Exception):
            tell(line)

    return told


def removal(name: str, resource: str) -> str:
    """Return the command that removes a deployment of a resource.

    Examples
    --------
    >>> removal("gpt-step-70", "/subscriptions/1/resourceGroups/lab-(1)")
    "curvewise undeploy gpt-step-70 --resource-id '/subscriptions/1/resourceGroups/lab-(1)'"
    """
    return shlex.join(["curvewise", "undeploy", name, "--resource-id", resource])


def _advice(folder: Path) -> str:
    return f"run `{shlex.join(['curvewise', 'undeploy', '--from', str(folder)])}` until nothing is left"


def _removal_failed(entry: Entry, error: Exception) -> str:
    return f"{entry.name}: cannot be removed, and may cost money: {_said(error)}"


def _said(error: Exception) -> str:
    return error.problem if isinstance(error, CurvewiseError) else f"{type(error).__name__}: {error}"


def _not_removed(failures: Iterable[Exception], advice: str) -> ServiceError:
    first, *others = failures
    return ServiceError(
        f"{1 + len(others)} of the temporary deployments could not be removed: {_said(first)}", hint=advice
    )
