from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from curvewise.providers._account import Account
from curvewise.providers._environment import azure_account, openai_account
from curvewise.providers._fine_tuning_api import FineTuningApi
from tests.standin import Standin
from tests.standin.fixtures import point_at

CANARY = "sk-canary-0123456789abcdef-WXYZ"

Connect = Callable[..., FineTuningApi]


@pytest.fixture(autouse=True)
def no_credentials(environment: pytest.MonkeyPatch) -> None:
    """Keep what the environment holds from every test here."""


@pytest.fixture
def connect(environment: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connect to a stand-in, or with an account, without retries; closed at the end of the test."""
    open_services: list[FineTuningApi] = []

    def connected(to: Standin | Account, **options: float) -> FineTuningApi:
        settings = {"max_retries": 0, **options}
        service = FineTuningApi(account_of(to, environment), **settings)  # type: ignore[arg-type]  # by name
        open_services.append(service)
        return service

    yield connected
    for service in open_services:
        service.close()


def account_of(to: Standin | Account, environment: pytest.MonkeyPatch) -> Account:
    if isinstance(to, Account):
        return to
    point_at(to, environment)
    return openai_account() if "OPENAI_BASE_URL" in to.environment() else azure_account()
