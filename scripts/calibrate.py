"""Measure what thresholds and fitted models rest on; ``--check`` fails when a stated figure is out of date.

    python scripts/calibrate.py [TOPIC ...] [--bench DIR] [--check]

Each module of ``scripts/calibration`` that has a function ``calibrate(data) -> Figures`` is a topic. Without
``--check`` the figures are written to ``scripts/calibration/figures.json``.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))  # the topics read runs as benchmarks/accuracy does

import calibration  # noqa: E402 - after the path that its modules need
from calibration.figures import Figure, Figures  # noqa: E402 - as above

STORE = ROOT / "scripts" / "calibration" / "figures.json"
BENCH = ROOT.parent / "shared" / "bench"


def topics() -> dict[str, Path]:
    """Return the modules that calibrate something, by name."""
    folder = Path(calibration.__file__).parent
    names = [module.name for module in pkgutil.iter_modules([str(folder)])]
    files = {name: folder / f"{name}.py" for name in names}
    return {name: file for name, file in files.items() if "\ndef calibrate(" in file.read_text()}


def stored() -> dict[str, Figures]:
    """Return the figures as they were written last, by topic."""
    if not STORE.is_file():
        return {}
    return msgspec.json.decode(STORE.read_bytes(), type=dict[str, Figures])


def store(figures: dict[str, Figures]) -> None:
    """Write the figures, rounded as they are stated."""
    rounded = {
        topic: [msgspec.structs.replace(one, **_rounded(one)) for one in own]
        for topic, own in sorted(figures.items())
    }
    STORE.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=1) + b"\n")


def _rounded(figure: Figure) -> dict[str, object]:
    interval = figure.interval and tuple(round(end, figure.digits) for end in figure.interval)
    return {"value": round(figure.value, figure.digits), "interval": interval}


def complaints(topic: str, measured: Figures, known: Figures) -> list[str]:
    """Say what is out of date: figures that were stored otherwise, and files that state something else."""
    texts = {figure.name: figure.text for figure in known}
    wrong = [
        f"{topic}: {figure.name} is {figure.text}; stored is {texts.get(figure.name, 'nothing')}"
        for figure in measured
        if texts.get(figure.name) != figure.text
    ]
    wrong += [f"{topic}: {name} is stored and no longer measured" for name in texts.keys() - _names(measured)]
    return wrong + [
        f"{file} does not state {figure.text} ({topic}: {figure.name})"
        for figure in measured
        for file in figure.cited
        if figure.text not in (ROOT / file).read_text()
    ]


def _names(figures: Figures) -> set[str]:
    return {figure.name for figure in figures}


def main() -> int:
    """Run the topics."""
    known = topics()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--bench", type=Path, default=BENCH, help="folder that holds score.py and its data")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    if unknown := sorted(set(options.topics) - set(known)):
        parser.error(f"there is no topic {unknown[0]}; expected one of {', '.join(known)}")
    if not (options.bench / "score.py").is_file():
        print(f"skipped: no score.py in {options.bench}; name its folder with --bench DIR")
        return 0
    figures, wrong = stored(), []
    for topic in options.topics or known:
        print(f"{topic}", flush=True)
        measured: Figures = importlib.import_module(f"calibration.{topic}").calibrate(options.bench)
        for figure in measured:
            print(f"  {figure.name}: {figure.words()}. {figure.note}", flush=True)
        wrong += complaints(topic, measured, figures.get(topic, ()) if options.check else measured)
        figures[topic] = measured
    if not options.check:
        store(figures)
    for line in wrong:
        print(f"out of date: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
