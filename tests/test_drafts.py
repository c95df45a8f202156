"""A plug-in is two files: each kind is drafted in a copy of the tree, where everything passes unchanged.

    python tests/test_drafts.py FOLDER

copies the tree into a folder that is not there yet, drafts the plug-ins, and runs all of ``make check`` in
an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FUTURE = "from __future__ import annotations\n\n"
DRAFTS = {
    "src/curvewise/checks/drafted_check.py": '''"""The check `drafted_check`."""

from __future__ import annotations

from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(needs=("entropy",), kinds=("rft",))
def drafted_check(run: Run, *, most: float = 90.0) -> Finding:
    """Entropy is higher than any vocabulary allows.

    Parameters
    ----------
    most
        Entropy, in nats, that no vocabulary reaches: it would have more tokens than there are atoms.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> drafted_check(make_run(entropy=[1.0], kind="rft")).status
    'ok'
    """
    entropy = run["entropy"].finite()
    if not len(entropy):
        return Finding.unknown("No value of the entropy is finite.")
    highest = Evidence.of("entropy", "highest", float(entropy.value.max()), entropy, limit=most)
    if highest.value <= most:
        return Finding.ok("Entropy is one that a vocabulary allows.", highest)
    return Finding.warning("Entropy is too high.", highest, advice="Look at how it is logged.")
''',
    "tests/checks/test_drafted_check.py": FUTURE
    + """import pytest
from gallery import exhibit
from gallery.curves import steps
from gallery.jobs import series, trainer_rft

from curvewise import Run
from curvewise.checks.drafted_check import drafted_check
from curvewise.testing import make_run


@pytest.mark.parametrize(("entropy", "status"), [(90.0, "ok"), (91.0, "warning")])
def test_the_highest_entropy_counts(entropy: float, status: str) -> None:
    assert drafted_check(make_run(entropy=[1.0, entropy], kind="rft")).status == status


@exhibit("warning", group="rollouts")
def bits_of_a_sentence() -> Run:
    \"\"\"Since its update the trainer logs the entropy of whole answers, and not of a token.\"\"\"
    at = steps(400, 5)
    high = series(at, [400.0 - 0.2 * step for step in at.tolist()])
    return trainer_rft("whole-answers", lambda t: 0.4 + 0.0005 * t, seed=7, metrics={"entropy": high})
""",
    "src/curvewise/diagnoses/drafted_diagnosis.py": '''"""The diagnosis `drafted_diagnosis`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import Case, diagnosis


@diagnosis(rank=90, rests_on=("drafted_check",), kinds=("rft",))
def drafted_diagnosis(case: Case) -> Diagnosis | None:
    """The entropy is logged in another unit."""
    return case.diagnosis(case.said("Entropy of answers"), next=("Log the entropy of a token.",))
''',
    "tests/diagnoses/test_drafted_diagnosis.py": FUTURE
    + """import pytest

from curvewise.engine import analyze
from curvewise.testing import make_run


@pytest.mark.parametrize(("entropy", "told"), [(1.0, False), (200.0, True)])
def test_it_rests_on_its_check(entropy: float, told: bool) -> None:
    report = analyze(make_run(entropy=[entropy] * 20, train_mean_reward=[0.5] * 20, kind="rft"))
    assert any("drafted_check" in one.findings for one in (report.diagnosis, *report.also)) == told
""",
    "src/curvewise/formats/drafted_format.py": '''"""The format `drafted_format`."""

from __future__ import annotations

from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import file_format


@file_format(
    title="Drafted file",
    recognised_by="the whole of its content",
    recognise=lambda document: document.data == b"drafted\\n",
)
def drafted_format(document: Document) -> Run:
    """Read a run without metrics."""
    del document  # there is nothing in it
    return Run(name="drafted")
