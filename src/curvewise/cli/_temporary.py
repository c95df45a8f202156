"""Deployments for the time of an evaluation: `curvewise evaluate --deploy`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from curvewise.cli import _agreeing as agreeing
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
    from curvewise import deploying

    models = {each.name: each.model for each in contenders if each.step is not None and each.model}
    resource = agreeing.resource(resource_id)
    agreeing.say(f"To deploy on {resource}, for the time of the evaluation, in the developer tier:")
    for name, model in models.items():
        agreeing.say(f"  {printable(name)}: {printable(model)}")
    agreeing.say("\n".join(agreeing.paragraph("  cost  ", deploying.cost_lines("DeveloperTier", None))))
    agreeing.require_somebody(yes, "nothing was created")
    if not agreeing.agree(f"Create {len(models)} deployments, and remove them afterwards?", yes=yes):
        agreeing.say("nothing was created")
        sys.exit(2)
    with (
        deploying.Arm(resource) as arm,
        deploying.temporary_deployments(
            models, arm=arm, folder=folder, tell=agreeing.progress, run=run, probe=deploying.find_probe()
        ) as names,
    ):
        yield names
