"""Many runs: which are sound, which are the best, what separates them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from curvewise.drawing.markdown import fitting
from curvewise.model.diagnosis import SEVERITIES
from curvewise.model.fleet import Count, Effect, Fleet, FleetRow, Leader
from curvewise.model.metrics import in_words
from curvewise.numbers import certainty
from curvewise.plugin import Style, View
from curvewise.text import abridged, printable, shortened
from curvewise.views._fleet_page import fleet_page
from curvewise.views._formats import Cells, as_json, table_formats

COLUMNS = (
    "address", "diagnosis", "severity", "certainty", "deploy", "metric", "best", "best_low", "best_high",
    "step", "last", "steps", "epochs", "tokens", "problem",
)  # fmt: skip
SHOWN = 6
"""Lines of each part of the text."""
LONG = 16
"""Characters from which on the folder that all runs lie below is told once."""
LOOKS = 3
"""Runs that are worth a look."""


def _text(fleet: Fleet, style: Style) -> str:
    """Render what the runs say together, in about forty lines."""
    lines = (_wrapped(line, max(style.width, 60)) for line in _lines(fleet, SHOWN))
    return "\n".join(part for each in lines for part in each) + "\n"


def _wrapped(line: str, wide: int) -> list[str]:
    """Wrap a line, but never within an address."""
    return textwrap.wrap(
        printable(line, 2_000),
        wide,
        subsequent_indent=" " * 6,
        break_on_hyphens=False,
        break_long_words=False,
    ) or [""]


def _brief(fleet: Fleet, style: Style) -> str:
    """Render it in at most 2 kB."""
    del style  # it is the same everywhere
    return "".join(fitting(f"{shortened(line, 160)}\n" for line in _lines(fleet, 3) if line))


def _html(fleet: Fleet, style: Style) -> str:
    """Render a page with a table of all runs."""
    del style  # the page adapts itself to the reader
    return page_of(fleet, {})


def page_of(fleet: Fleet, reports: Mapping[str, str]) -> str:
    """Return a page with a table of all runs, which links to the reports of some by their addresses."""
    folder = shared(fleet.rows)
    return fleet_page(fleet, _opening(fleet, folder), list(_short(fleet, SHOWN, folder)), reports, folder)


def _lines(fleet: Fleet, most: int) -> Iterator[str]:
    folder = shared(fleet.rows)
    yield from _opening(fleet, folder)
    for title, lines in _short(fleet, most, folder):
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)


def _opening(fleet: Fleet, folder: str) -> tuple[str, str]:
    """Return the headline, and how much was read, from what folder."""
    headline = fleet.headline.replace(folder, "") if folder else fleet.headline
    return printable(headline, 400), _read(fleet) + (f"; all below {printable(folder)}" if folder else "")


def shared(rows: Sequence[FleetRow]) -> str:
    """Return the folder or store that all runs lie in, with its last sign; empty for one short to repeat.

    Examples
    --------
    >>> shared([FleetRow(address=f"/data/team/sweeps/lr={rate}/log.csv") for rate in (1, 2)])
    '/data/team/sweeps/'
    >>> shared([FleetRow(address=f"sweep/{name}.csv") for name in "ab"])
    ''
    >>> shared([FleetRow(address=f"tracking/mlflow.db#run{number}") for number in (1, 2)])
    'tracking/mlflow.db#'
    """
    addresses = [row.address for row in rows]
    first, last = min(addresses, default=""), max(addresses, default="")
    pairs = enumerate(zip(first, last, strict=False))
    alike = next((place for place, (one, other) in pairs if one != other), 0)
    folder = first[: max(first.rfind(mark, 0, alike) for mark in "/#") + 1]
    return folder if len(folder) >= LONG else ""


def _short(fleet: Fleet, most: int, folder: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts, with addresses from the folder on that all runs lie below."""
    for title, lines in _parts(fleet, most):
        yield title, [line.replace(folder, "") for line in lines] if folder else lines


def _read(fleet: Fleet) -> str:
    kinds = f"{len(fleet.refusals):,} kind{'s' * (len(fleet.refusals) > 1)}"
    why = f"; {fleet.refused:,} refused ({kinds})" if fleet.refused else ""
    count = sum(each.count for each in fleet.others)
    beside = f"; {count:,} other file{'s' * (count > 1)}" if count else ""
    return f"read {fleet.judged:,} of {_runs(fleet.found)}{why}{beside}"


