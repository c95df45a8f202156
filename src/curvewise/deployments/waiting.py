"""Waiting: a deployment from the request to the moment when it is there, or gone, through all hiccups."""

from __future__ import annotations

import time
from collections.abc import Callable

from curvewise.deployments.arm import Arm, Operation
from curvewise.deployments.deployment import Deployment
from curvewise.deployments.plan import DeploymentPlan
from curvewise.errors import NotFoundError, ServiceError

Tell = Callable[[str], None]
"""Takes a line about how far things have come."""

BUSY = 409
GLANCE = 0.5
"""Seconds between two looks at the SDK, which looks at Azure; Ctrl-C is heard as often."""

REMINDER = 60.0
"""Seconds after which it is said again that something still goes on."""


def begin(arm: Arm, plan: DeploymentPlan, *, until: float, tell: Tell) -> Operation:
    """Ask for a deployment, again while another change of the resource goes on.

    Parameters
    ----------
    until
        By ``time.monotonic``: when to give up.
    tell
        Takes a line about how far things have come.

    Raises
    ------
    ServiceError
        If Azure refuses.
    """
    while True:
        try:
            return arm.create(plan)
        except ServiceError as error:
            if error.status != BUSY or not error.temporary or time.monotonic() >= until:
                raise
            tell(f"{plan.name}: {error.problem}; asked again in {arm.pause:g} s")
        time.sleep(arm.pause)


def finish(arm: Arm, operation: Operation, *, until: float, tell: Tell) -> Deployment:
    """Wait until a deployment is there.

    A connection that is lost on the way does not end the waiting: the deployment is looked up instead.

    Raises
    ------
    ServiceError
        If it failed, was removed meanwhile, or is not there in time.
    """
    status, told, began = "", 0.0, time.monotonic()
    try:
        while not operation.is_over(GLANCE if time.monotonic() < until else 0.0):
            now = time.monotonic()
            if operation.status != status or now - told >= REMINDER:
                status, told = operation.status, now
                tell(f"{operation.name}: {status}{_after(now - began)}")
            if now >= until:
                raise _late(operation.name)
    except ServiceError as error:
        if not error.temporary or time.monotonic() >= until:
            raise
        tell(f"{operation.name}: {error.problem}; Azure goes on meanwhile")
    return _settled(arm, operation.name, until)


def _settled(arm: Arm, name: str, until: float) -> Deployment:
    """Look a deployment up until its state is a last one."""
    while True:
        try:
            found = arm.find(name)
        except ServiceError as error:
            if not error.temporary or time.monotonic() >= until:
                raise
        else:
            if found is None:
                raise NotFoundError(
                    f"the deployment {name} was removed while it was being made",
                    hint="look at the activity log of the resource in the portal",
                )
            if found.state == "Succeeded":
                return found
            if found.state in ("Failed", "Canceled", "Disabled"):
                raise ServiceError(
                    f"the deployment {name} is {found.state}, and Azure does not say why",
                    hint="look at it in the portal, then remove it with `curvewise undeploy`",
                )
            if time.monotonic() >= until:
                raise _late(name)
        time.sleep(arm.pause)


def _after(seconds: float) -> str:
    return f", {seconds / 60:.0f} min" if seconds >= REMINDER else ""


def _late(name: str) -> ServiceError:
    return ServiceError(
        f"the deployment {name} is not there yet, and Azure goes on making it",
        hint="`curvewise deployments` shows how far it is, and `curvewise undeploy` removes it",
        temporary=True,
    )


def remove(arm: Arm, name: str, *, until: float, tell: Tell) -> None:
    """Remove a deployment, and return when it is gone; one that is gone already is fine.

    Whatever may pass is tried again: no connection, too many requests, another change that goes on.

    Raises
    ------
    ServiceError
        If Azure refuses, or it is not gone in time.
    """
    while True:
        try:
            operation = arm.delete(name)
            while not operation.is_over(GLANCE) and time.monotonic() < until:
                pass
        except NotFoundError:
            pass  # told from a missing resource below
        except ServiceError as error:
            if not error.temporary or time.monotonic() >= until:
                raise
            tell(f"{name}: {error.problem}; asked again in {arm.pause:g} s")
            time.sleep(arm.pause)
            continue
        try:
            if arm.find(name) is None:
                return
        except ServiceError as error:
            if not error.temporary or time.monotonic() >= until:
                raise
        if time.monotonic() >= until:
            raise ServiceError(
                f"Azure has not removed the deployment {name} yet",
                hint="`curvewise deployments` shows whether it is still there",
                temporary=True,
            )
        time.sleep(arm.pause)
