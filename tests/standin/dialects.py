"""Where OpenAI and Azure OpenAI differ: names, orders, and what neither says in its specification."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Literal

import msgspec

from curvewise.errors import UsageError
from tests.standin.script import JobScript

DialectName = Literal["openai", "azure"]
FileName = Literal["training", "validation", "results"]
ListName = Literal["jobs", "events", "checkpoints"]
Order = Literal["newest_first", "oldest_first"]
Deviation = Literal[
    "null_error",
    "empty_error",
    "pending",
    "paused",
    "null_lists",
    "minus_one",
    "null_hyperparameters",
    "moderation_checks",
]
"""What real services send and their specification does not allow.

``null_error`` and ``empty_error``: a healthy job has an error object, of nulls or empty. ``pending``: the
status before a job runs. ``paused``: the status of a paused job, which else says ``queued``. ``null_lists``:
no organisation, result files and integrations. ``minus_one``: -1 for hyperparameters that are not chosen yet.
``null_hyperparameters``: for any method but supervised. ``moderation_checks``: a third type of event.
"""

LISTS: tuple[ListName, ...] = ("jobs", "events", "checkpoints")

_DEVIATIONS: Mapping[DialectName, frozenset[Deviation]] = {
    "openai": frozenset(("null_error", "paused", "null_hyperparameters", "moderation_checks")),
    "azure": frozenset(
        ("empty_error", "pending", "paused", "null_lists", "minus_one", "null_hyperparameters")
    ),
}
_ORDER: Mapping[DialectName, Order] = {"openai": "newest_first", "azure": "oldest_first"}
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Dialect(msgspec.Struct, frozen=True):
    """How a stand-in speaks.

    Parameters
    ----------
    name
        Whose dialect it is.
    order
        Of each list.
    deviations
        Those that it shows.
    """

    name: DialectName
    order: Mapping[ListName, Order]
    deviations: frozenset[Deviation]

    @property
    def is_azure(self) -> bool:
        """Whether it is Azure's."""
        return self.name == "azure"

    def job_id(self, script: JobScript) -> str:
        """Return the id of a job."""
        return f"ftjob-{self._digest(script.name, 'job')}"

    def file_id(self, script: JobScript, what: FileName) -> str:
        """Return the id of one of its files."""
        return f"file-{self._digest(script.name, what, length=22)}"

    def event_id(self, script: JobScript, what: str) -> str:
        """Return the id of an event."""
        return f"ftevent-{self._digest(script.name, 'event', what)}"

    def checkpoint_id(self, script: JobScript, step: int) -> str:
        """Return the id of a checkpoint."""
        prefix = "ftchkpt-" if self.is_azure else "ftckpt_"
        return f"{prefix}{self._digest(script.name, 'checkpoint', str(step))}"

    def model(self, script: JobScript, step: int | None = None) -> str:
        """Return the name of the tuned model, or of its checkpoint after a step.

        Examples
        --------
        >>> job = JobScript(name="x", suffix="tickets")
        >>> make_dialect("openai").model(job, 20)
        'ft:gpt-4o-mini-2024-07-18:acme:tickets:pcpqWskn:ckpt-step-20'
        >>> make_dialect("azure").model(job, 20)
        'gpt-4o-mini-2024-07-18.ft-fb60cc27822c1abc46f69fbc8e28a016-tickets:ckpt-step-20'
        """
        saved = "" if step is None else f":ckpt-step-{step}"
        if self.is_azure:
            suffix = f"-{script.suffix}" if script.suffix else ""
            return f"{script.base_model}.ft-{self._digest(script.name, 'model')}{suffix}{saved}"
        own = self._digest(script.name, "model", saved, length=8)
        return f"ft:{script.base_model}:acme:{script.suffix}:{own}{saved}"

    def _digest(self, *parts: str, length: int = 24) -> str:
        return _digest("/".join(parts), 0 if self.is_azure else length)


@lru_cache(maxsize=20_000)
def _digest(text: str, letters: int) -> str:
    """Return so many letters and digits for a text; 32 hexadecimal digits for 0."""
    from hashlib import sha256

    digest = sha256(text.encode("utf-8", "surrogatepass"))
    if letters == 0:
        return digest.hexdigest()[:32]
    return "".join(_ALPHANUMERIC[byte % len(_ALPHANUMERIC)] for byte in digest.digest()[:letters])


def make_dialect(
    name: DialectName,
    order: Order | Mapping[ListName, Order] | None = None,
    deviations: Collection[Deviation] | None = None,
) -> Dialect:
    """Make a dialect.

    Parameters
    ----------
    name
        ``"openai"`` or ``"azure"``.
    order
        Of all lists, or of some; None and lists that are not named: as the service.
    deviations
        None: as the service; empty: exactly what its specification says.

    Raises
    ------
    UsageError
        If there is no such dialect.
    """
    if name not in _ORDER:
        raise UsageError(f"there is no dialect {name!r}", hint="expected openai or azure")
    usual: Mapping[ListName, Order] = dict.fromkeys(LISTS, _ORDER[name])
    if isinstance(order, str):
        orders: Mapping[ListName, Order] = dict.fromkeys(LISTS, order)
    else:
        orders = {**usual, **(order or {})}
    return Dialect(name, orders, _DEVIATIONS[name] if deviations is None else frozenset(deviations))
