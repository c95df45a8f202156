"""A job on a fine-tuning service, by its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from importlib import import_module

from curvewise import plugin
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source

_LATE = ("curvewise.model.metric_entries", "numpy.ma", "plotille", "rich.ansi", "tomllib")
"""Modules that what judges and draws imports on first use."""


def _is_job(place: Place) -> bool:
    if place.scheme:
        return place.scheme in plugin.providers()
    if not place.text.startswith(("ftjob-", "ftjob_")):
        return False
    from curvewise.services.address import parse

    return parse(place.text) is not None


@source(
    title="Job on a fine-tuning service",
    recognised_by="an address such as openai://ftjob-..., or the id of a job",
    recognise=_is_job,
)
def service(place: Place) -> Iterator[RunEntry]:
    """List the job of an address; nothing is asked before it is opened."""
    from curvewise.services.address import parse

    if (address := parse(place.text)) is not None:
        yield RunEntry(address.job, partial(_job, address.job, address.provider))


def _job(job: str, provider: str | None) -> RunFiles:
    from curvewise.services.address import connect
    from curvewise.services.concurrency import in_parallel
    from curvewise.services.live_job import LiveJob, files_of
    from curvewise.services.prefetch import ResultPrefetch

    with closing(connect(provider)) as connected:
        results = ResultPrefetch()
        live = LiveJob(connected, job, store=results)
        in_parallel([live.refresh, _prepare])
        return files_of(live, results.documents)


def _prepare() -> None:
    """Import what judges and draws, while the service answers."""
    plugin.load_all()
    for module in _LATE:
        import_module(module)
