"""Every plug-in keeps the contract of its kind, and every plug-in has a test of its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

import curvewise
from curvewise import plugin
from curvewise.engine import read
from curvewise.model.metrics import find
from curvewise.reading.document import Document
from curvewise.testing import assert_check_contract, assert_format_contract, assert_selector_contract

PACKAGE = Path(curvewise.__file__).parent
TESTS = Path(__file__).parent
SAMPLES = sorted((TESTS.parent / "examples").glob("*-*/*.*"))


@pytest.mark.parametrize("name", plugin.checks())
def test_check(name: str) -> None:
    assert_check_contract(plugin.checks()[name])


@pytest.mark.parametrize("name", plugin.checks())
def test_a_check_declares_metrics_of_the_catalogue(name: str) -> None:
    check = plugin.checks()[name]
    declared = {metric for need in check.needs for metric in ((need,) if isinstance(need, str) else need)}
    unknown = [metric for metric in sorted(declared | set(check.uses)) if find(metric) is None]
    assert not unknown


@pytest.mark.parametrize("name", plugin.formats())
def test_format(name: str) -> None:
    own = [file.read_bytes() for file in SAMPLES if _reader(file) == name]
    others = [file.read_bytes() for file in SAMPLES if _reader(file) != name]
    assert_format_contract(plugin.formats()[name], own, others)


def test_exactly_one_format_recognises_a_sample() -> None:
    for file in SAMPLES:
        document = Document(str(file), file.read_bytes())
        names = [
            name for name, candidate in plugin.formats().items()
            if not candidate.generic and candidate.recognise(document)
        ]  # fmt: skip
        assert len(names) <= 1, file


def _reader(file: Path) -> str:
    (name,) = read(Document(str(file), file.read_bytes())).formats
    return name


@pytest.mark.parametrize("name", plugin.selectors())
def test_selector(name: str) -> None:
    assert_selector_contract(plugin.selectors()[name])


def test_exactly_one_selector_serves_each_kind() -> None:
    kinds = [kind for selector in plugin.selectors().values() for kind in selector.kinds]
    assert sorted(kinds) == ["dpo", "rft", "sft"]


@pytest.mark.parametrize(
    "module",
    [
        file.relative_to(PACKAGE)
        for area in ("checks", "formats", "selection")
        for file in sorted((PACKAGE / area).glob("[!_]*.py"))
    ],
    ids=str,
)
def test_a_plugin_has_a_test_of_its_name(module: Path) -> None:
    assert (TESTS / module.parent / f"test_{module.name}").is_file()
