"""Deployments of fine-tuned models on Azure: planned, created, waited for, listed and removed.

The only code that speaks to Azure Resource Manager (ARM). It does so through the SDK of Azure, which is
imported when a connection is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from curvewise.lazy import lazy

if TYPE_CHECKING:
    from curvewise.deployment.arm import Arm as Arm
    from curvewise.deployment.costs import cost_lines as cost_lines
    from curvewise.deployment.identity import find_manager as find_manager
    from curvewise.deployment.journal import Journal as Journal
    from curvewise.deployment.lifecycle import Deployable as Deployable
    from curvewise.deployment.lifecycle import deploy as deploy
    from curvewise.deployment.lifecycle import deployable as deployable
    from curvewise.deployment.lifecycle import existing_deployment as existing_deployment
    from curvewise.deployment.lifecycle import plan_deployment as plan_deployment
    from curvewise.deployment.lifecycle import undeploy as undeploy
    from curvewise.deployment.plan import DeploymentPlan as DeploymentPlan
    from curvewise.deployment.plan import Sku as Sku
    from curvewise.deployment.readiness import Probe as Probe
    from curvewise.deployment.readiness import find_probe as find_probe
    from curvewise.deployment.readiness import wait_until_ready as wait_until_ready
    from curvewise.deployment.resource import Resource as Resource
    from curvewise.deployment.resource import find_resource as find_resource
    from curvewise.deployment.resource import parse_resource as parse_resource
    from curvewise.deployment.temporary import leftovers as leftovers
    from curvewise.deployment.temporary import removal as removal
    from curvewise.deployment.temporary import remove_leftovers as remove_leftovers
    from curvewise.deployment.temporary import temporary_deployments as temporary_deployments
    from curvewise.model.deployment import Deployment as Deployment

__all__, __getattr__ = lazy(
    __name__,
    {
        "deployment.arm": "Arm",
        "deployment.costs": "cost_lines",
        "model.deployment": "Deployment",
        "deployment.identity": "find_manager",
        "deployment.journal": "Journal",
        "deployment.lifecycle": "Deployable deploy deployable existing_deployment plan_deployment undeploy",
        "deployment.plan": "DeploymentPlan Sku",
        "deployment.readiness": "Probe find_probe wait_until_ready",
        "deployment.resource": "Resource find_resource parse_resource",
        "deployment.temporary": "leftovers removal remove_leftovers temporary_deployments",
    },
)
