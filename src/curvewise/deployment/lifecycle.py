"""The functions that deploy a checkpoint on Azure, and that choose it."""

from __future__ import annotations

import time
from typing import Literal

import msgspec

from curvewise.deployment.arm import Arm
from curvewise.deployment.plan import CAPACITY, DeploymentPlan, Sku, suggest_name
from curvewise.deployment.resource import Resource
from curvewise.deployment.waiting import OnProgress, begin, finish, name_taken, remove
from curvewise.engine import choose
from curvewise.errors import InputError, UsageError
from curvewise.model.deployment import RUN, STEP, Deployment
from curvewise.model.run import Checkpoint, Run
from curvewise.text import abridged

HOUR = 3600.0
LISTED = 12
"""Most steps that an error lists."""


class Deployable(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint that exists and can be deployed.

    Parameters
    ----------
    model
        Name of the model.
    step
        Training step; None when only the final model is known.
    provider
        The service that has it. On ``openai`` it is called by its name, without a deployment.
    why
        One sentence: why it was chosen.
    run
        Id of the job, or path of the run.
    """

    model: str
    step: int | None
    provider: Literal["azure", "openai"]
    why: str
    run: str


def deployable(run: Run, checkpoint: str) -> Deployable:
    """Find a checkpoint of a run that can be deployed.

    Parameters
    ----------
    run
        With its checkpoints.
    checkpoint
        A training step, ``"best"`` (the one that the report says to use) or ``"final"``.

    Raises
    ------
    UsageError
        If there is no such checkpoint.
    InputError
        If the run does not tell which checkpoints exist, or they are not models of a service.

    Examples
    --------
    >>> from curvewise.model.run import Checkpoint
    >>> run = Run(checkpoints=(Checkpoint(step=70, model="ft:gpt-4.1-mini:acme::abc:ckpt-step-70"),))
    >>> deployable(run, "70").model
    'ft:gpt-4.1-mini:acme::abc:ckpt-step-70'
    """
    if checkpoint == "best":
        step, model, why = _best(run)
    elif checkpoint == "final":
        step, model, why = _final(run)
    else:
        step, model, why = _at(run, checkpoint)
    return Deployable(
        model=model, step=step, provider=_provider(model, run), why=why, run=run.id or run.name or run.source
    )


def plan_deployment(
    checkpoint: Deployable,
    resource: Resource,
    *,
    name: str | None = None,
    sku: Sku = "Standard",
    capacity: int = CAPACITY,
) -> DeploymentPlan:
    """Plan the deployment of a checkpoint, without a request.

    Parameters
    ----------
    checkpoint
        The checkpoint.
    resource
        Where.
    name
        Of the deployment; made of model and step when None.
    sku, capacity
        Kind of deployment, and thousands of tokens a minute.

    Raises
    ------
    UsageError
        If a value cannot be what it should be.
    """
    where = "final" if checkpoint.step is None else f"step-{checkpoint.step}"
    return DeploymentPlan(
        resource=resource,
        name=suggest_name(checkpoint.model.partition(".ft-")[0], where) if name is None else name,
        model=checkpoint.model,
        sku=sku,
        capacity=capacity,
        tags={RUN: checkpoint.run[:256], **({} if checkpoint.step is None else {STEP: str(checkpoint.step)})},
    )


def existing_deployment(arm: Arm, plan: DeploymentPlan) -> Deployment | None:
    """Return the deployment of a plan if it exists already; None if its name is free.

    Raises
    ------
    UsageError
        If the name belongs to another deployment, which the plan would replace.
    ServiceError
        If the request fails.
    """
    existing = arm.find(plan.name)
    if existing is None or (existing.model == plan.model and existing.state == "Succeeded"):
        return existing
    raise name_taken(existing)


def deploy(arm: Arm, plan: DeploymentPlan, *, tell: OnProgress, longest: float = HOUR) -> Deployment:
    """Create a deployment, and wait until it exists. It costs money from then on.

    Parameters
    ----------
    arm
        Connected to the resource of the plan.
    plan
        See `plan_deployment`. A deployment of its name would be replaced: see `existing_deployment`.
    tell
        Called with lines about the progress.
    longest
        Seconds to wait.

    Raises
    ------
    ServiceError
        If Azure refuses or fails, or time is up.
    """
    until = time.monotonic() + longest
    return finish(arm, begin(arm, plan, until=until, tell=tell), until=until, tell=tell)


def undeploy(arm: Arm, name: str, *, tell: OnProgress, longest: float = HOUR / 2) -> None:
    """Remove a deployment, and return when it is gone. The model stays and can be deployed again.

    Raises
    ------
    ServiceError
        If Azure refuses, or it is not gone in time.
    """
    remove(arm, name, until=time.monotonic() + longest, tell=tell)


Target = tuple[int | None, str, str]


def _best(run: Run) -> Target:
    selection = choose(run)
    best = selection.best
    if best is None:
        raise UsageError(
            f"there is no checkpoint to deploy: {selection.reason}",
            hint="to deploy one all the same, name it: --checkpoint STEP, or --checkpoint final",
            file=run.source or None,
        )
    if best.existence != "exists" or not best.model:
        raise _no_list(run, f"the best checkpoint is {run.where(best.step)}")
    return best.step, best.model, best.why


def _final(run: Run) -> Target:
    kept = _kept(run)
    if run.final_model:
        step = next((each.step for each in kept if each.model == run.final_model), run.last_step)
        return step, run.final_model, "It is the model at the end of the run."
    if run.status is None and kept and kept[-1].model:
        return kept[-1].step, kept[-1].model, "It is the last checkpoint of the list."
    if run.status is None:
        raise _no_list(run, "no final model is named")
    raise UsageError(
        f"the job is {run.status}, and has no final model",
        hint="name a step, or --checkpoint best",
        file=run.source or None,
    )


def _at(run: Run, checkpoint: str) -> Target:
    if not checkpoint.isascii() or not checkpoint.isdecimal() or len(checkpoint) > 18:
        raise UsageError(f"{checkpoint!r} is no checkpoint", hint="expected a training step, best or final")
    step = int(checkpoint)
    if run.checkpoints is None:
        raise _no_list(run, f"nothing tells whether there is a checkpoint at step {step:,}")
    kept = _kept(run)
    chosen = next((each for each in kept if each.step == step), None)
    if chosen is not None and chosen.model:
        return step, chosen.model, "It was asked for."
    gone = any(each.step == step for each in run.checkpoints)
    steps = [f"{each.step:,}" for each in kept]
    raise UsageError(
        f"the checkpoint at step {step:,} no longer exists"
        if gone
        else f"there is no checkpoint at step {step:,}",
        hint=f"those that exist: {abridged(steps, LISTED) or 'none'}",
        file=run.source or None,
    )


def _kept(run: Run) -> list[Checkpoint]:
    return [each for each in run.checkpoints or () if each.model]


def _no_list(run: Run, what: str) -> InputError:
    return InputError(
        f"{what}, and no list of checkpoints says whether it exists",
        hint="pass the address of the job (ftjob-...), or a folder that holds its checkpoints.json",
        file=run.source or None,
    )


def _provider(model: str, run: Run) -> Literal["azure", "openai"]:
    """Return the service by the model's name: ``ft:gpt-...`` on OpenAI, ``gpt-....ft-<hex>`` on Azure."""
    scheme = run.source.partition("://")[0] if "://" in run.source else ""
    if scheme == "azure" or (".ft-" in model and scheme != "openai"):
        return "azure"
    if scheme == "openai" or model.startswith("ft:"):
        return "openai"
    raise InputError(
        f"{model!r} is neither a fine-tuned model of Azure nor one of OpenAI",
        hint="checkpoints that are files are served where you have them",
        file=run.source or None,
    )
