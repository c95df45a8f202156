"""Deployments for the time of an evaluation: `curvewise evaluate --deploy`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from curvewise.cli import _consent as consent
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Contender


@contextmanager
def deployed(
    contenders: Sequence[Contender], folder: Path, *, resource_id: str | None, run: str, yes: bool
) -> Iterator[dict[str, str]]:
    """Deploy the checkpoints among contenders, once the user agrees, and remove the deployments at the end.

    References are taken to be deployed under their names.
    """
    from curvewise import deployment

    models = _models(contenders)
    resource = consent.resource(resource_id)
    probe = deployment.find_probe()
    what = f"To deploy on {resource}, for the time of the evaluation, in the developer tier:"
    consent.say("\n".join(consent.paragraph("", [what])))
    for name, model in models.items():
        consent.say(f"  {printable(name)}: {printable(model)}")
    consent.say("\n".join(consent.paragraph("  cost  ", deployment.cost_lines("DeveloperTier", None))))
    consent.require_somebody(yes, "nothing was created")
    many, them = ("a deployment", "it") if len(models) == 1 else (f"{len(models)} deployments", "them")
    if not consent.agree(f"Create {many}, and remove {them} afterwards?", yes=yes):
        consent.say("nothing was created")
        tell_leftovers(folder)
        sys.exit(2)
    with (
        deployment.Arm(resource) as arm,
        deployment.temporary_deployments(
            models, arm=arm, folder=folder, tell=consent.progress, run=run, probe=probe
        ) as names,
    ):
        yield names


def tell_leftovers(folder: Path) -> None:
    """Name what an earlier session with this folder may have left deployed, and how to remove it."""
    import shlex

    from curvewise import CurvewiseError
    from curvewise.deployment import Journal

    try:
        left = [printable(entry.name) for entry in Journal(folder).remaining()]
    except CurvewiseError as error:
        consent.say(f"note: {error}")
        return
    if left:
        command = shlex.join(["curvewise", "undeploy", "--from", str(folder)])
        sentence = f"an earlier session may have left these deployments: {', '.join(left)}"
        consent.say("\n".join(consent.paragraph("note: ", [sentence])))
        consent.say(f"  to remove them: {printable(command)}")


def _models(contenders: Sequence[Contender]) -> dict[str, str]:
    """Return the model of each contender that is a checkpoint; refuse when there is none."""
    from curvewise import UsageError

    models = {each.name: each.model for each in contenders if each.step is not None and each.model}
    if not models:
        raise UsageError(
            "none of the contenders is a checkpoint, so there is nothing to deploy",
            hint="leave out --deploy, or name a checkpoint by its step: --model 'step 70=MODEL'",
        )
    if served := next((model for model in models.values() if model.startswith("ft:")), None):
        raise UsageError(
            f"{served!r} is a model of OpenAI, which is called by its name",
            hint="leave out --deploy",
        )
    return models
