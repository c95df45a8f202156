"""The runs of a unit become rows: read, judged, and written down in one line each."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath

import msgspec

from curvewise.comparison.rows import entries as compared_rows
from curvewise.config import Profile
from curvewise.engine import analyze
from curvewise.errors import CurvewiseError, UsageError
from curvewise.fleet.finding import Unit, entries
from curvewise.loading import load_all, open_run
from curvewise.model.fleet import NO_METRICS, FleetRow, Setting
from curvewise.model.run import Run
from curvewise.parsing.decoding import read_metrics
from curvewise.parsing.document import Document
from curvewise.plugin.file_format import format_of
from curvewise.plugin.source import Place, RunEntry
from curvewise.stats.quantiles import Z90
from curvewise.text import printable
from curvewise.version import VERSION

RATE, MISSED = "learning_rate", 0.03
"""A metric and a hyperparameter, and the share by which a log may miss its peak: rates that are set have two
digits, which differ by 5 % or more below 2, and a linear schedule that is logged from a 33rd of the run on is
down by 3 %."""
_STATES_RATE = re.compile(r"(?:.*[._/-])?(?:lr|learning_?rate(?:_multiplier)?)", re.IGNORECASE)
_SETTING = re.compile(r"([A-Za-z_][\w.]*)=([^,/\\#=]+)")
_ENDING = re.compile(r"(\.[A-Za-z]\w*)+$")
_NAMED = re.compile(
    r"\.(?:csv|tsv|jsonl|ndjson|log|out|err)\b"
    r"|(?<![a-z])(?:metrics?|loss(?:es)?|history|train(?:ing|er)?|eval(?:uation)?|valid(?:ation)?|events?|scalars?"
    r"|results?|progress|curves?|logs?|stdout|stderr)(?![a-z])"
)
"""What stands in the name of a file that may hold metrics, or what a run printed."""
PART = 1 << 16
"""Bytes that are read at once to hash a file."""
_NUMBERS = re.compile(r"'[^']*'|\"[^\"]*\"|\S*\d\S*")


class Rules(msgspec.Struct, frozen=True):
    """How all runs of a fleet are judged.

    Parameters
    ----------
    profile
        Thresholds that differ from the checks' defaults.
    by
        Metric to choose checkpoints by; None for what each run says.
    root
        The folder that paths start from, where another machine judges; empty for that of this process.
    version
        Of curvewise where the rules come from.
    """

    profile: Profile = Profile()
    by: str | None = None
    root: str = ""
    version: str = VERSION

    @property
    def mark(self) -> str:
        """What tells rows of these rules, and of this version of curvewise, from others."""
        checks = msgspec.json.encode([self.profile.checks, self.by], order="sorted")
        return f"{VERSION}-{hashlib.blake2b(checks, digest_size=4).hexdigest()}"


def judge(units: Sequence[Unit], rules: Rules) -> list[FleetRow | Unit]:
    """Judge the runs of some units; a file that is what it was when it was judged earlier is given back."""
    if rules.version != VERSION:
        problem = f"the worker has curvewise {VERSION}, and not {rules.version}"
        return [refused(unit.address, CurvewiseError(problem, hint="install the same")) for unit in units]
    judged: list[FleetRow | Unit] = []
    for unit in units:
        digest = _digest(unit, rules.root)
        if digest and digest == unit.digest:
            judged.append(unit)
        else:
            judged.extend(_stamped(row, unit, digest) for row in _rows(unit, rules))
    return judged


def refused(address: str, error: CurvewiseError) -> FleetRow:
    """Return the row of a run that cannot be read."""
    problem, shown = printable(error.problem, 400), Place(address).shown
    return FleetRow(address=shown, file=shown, problem=problem, refusal=_NUMBERS.sub("…", problem)[:120])


def _stamped(row: FleetRow, unit: Unit, digest: str) -> FleetRow:
    return msgspec.structs.replace(row, file=Place(unit.path).shown, stamp=unit.stamp, digest=digest)


def _digest(unit: Unit, root: str) -> str:
    path = _at(unit.path, root)
    return _hashed(path, unit.stamp) if unit.stamp and not os.path.isdir(path) else ""  # noqa: PTH112 - never raises


@lru_cache(maxsize=1)
def _hashed(path: str, stamp: str) -> str:  # noqa: ARG001 - a file of another size or time is another file
    """Return the hash of a file, once for all runs that it holds; empty where it cannot be read."""
    found = hashlib.blake2b(digest_size=16)
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - of each of many files
            while part := file.read(PART):
                found.update(part)
    except OSError:
        return ""
    return found.hexdigest()


def _rows(unit: Unit, rules: Rules) -> Iterator[FleetRow]:
    errors: list[CurvewiseError] = []
    try:
        for address, run in _runs(unit, rules.root, errors):
            try:
                yield row_of(address, run, rules)
            except UsageError:  # it has no metric of the name that is asked for
                yield _without_choice(row_of(address, run, Rules(rules.profile)))
    except CurvewiseError as error:
        errors.append(error)
    except Exception as error:  # one run of a million that breaks a reader must not stop the others
        problem = f"reading it failed: {type(error).__name__}: {printable(str(error), 200)}"
        yield refused(unit.address, CurvewiseError(problem, hint="please report it with the file"))
    for each in errors:
        file = (each.file or unit.address).removeprefix(os.path.join(rules.root, ""))  # noqa: PTH118 - a text
        place = _at(unit.path, rules.root)
        if "://" in place or may_be_run(place if len(errors) == 1 else each.file or place):
            yield refused(unit.address if len(errors) == 1 else file, each)
        else:
            yield msgspec.structs.replace(refused(file, each), refusal=NO_METRICS)


def may_be_run(path: str) -> bool:
    """Whether what cannot be read may be a run: it is named as metrics or logs are, known, or a table."""
    place = Place(path)
    if not place.is_folder:
        return _NAMED.search(PurePath(path).name.lower()) is not None or _is_known(path)
    files, is_claimed = place.listing.files, not (place.source and place.source.generic)
    return is_claimed or not files or any(map(may_be_run, files))


def _is_known(path: str) -> bool:
    """Whether a format recognises a file, or it is a table, or cannot be looked at."""
    try:
        document = Document(path, read_metrics(path))
        return format_of(document) is not None or bool(document.columns)
    except Exception:  # what breaks a reader must not stop the others, and may be a run
        return True


def _without_choice(row: FleetRow) -> FleetRow:
    fields = ("metric", "step", "model", "best", "best_low", "best_high", "error", "last")
    return msgspec.structs.replace(row, **dict.fromkeys(fields))


def _at(path: str, root: str) -> str:
    """Return where a path or an address lies."""
    return path if "://" in path else os.path.join(root, path)  # noqa: PTH118 - a path as text


def _runs(unit: Unit, root: str, errors: list[CurvewiseError]) -> Iterator[tuple[str, Run]]:
    place = _at(unit.path, root)
    if unit.name:
        found, listed = _entries(place)
        yield unit.address, open_run(found, listed[unit.name], unit.address)
        return
    for run in load_all(place, on_error=errors.append):
        yield run.source.removeprefix(place[: len(place) - len(unit.path)]) or unit.address, run


@lru_cache(maxsize=2)
def _entries(path: str) -> tuple[Place, dict[str, RunEntry]]:
    """List the runs of a place once for all of them that a worker judges."""
    place = Place(path)
    return place, dict(entries(place))


def row_of(address: str, run: Run, rules: Rules = Rules()) -> FleetRow:  # noqa: B008 - it is immutable
    """Judge a run and write down what matters of it beside others."""
    report = analyze(run, profile=rules.profile, by=rules.by)
    entry = compared_rows([report])[0]
    row, diagnosis = entry.row, report.diagnosis
    reach = None if row.best_value is None or row.best_error is None else Z90 * row.best_error
    return FleetRow(
        address=address,
        name=report.run.name,
        run_id=report.run.id,
        kind=report.run.kind,
        base_model=report.run.base_model,
        status=report.run.status,
        hyperparameters=_hyperparameters(address, run, report.run.hyperparameters),
        diagnosis=diagnosis.name,
        severity=diagnosis.severity,
        certainty=diagnosis.certainty,
        summary=diagnosis.summary,
        deploy=diagnosis.deploy,
        metric=row.metric,
        higher_is_better=entry.higher_is_better,
        step=row.best_step,
        model=row.best_model,
        best=row.best_value,
        best_low=None if reach is None or row.best_value is None else row.best_value - reach,
        best_high=None if reach is None or row.best_value is None else row.best_value + reach,
        error=entry.error,
        last=row.final_value,
        steps=row.steps,
        epochs=row.epochs,
        tokens=row.tokens,
        validation_examples=report.run.validation_examples,
        findings={finding.check: finding.status for finding in report.findings},
        content=_content(run),
    )


def _hyperparameters(address: str, run: Run, known: Mapping[str, Setting]) -> dict[str, Setting]:
    """Gather what the path and the source state; of a learning rate that neither does, the logged peak."""
    stated = {**_settings(address), **known}
    if RATE not in run.metrics or any(map(_STATES_RATE.fullmatch, stated)):
        return stated
    peak = peak_of(run[RATE].finite().value.tolist())
    return {RATE: peak, **stated} if peak else stated


def peak_of(rates: Sequence[float]) -> float | None:
    """Return the peak of a schedule, of which a log just misses it: the near number with few digits.

    A log that ends while the rate still rises does not tell it.

    Examples
    --------
    >>> peak_of([1e-06, 9.9e-05, 5e-05]), peak_of([1.4134e-05, 1e-05]), peak_of([1e-06, 2e-06])
    (0.0001, 1.4e-05, None)
    """
    peak = max(rates, default=0.0)
    if len(rates) > 1 and rates[-2] < rates[-1] == peak:
        return None
    near = (float(f"{peak:.{digits}e}") for digits in (0, 1, 3))
    return next(each for each in near if abs(each - peak) <= MISSED * peak) if peak > 0 else None


def _settings(address: str) -> dict[str, Setting]:
    """Return the hyperparameters that a path states, as Hydra and many scripts name their folders.

    Examples
    --------
    >>> _settings("sweep/seed=3/lr=0.001,wd=0.1"), _settings("lr=0.001.csv")
    ({'seed': 3.0, 'lr': 0.001, 'wd': 0.1}, {'lr': 0.001})
    """
    return {name: setting(value) for name, value in _SETTING.findall(_ENDING.sub("", address))}


def setting(text: str) -> Setting:
    """Read a hyperparameter that is written as text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _content(run: Run) -> str:
    """Return a hash of all values of a run."""
    found = hashlib.blake2b(digest_size=12)
    for name in sorted(run.metrics):
        series = run[name]
        found.update(name.encode("utf-8", "replace"))
        found.update(series.step.tobytes())
        found.update(series.value.tobytes())
    return found.hexdigest() if run.metrics else ""
