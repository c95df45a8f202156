"""A folder of pages: that of the fleet, and beside it the reports of its runs."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from curvewise.config import Profile
from curvewise.engine import analyze
from curvewise.errors import CurvewiseError
from curvewise.loading import load
from curvewise.model.fleet import Fleet
from curvewise.reports.html import html
from curvewise.storage.files import write_file
from curvewise.views.fleet import page_of

MOST_REPORTS = 500
"""Reports that are written, each of about 100 KB: of more runs those of the best, an example of each
diagnosis, and the first."""


def write_pages(
    fleet: Fleet, folder: str | os.PathLike[str], *, profile: Profile | None = None, by: str | None = None
) -> int:
    """Write ``index.html`` and reports of single runs that it links to, and return how many there are."""
    root = Path(folder)
    (root / "reports").mkdir(parents=True, exist_ok=True)
    readable = {row.address: place for place, row in enumerate(fleet.rows) if not row.problem}
    named = [*(each.address for each in fleet.leaders), *(each.example for each in fleet.diagnoses)]
    links: dict[str, str] = {}
    for address in islice(dict.fromkeys([*named, *readable]), MOST_REPORTS):
        try:
            report = analyze(load(address), profile=profile, by=by, points=html.points)
        except CurvewiseError:  # it has gone since, or lies where this machine cannot see it
            continue
        links[address] = f"reports/{readable[address]:06}.html"
        write_file(root / links[address], html([report]))
    write_file(root / "index.html", page_of(fleet, links))
    return len(links)