''',
    "tests/formats/test_drafted_format.py": FUTURE
    + """from curvewise.formats.drafted_format import drafted_format
from curvewise.parsing.document import Document

EXAMPLE = b"drafted\\n"


def test_it_is_read() -> None:
    assert drafted_format(Document("a", EXAMPLE)).name == "drafted"
""",
    "src/curvewise/selection/drafted_selector.py": '''"""The selector `drafted_selector`."""

from __future__ import annotations

from curvewise.model.run import Run
from curvewise.model.selection import Selection
from curvewise.plugin import selector
from curvewise.selection.lowest_loss import lowest_loss


@selector(kinds=("sft",), needs=("drafted_score",))
def drafted_selector(run: Run) -> Selection:
    """Choose by the loss."""
    return lowest_loss(run)
''',
    "tests/selection/test_drafted_selector.py": FUTURE
    + """from curvewise.selection.drafted_selector import drafted_selector
from curvewise.testing import make_run


def test_it_serves_runs_with_its_metric() -> None:
    assert drafted_selector.serves(make_run(kind="sft", metrics={"drafted_score": [1.0]}))
    assert not drafted_selector.serves(make_run(kind="sft", train_loss=[1.0]))
""",
    "src/curvewise/reports/drafted_report.py": '''"""The output format `drafted_report`."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.text import printable


@reporter(name="drafted_report", media_type="text/plain", endings=(".drafted",))
def drafted_report(reports: Sequence[Report], style: Style) -> str:
    """Write one line a run."""
    del style  # there is none
    return "".join(f"{printable(report.headline, 200)}\\n" for report in reports)
''',
    "tests/reports/test_drafted_report.py": FUTURE
    + """from curvewise.engine import analyze
from curvewise.reports.drafted_report import drafted_report
from curvewise.testing import make_run


def test_a_line_a_run() -> None:
    assert drafted_report([analyze(make_run(train_loss=[1.0]))]).count("\\n") == 1
""",
    "src/curvewise/sources/drafted_source.py": '''"""The source `drafted_source`."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.model.run import Run
from curvewise.plugin.source import Place, RunEntry, source


@source(
    title="Drafted place",
    recognised_by="a folder with a file drafted.txt",
    recognise=lambda place: "drafted.txt" in place.names,
)
def drafted_source(place: Place) -> Iterator[RunEntry]:
    """List one run without metrics."""
    yield RunEntry(place.path.name, lambda: Run(name="drafted"))
''',
    "tests/sources/test_drafted_source.py": FUTURE
    + """from pathlib import Path

from curvewise.plugin.source import Place
from curvewise.sources.drafted_source import drafted_source


def places(folder: Path) -> list[str]:
    (folder / "drafted.txt").touch()
    return [str(folder)]


def test_it_holds_one_run(tmp_path: Path) -> None:
    (path,) = places(tmp_path)
    assert len(list(drafted_source.runs(Place(path)))) == 1
""",
}


def draft(copy: Path) -> None:
    """Copy the tree, and add the drafts to it: two files each, and nothing is edited."""
    names = (".git", ".venv", "node_modules", "build", "site", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*names))
    for name, content in DRAFTS.items():
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text(content, encoding="utf-8")


def run(copy: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}", "CI": "true"}
    done = subprocess.run(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_six_plugins_of_two_files_each_pass_without_an_edit(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    draft(copy)
    python = sys.executable
    new = list(DRAFTS)
    run(copy, python, "-m", "ruff", "check", "--no-cache", *new)
    run(copy, python, "-m", "ruff", "format", "--no-cache", "--check", *new)
    run(copy, python, "scripts/generate_docs.py", "--check")
    tests = [name for name in new if name.startswith("tests/")]
    pytest = (python, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    run(copy, *pytest, *tests)
    run(copy, *pytest, "tests/test_contracts.py", "tests/gallery/test_gallery.py", "-k", "drafted")


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    draft(target)
    sys.exit(subprocess.run(["make", "check"], cwd=target, check=False).returncode)
