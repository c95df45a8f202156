"""The function `jobs`: the recent jobs of the services, each with its best checkpoint so far."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack, closing
from functools import partial

import msgspec

from curvewise import plugin
from curvewise.engine import choose
from curvewise.errors import CurvewiseError
from curvewise.joining import run_from
from curvewise.model.api_object import created_at
from curvewise.model.job import ListedJob, job_from_api
from curvewise.model.run import Run
from curvewise.model.selection import Selection
from curvewise.plugin.service import Object, Service
from curvewise.services.address import connect
from curvewise.services.concurrency import in_parallel
from curvewise.services.live_job import LiveJob, files_of
from curvewise.services.paging import all_pages, identity, is_newest_first

Failed = Callable[[str, CurvewiseError], None]
"""Called with the name of a provider that cannot list its jobs, and the error."""

_FULL = "full_valid"
"""Prefix of metrics from a full validation pass."""


def jobs(
    providers: Iterable[str] = (),
    *,
    statuses: Collection[str] = (),
    limit: int = 20,
    best: bool = True,
    failed: Failed | None = None,
) -> tuple[ListedJob, ...]:
    """List the recent jobs, the newest first, each with the best checkpoint so far.

    Parameters
    ----------
    providers
        Names of the services to ask; all that the environment has credentials for when empty.
    statuses
        The only statuses to list, in the words of the services; all when empty.
    limit
        Most jobs to list.
    best
        Whether to choose among the checkpoints of each job. That takes a few requests a job, side by side;
        without it, one request a page of the list is all.
    failed
        Called for a service whose jobs cannot be listed, so that those of the others can; without it, the
        error is raised.

    Raises
    ------
    ServiceError
        If a service refuses or does not answer, and `failed` is not given. A job whose parts cannot be
        read says so in its `problem`.
    UsageError
        If there is no such provider.
    """
    names = list(dict.fromkeys(providers))
    if not names:
        names = [each.name for each in plugin.providers().values() if each.is_configured()]
    if not names:
        connect()  # says what to set
    with ExitStack() as connections:
        services: list[Service] = []
        for name in names:
            try:
                services.append(connections.enter_context(closing(connect(name))))
            except CurvewiseError as error:
                if failed is None:
                    raise
                failed(name, error)
        return list_jobs(services, statuses=statuses, limit=limit, best=best, failed=failed)


def list_jobs(
    services: Iterable[Service],
    *,
    statuses: Collection[str] = (),
    limit: int = 20,
    best: bool = True,
    failed: Failed | None = None,
) -> tuple[ListedJob, ...]:
    """List the recent jobs of connected services; as `jobs`."""
    newest: list[tuple[Service, Object]] = []
    asked = [partial(_listed, service, statuses, limit) for service in services]
    for service, listed in in_parallel(asked):
        if not isinstance(listed, CurvewiseError):
            newest.extend((service, raw) for raw in listed)
        elif failed is None:
            raise listed
        else:
            failed(service.provider, listed)
    newest.sort(key=lambda each: -created_at(each[1]))
    look = _with_best if best else _without_best
    return tuple(in_parallel([partial(look, service, raw) for service, raw in newest[:limit]]))


def _listed(
    service: Service, statuses: Collection[str], limit: int
) -> tuple[Service, list[Object] | CurvewiseError]:
    try:
        return service, _newest(service, statuses, limit)
    except CurvewiseError as error:
        return service, error


def _newest(service: Service, statuses: Collection[str], limit: int) -> list[Object]:
    """Request pages until there are enough jobs; all pages unless the newest clearly come first."""
    known: dict[str, Object] = {}
    matching: list[Object] = []
    for page in all_pages(lambda after, size: service.jobs(after=after, limit=size)):
        known |= {identity(item): item for item in page.objects}
        matching = [item for item in known.values() if not statuses or item.get("status") in statuses]
        if len(matching) >= limit and is_newest_first([created_at(item) for item in known.values()]):
            break
    return sorted(matching, key=lambda item: -created_at(item))[:limit]


def _without_best(service: Service, raw: Object) -> ListedJob:
    return ListedJob(job=job_from_api(raw, service.provider))


def _with_best(service: Service, raw: Object) -> ListedJob:
    listed = _without_best(service, raw)
    if listed.job.phase == "waiting":
        return listed
    live = LiveJob(service, listed.job.id)
    try:
        live.refresh_for_choice(raw)
        run, selection = _judged(live, listed.address)
        is_weak = selection.best is None or not selection.best.metric.startswith(_FULL)
        if is_weak and live.checkpoints and raw.get("validation_file") and not len(live.events):
            live.events.refresh()  # they may hold the full validation passes that a result file leaves out
            run, selection = _judged(live, listed.address)
    except CurvewiseError as error:
        place = f"{error.place}: " if error.place else ""
        return msgspec.structs.replace(listed, problem=f"{place}{error.problem}")
    return msgspec.structs.replace(
        listed,
        last_step=run.last_step,
        planned_steps=run.planned_steps,
        best=selection.best,
        reason=selection.reason,
    )


def _judged(live: LiveJob, source: str) -> tuple[Run, Selection]:
    run = run_from(files_of(live), source)
    return run, choose(run)
