"""Waiting: for a deployment to exist or be gone, through temporary failures."""

from __future__ import annotations

import time
from collections.abc import Callable

from curvewise.deployment.arm import Arm, Operation
from curvewise.deployment.plan import DeploymentPlan
from curvewise.errors import NotFoundError, ServiceError, UsageError
from curvewise.model.deployment import Deployment

OnProgress = Callable[[str], None]
"""Called with a line about the progress."""

BUSY = 409
GLANCE = 0.5
"""Seconds between two looks at the SDK's polling of Azure; Ctrl-C works as often."""

REMINDER = 60.0
"""Seconds after which an unchanged status is repeated."""

LOOKS = 6
"""Times that a deployment must be missing after an unanswered request, in about a minute."""


def begin(arm: Arm, plan: DeploymentPlan, *, until: float, tell: OnProgress) -> Operation:
    """Request a deployment, again while another change of the resource is in progress.

    That change may create a deployment of the same name, which is not replaced.
    """
    while True:
        try:
            return arm.create(plan)
        except ServiceError as error:
            if error.status != BUSY or not error.temporary or time.monotonic() >= until:
                raise
            tell(f"{plan.name}: {error.problem}; asked again in {arm.pause:g} s")
        time.sleep(arm.pause)
        existing = arm.find(plan.name)
        if existing is not None and not _is_of(plan, existing):
            raise name_taken(existing)


def _is_of(plan: DeploymentPlan, deployment: Deployment) -> bool:
    """Whether a deployment may come from an earlier try of the same request, whose answer was lost."""
    return deployment.is_ours and deployment.model == plan.model


def name_taken(existing: Deployment) -> UsageError:
    """Return the error for a deployment of this name that would be replaced."""
    held = f"serves {existing.model}" if existing.state == "Succeeded" else f"is {existing.state}"
    return UsageError(
        f"there is a deployment {existing.name!r} already; it {held}, and would be replaced",
        hint=f"choose another --name, or remove it with `curvewise undeploy {existing.name}`",
    )


def finish(arm: Arm, operation: Operation, *, until: float, tell: OnProgress) -> Deployment:
    """Wait until a deployment exists.

    After a lost connection the deployment is looked up instead.
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
    """Look a deployment up until its state is final."""
    while True:
        try:
            deployment = arm.find(name)
        except ServiceError as error:
            if not error.temporary or time.monotonic() >= until:
                raise
        else:
            if deployment is None:
                raise NotFoundError(
                    f"the deployment {name} was removed while it was being made",
                    hint="look at the activity log of the resource in the portal",
                )
            if deployment.state == "Succeeded":
                return deployment
            if deployment.state in ("Failed", "Canceled", "Disabled"):
                raise ServiceError(
                    f"the deployment {name} is {deployment.state}, and Azure does not say why",
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


def remove(arm: Arm, name: str, *, until: float, tell: OnProgress) -> None:
    """Remove a deployment, and return when it is gone; temporary failures are retried."""
    while True:
        try:
            operation = arm.delete(name)
            while not operation.is_over(GLANCE) and time.monotonic() < until:
                pass
        except NotFoundError:
            pass  # the list below tells whether the resource is missing
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


def remove_unanswered(arm: Arm, name: str, *, until: float, tell: OnProgress) -> None:
    """Remove a deployment whose request may or may not have reached Azure.

    It may appear after it was found missing, so this is repeated.
    """
    tell(f"{name}: Azure may still be about to make it, and is asked for {LOOKS * arm.pause:.0f} s")
    for look in range(LOOKS):
        if look:
            time.sleep(arm.pause)
        remove(arm, name, until=until, tell=tell)
