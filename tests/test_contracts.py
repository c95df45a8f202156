"""Every plug-in keeps the contract of its kind, and every plug-in has a test of its own name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import curvewise
from curvewise import plugin
from curvewise.engine import choose
from curvewise.joining import read
from curvewise.model.metrics import find
from curvewise.model.run import Run
from curvewise.model.selection import Selection
from curvewise.parsing.document import Document
from curvewise.plugin.needs import names_in
from curvewise.plugin.source import sources
from curvewise.testing import (
    assert_check_contract,
    assert_format_contract,
    assert_reporter_contract,
    assert_selector_contract,
    assert_source_contract,
    make_run,
)

PACKAGE = Path(curvewise.__file__).parent
TESTS = Path(__file__).parent


def modules_of(area: str) -> list[ModuleType]:
    """The tests of the plug-ins of one kind."""
    names = [file.stem for file in sorted((TESTS / area).glob("test_*.py"))]
    return [import_module(f"tests.{area}.{name}") for name in names]


SAMPLES = [file.read_bytes() for file in sorted((TESTS.parent / "examples").glob("*-*/*.*"))] + [
    module.EXAMPLE for module in modules_of("formats") if hasattr(module, "EXAMPLE")
]
"""A file for every format: those of the examples, and the `EXAMPLE` that the test of a format holds."""


@pytest.mark.parametrize("kinds", sorted({check.kinds for check in plugin.checks().values()}), ids="-".join)
def test_checks(kinds: tuple[str, ...]) -> None:
    assert_check_contract(*(check for check in plugin.checks().values() if check.kinds == kinds))


@pytest.mark.parametrize("name", plugin.checks())
def test_a_check_declares_metrics_of_the_catalogue(name: str) -> None:
    check = plugin.checks()[name]
    unknown = [metric for metric in {*names_in(check.needs), *check.uses} if find(metric) is None]
    assert not unknown


@pytest.mark.parametrize("name", plugin.formats())
def test_format(name: str) -> None:
    own = [sample for sample in SAMPLES if _reader(sample) == name]
    assert own, f"no sample is a {name} file: give tests/formats/test_{name}.py an EXAMPLE"
    assert_format_contract(plugin.formats()[name], own, [sample for sample in SAMPLES if sample not in own])


def _reader(sample: bytes) -> str:
    (name,) = read(Document("sample", sample)).formats
    return name


@pytest.mark.parametrize("name", plugin.selectors())
def test_selector(name: str) -> None:
    assert_selector_contract(plugin.selectors()[name])


@pytest.mark.parametrize("name", sources())
def test_source(name: str, tmp_path: Path, nowhere: None) -> None:
    places = {each: _places(each, tmp_path / each) for each in sources()}
    others = [place for each in places if each != name for place in places[each]]
    assert_source_contract(sources()[name], places[name], others)


@pytest.fixture
def nowhere(environment: pytest.MonkeyPatch) -> None:
    """Let addresses lead to a port of this machine where nobody listens."""
    for variable in ("HF_ENDPOINT", "AWS_ENDPOINT_URL", "GOOGLE_BASE_URL", "WANDB_BASE_URL"):
        environment.setenv(variable, "http://127.0.0.1:9")
    environment.setenv("WANDB_API_KEY", "of nobody")
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    environment.setenv("NO_GCE_CHECK", "true")
    environment.setattr("curvewise.sources._tries.sleep", lambda _: None)
    environment.setattr("curvewise.sources._object_stores.RETRIES", {"max_retries": 0})
    environment.setattr("time.sleep", lambda _: None)  # by which the client of the Hub waits


def _places(name: str, folder: Path) -> list[str]:
    """Lay out the places that the test of a source gives as examples."""
    folder.mkdir()
    places: list[str] = import_module(f"tests.sources.test_{name}").places(folder)
    return places


def test_every_kind_has_a_selector_that_needs_nothing() -> None:
    kinds = [kind for found in plugin.selectors().values() if not found.needs for kind in found.kinds]
    assert set(kinds) == {"dpo", "rft", "sft"}


def test_the_selector_with_the_most_needs_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    @plugin.selector(kinds=("sft",), needs=("full_valid_accuracy",))
    def highest_accuracy(run: Run) -> Selection:
        return Selection(best=None, reason=f"Chosen for {run.name}.")

    known = {**plugin.selectors(), highest_accuracy.name: highest_accuracy}
    monkeypatch.setattr(plugin, "selectors", lambda: known)
    losses = {"train_loss": [2.0, 1.0], "full_valid_loss": [2.0, 1.5]}
    assert choose(make_run(name="a", metrics=losses)).reason != "Chosen for a."
    better = {**losses, "full_valid_accuracy": [0.1, 0.2]}
    assert choose(make_run(name="b", metrics=better)).reason == "Chosen for b."


@pytest.mark.parametrize("name", plugin.reporters())
def test_reporter(name: str) -> None:
    assert_reporter_contract(plugin.reporters()[name])


@pytest.mark.parametrize(
    "module",
    [
        file.relative_to(PACKAGE)
        for area in ("checks", "formats", "selection", "sources")
        for file in sorted((PACKAGE / area).glob("[!_]*.py"))
    ],
    ids=str,
)
def test_a_plugin_has_a_test_of_its_name(module: Path) -> None:
    assert (TESTS / module.parent / f"test_{module.name}").is_file()
