"""Whether rewards are earned in episodes of an environment, as agents for games and robots earn them."""

from __future__ import annotations

import re

from curvewise.model.run import Run
from curvewise.text import snake_case

_EARNED = re.compile(r"(?:mean_|avg_)?ep(?:isode|isodic)?_?(?:rew|reward|return)s?(?:_?mean)?")


def in_episodes(run: Run) -> bool:
    """Whether the log calls the training reward that of episodes: what they earn is the task itself.

    Examples
    --------
    >>> from curvewise.model.run import Run
    >>> [
    ...     in_episodes(Run(metrics={}, logged_as={"train_mean_reward": name}))
    ...     for name in ("rollout/ep_rew_mean", "env_runners/episode_return_mean", "reward")
    ... ]
    [True, True, False]
    """
    last = run.called("train_mean_reward").rpartition("/")[2]
    return _EARNED.fullmatch(snake_case(last)) is not None
