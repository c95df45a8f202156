from __future__ import annotations

import importlib
import sys

import pytest

from curvewise.errors import MissingExtraError
from curvewise.extras import load_extra
from curvewise.plugin import providers
from tests.providers.conftest import CANARY


def test_without_the_sdk_of_openai_the_extra_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setitem(sys.modules, "openai", None)
    environment.setenv("OPENAI_API_KEY", CANARY)
    with pytest.raises(MissingExtraError) as caught:
        providers()["openai"].connect()
    assert caught.value.problem == "the package `openai` is not installed"
    assert caught.value.hint == "pip install 'curvewise[openai]'"
    environment.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com")
    environment.setenv("AZURE_OPENAI_API_KEY", CANARY)
    with pytest.raises(MissingExtraError) as caught:
        providers()["azure"].connect()
    assert caught.value.hint == "pip install 'curvewise[azure]'"


@pytest.mark.parametrize("absent", ["azure", "azure.identity"])
def test_without_a_key_and_the_package_of_entra_both_ways_out_are_named(
    environment: pytest.MonkeyPatch, absent: str
) -> None:
    environment.delitem(sys.modules, "azure.identity", raising=False)
    environment.setitem(sys.modules, absent, None)
    environment.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com")
    with pytest.raises(MissingExtraError) as caught:
        providers()["azure"].connect()
    assert caught.value.problem == "the package `azure-identity` is not installed"
    assert "set AZURE_OPENAI_API_KEY" in caught.value.hint
    assert "pip install 'curvewise[azure]'" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "problem", "hint"),
    [
        (ModuleNotFoundError(name="httpx2"), "needs `httpx2`, which is not installed", "pip install 'curve"),
        (ImportError("cannot import name 'x'"), "is broken, or too old", "pip install --upgrade"),
    ],
)
def test_a_package_that_cannot_be_imported_is_not_called_absent(
    environment: pytest.MonkeyPatch, error: ImportError, problem: str, hint: str
) -> None:
    def fail(_name: str) -> None:
        raise error

    environment.setattr(importlib, "import_module", fail)
    with pytest.raises(MissingExtraError, match=problem) as caught:
        load_extra("openai", "openai", "openai")
    assert hint in caught.value.hint
    assert caught.value.__context__ is None
