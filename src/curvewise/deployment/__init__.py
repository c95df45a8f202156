"""Deployments of fine-tuned models on Azure: planned, created, waited for, listed and removed.

The only code that speaks to Azure Resource Manager (ARM). It does so through the SDK of Azure, which is
imported when a connection is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curvewise.deployment.arm import Arm as Arm
    from curvewise.deployment.costs import cost_lines as cost_lines
    from curvewise.deployment.deployment import Deployment as Deployment
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

_NAMES = {
    "arm": "Arm",
    "costs": "cost_lines",
    "deployment": "Deployment",
    "identity": "find_manager",
    "journal": "Journal",
    "lifecycle": "Deployable deploy deployable existing_deployment plan_deployment undeploy",
    "plan": "DeploymentPlan Sku",
    "readiness": "Probe find_probe wait_until_ready",
    "resource": "Resource find_resource parse_resource",
    "temporary": "leftovers removal remove_leftovers temporary_deployments",
}
"""Public names by the module that holds them."""
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
