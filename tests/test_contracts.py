"""Every plug-in keeps the contract of its kind, and every plug-in has a test of its own name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import curvewise
from curvewise import plugin
from curvewise.loading import read
from curvewise.model.metrics import find
from curvewise.parsing.document import Document
from curvewise.plugin.source import sources
from curvewise.testing import (
    assert_check_contract,
    assert_format_contract,
    assert_selector_contract,
    assert_source_contract,
)

PACKAGE = Path(curvewise.__file__).parent
TESTS = Path(__file__).parent
SAMPLES = [file.read_bytes() for file in sorted((TESTS.parent / "examples").glob("*-*/*.*"))] + [
    b"epoch,loss,val_loss\n0,2.0,2.1\n1,1.5,1.8\n",
    b'"Step","r - train/loss","r - train/loss__MIN","r - train/loss__MAX"\n"5","2.5","2.5","2.5"\n',
    b"1628697792090 3.5 0\n1628697795789 NaN 1\n",
    b'{"current_steps": 10, "total_steps": 20, "loss": 2.0, "lr": 1e-05, "epoch": 0.5, "percentage": 50.0}\n',
    b'{"step": 0, "train_mean_nll": 2.5, "progress": 0.0}\n',
    b'{"name": "000020", "batch": 20, "sampler_path": "tinker://run/sampler_weights/000020"}\n',
    b"Loading.\n 5%|#  | 5/100 [0<2]\nstep 5: train loss 2.0, val loss 2.1\n{'loss': nan, 'epoch': 0.5}\n",
    b"| Step | Training Loss | Wer |\n|:---:|:---:|---|\n| 10 | No log | 9.5 |\n| 20 | 1.5 | 9.1 |\n",
    b'{"nbformat": 4, "cells": [{"outputs": [{"output_type": "stream", "text": "step 1: loss 2.0"}]}]}',
]
"""A file for every format: those of the examples, and one for each format that no example has."""


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
    own = [sample for sample in SAMPLES if _reader(sample) == name]
    assert own, f"no sample is a {name} file"
    assert_format_contract(plugin.formats()[name], own, [sample for sample in SAMPLES if sample not in own])


def _reader(sample: bytes) -> str:
    (name,) = read(Document("sample", sample)).formats
    return name


@pytest.mark.parametrize("name", plugin.selectors())
def test_selector(name: str) -> None:
    assert_selector_contract(plugin.selectors()[name])


@pytest.mark.parametrize("name", sources())
def test_source(name: str, tmp_path: Path) -> None:
    places = {each: _places(each, tmp_path / each) for each in sources()}
    others = [place for each in places if each != name for place in places[each]]
    assert_source_contract(sources()[name], places[name], others)


def _places(name: str, folder: Path) -> list[str]:
    """Lay out the places that the test of a source gives as examples."""
    folder.mkdir()
    places: list[str] = import_module(f"tests.sources.test_{name}").places(folder)
    return places


def test_exactly_one_selector_serves_each_kind() -> None:
    kinds = [kind for selector in plugin.selectors().values() for kind in selector.kinds]
    assert sorted(kinds) == ["dpo", "rft", "sft"]


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
