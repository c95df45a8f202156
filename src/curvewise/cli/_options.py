"""Options and argument types that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from curvewise import Profile, Run

Command = TypeVar("Command", bound=Callable[..., Any])


class Name(click.ParamType[str]):
    """A name from a registry that is loaded only when needed: a check, an output format, a metric.

    Parameters
    ----------
    name
        What the names are, such as ``check``.
    known
        Returns the names.
    """

    def __init__(self, name: str, known: Callable[[], Iterable[str]]) -> None:
        self.name = name
        self._known = known

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept a known name; refuse another with near ones."""
        import difflib

        known, name = list(self._known()), str(value)
        if name in known:
            return name
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"expected one of {', '.join(known)}"
        return self.fail(f"there is no {self.name} {name!r}; {hint}", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names that begin with what was typed."""
        from click.shell_completion import CompletionItem

        del ctx, param  # the names are the same everywhere
        return [CompletionItem(name) for name in self._known() if name.startswith(incomplete)]


def check_names() -> Iterable[str]:
    """Names of the checks."""
    from curvewise.plugin import checks

    return checks()


def output_formats() -> Iterable[str]:
    """Names of the output formats."""
    from curvewise.plugin import reporters

    return reporters()


def metric_names() -> Iterable[str]:
    """Names in the metric catalogue."""
    from curvewise import catalogue

    return catalogue()


def split_names(names: tuple[str, ...]) -> list[str]:
    """Split names that are repeated or separated by commas.

    Examples
    --------
    >>> split_names(("a,b", "c"))
    ['a', 'b', 'c']
    """
    return [name.strip() for value in names for name in value.split(",") if name.strip()]


def reading(command: Command) -> Command:
    """Add the options that say how to read: ``--kind`` and ``--map``."""
    options = (
        click.option(
            "--kind", type=click.Choice(["sft", "dpo", "rft"]), help="Kind of run.  [default: found]"
        ),
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="METRIC=COLUMN",
            help="Name the column of a metric, or of `step`, in a table of your own. Repeatable.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def writing(command: Command) -> Command:
    """Add the options that say where to and how to write: ``--format`` and ``--output``."""
    options = (
        click.option(
            "--format",
            "output_format",
            type=Name("format", output_formats),
            default="text",
            show_default=True,
            metavar="text|json|csv",
            help="Output format.",
        ),
        click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write to a file instead of standard output.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def scoring(command: Command) -> Command:
    """Add the option that names what an evaluation measured: ``--scores``."""
    return click.option(
        "--scores",
        type=click.Path(exists=True),
        metavar="EVALDIR",
        help="Folder of `curvewise evaluate`: judge the run against its scores on the real task.",
    )(command)


def add_scores(scores: str | None, paths: tuple[str, ...], runs: list[Run]) -> list[Run]:
    """Add the scores of an evaluation to the only run that was named.

    Raises
    ------
    click.UsageError
        If several paths are named: an evaluation is of one run.
    """
    if scores is None:
        return runs
    if len(paths) > 1:
        raise click.UsageError(f"--scores is of one run, and {len(paths)} paths are named; name one")
    from curvewise import load_evaluation, with_scores

    evaluation = load_evaluation(scores)
    return [with_scores(run, evaluation) for run in runs]


def nominating(command: Command) -> Command:
    """Add the options that say whom to evaluate: ``--most`` and the references."""
    options = (
        click.option(
            "--most",
            type=click.IntRange(min=1),
            default=3,
            show_default=True,
            help="Most checkpoints; references come on top.",
        ),
        click.option("--with-base", is_flag=True, help="Take the model that was tuned as a reference."),
        click.option("--base", metavar="MODEL", help="The model that was tuned, as a reference."),
        click.option("--production", metavar="MODEL", help="The model in use, as a reference."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def parse_mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    """Parse ``METRIC=COLUMN`` pairs.

    Raises
    ------
    click.BadParameter
        If one has no ``=``.
    """
    mapping = {}
    for pair in pairs:
        metric, equals, column = pair.partition("=")
        if not (metric and equals and column):
            raise click.BadParameter(
                f"{pair!r} is not METRIC=COLUMN, such as train_loss=loss", param_hint="--map"
            )
        mapping[metric] = column
    return mapping


def make_profile(config: Path | None, settings: tuple[str, ...]) -> Profile:
    """Read the thresholds from a file, then from ``--set check.threshold=value``.

    Raises
    ------
    click.BadParameter
        If a setting is not of that form.
    ConfigError
        If the file is wrong.
    """
    import tomllib

    from curvewise import Profile, find_profile, read_profile

    profile = read_profile(config) if config else find_profile(Path.cwd())
    checks = {name: dict(thresholds) for name, thresholds in profile.checks.items()}
    for setting in settings:
        name, equals, value = setting.partition("=")
        check, dot, threshold = name.partition(".")
        if not (check and dot and threshold and equals):
            raise click.BadParameter(
                f"{setting!r} is not CHECK.THRESHOLD=VALUE, such as reward_gap.watch=0.03", param_hint="--set"
            )
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value
        checks.setdefault(check, {})[threshold] = parsed
    return Profile(checks=checks, source=profile.source)