def _parts(fleet: Fleet, most: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the title and the lines of each part that there is something to say in."""
    order = "; the safest first" * (len(fleet.leaders) > 1)
    better = f" ({fleet.better} is better; {_runs(fleet.compared)} compared{order})"
    alone = fleet.compared == 1
    leaders = _first((leader(each, alone=alone) for each in fleet.leaders), most)
    if fleet.tied > len(fleet.leaders):
        leaders.append(
            f"and {fleet.tied - len(fleet.leaders):,} more, which the noise cannot tell from these"
        )
    effects = _first((effect(each, fleet) for each in fleet.effects), most)
    if fleet.looked_at and not effects:
        effects.append(f"nothing does: looked at {abridged(list(fleet.looked_at), 8)}")
    told = (f"{each.count:>7,}  {each.name.replace('_', ' ')}" for each in fleet.diagnoses)
    parts = (
        ("Diagnoses", _first(told, most)),
        ("Worth a look", [f"{each.example}: {each.summary}" for each in _looks(fleet)]),
        (f"Best by {in_words(fleet.metric or '')}{better}", leaders),
        ("Not compared", _first(map(_counted, fleet.passed_over), most)),
        ("What separates good from bad", effects),
        ("Not read", _first(map(_unread, fleet.refusals), most)),
        ("Other files", _first(map(_counted, fleet.others), most)),
        (
            "Same values",
            _first((f"{len(each):>7,}  {abridged(list(each), 2)}" for each in fleet.duplicates), most),
        ),
        ("Next", _first((f"- {printable(each, 300)}" for each in fleet.next), most)),
    )
    yield from ((printable(title), lines) for title, lines in parts if lines)


def _looks(fleet: Fleet) -> list[Count]:
    """Return diagnoses of which a run is worth a look: the gravest first, and of those the rarest."""
    grave = [each for each in fleet.diagnoses if each.severity in SEVERITIES[:-1]]
    return sorted(grave, key=lambda each: (SEVERITIES.index(each.severity or "ok"), each.count))[:LOOKS]


def _counted(each: Count) -> str:
    return f"{each.count:>7,}  {printable(each.name)}, such as {each.example}"


def _unread(each: Count) -> str:
    return _counted(each) if each.count > 1 else f"{1:>7}  {each.example}: {printable(each.summary)}"


def _first(lines: Iterable[str], most: int) -> list[str]:
    known = list(lines)
    more = [f"and {len(known) - most:,} more"] if len(known) > most else []
    return known[:most] + more


def _runs(count: int) -> str:
    return f"{count:,} run{'s' * (count != 1)}"


def leader(each: Leader, *, alone: bool = False) -> str:
    """Say what may be the best."""
    interval = "" if each.low is None or each.high is None else f" ({each.low:.4g} to {each.high:.4g})"
    runs = f", {each.runs} runs" if each.runs > 1 else ""
    chance = "" if alone else f"{certainty(each.probability):>9} likely  "
    return f"{chance}{each.value:.4g}{interval}{runs}  {shortened(printable(each.name), 80)}"


def effect(each: Effect, fleet: Fleet) -> str:
    """Say what a hyperparameter does."""
    size = f"a factor of {each.effect:.3g}" if each.is_factor else f"{each.effect:.3g}"
    is_wider = each.validation_examples or (fleet.metric or "").startswith("train_")
    where = "" if is_wider else " on this validation set"
    is_better = f"{in_words(fleet.metric or '')} is {fleet.better} by {size}"
    return (
        f"{printable(each.name, 40)}: {is_better} at {each.better} than at {each.worse} "
        f"(90 % interval {each.low:.3g} to {each.high:.3g}{where}, p {each.p:.2g})"
    )


def _cells(fleet: Fleet) -> Cells:
    for row in fleet.rows:
        yield [_value(row, column) for column in COLUMNS]


def _value(row: FleetRow, column: str) -> str | float | None:
    value = getattr(row, column)
    return str(value).lower() if isinstance(value, bool) else value


def _json(fleet: Fleet, style: Style) -> str:
    """Write the summary; the rows are the table's."""
    return as_json(replace(fleet, rows=()), style)


fleet = View(
    name="fleet",
    formats={
        **table_formats(
            "Fleet", COLUMNS, _cells, lambda found: [line for line in _lines(found, SHOWN) if line]
        ),
        "html": _html,
        "text": _text,
        "brief": _brief,
        "json": _json,
    },
)
