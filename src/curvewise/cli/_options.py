"""Options and argument types that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from curvewise.cli._mistakes import ParamType, WrongValueError
from curvewise.text import abridged, suggestion

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from curvewise import Metric, Profile

Command = TypeVar("Command", bound=Callable[..., Any])


MOST = 20
"""Names that are proposed when none is near."""


class Name(ParamType[str]):
    """A name from a registry that is loaded only when needed: a check, an output format, a metric."""

    def __init__(self, name: str, known: Callable[[], Iterable[str]]) -> None:
        self.name = name
        self._known = known

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept a known name; refuse another with near ones."""
        name = str(value)
        if param is not None and name == param.default:
            return name  # there is no need to load the others
        known = list(self._known())
        if name in known:
            return name
        page = ctx.command_path if ctx is not None and param is not None and param.name == "name" else ""
        lists = f"`{page}` lists all" if page else f"expected one of {abridged(known, MOST)}"
        hint = suggestion(name, known, lists)
        raise WrongValueError(f"there is no {self.name} {name!r}", hint, ctx, param)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names that begin with what was typed."""
        from click.shell_completion import CompletionItem

        del ctx, param  # the names are the same everywhere
        return [CompletionItem(name) for name in self._known() if name.startswith(incomplete)]


KINDS = {
    "sft": "sft", "dpo": "dpo", "kto": "dpo", "orpo": "dpo",
    "rft": "rft", "grpo": "rft", "ppo": "rft", "rlvr": "rft",
}  # fmt: skip
"""The kind of run of each method of training."""


class KindName(click.Choice[str]):
    """A method of training, taken for the kind of run that it makes."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept a kind or a method; refuse another with the list."""
        return KINDS[super().convert(value, param, ctx)]


def check_names() -> Iterable[str]:
    """Names of the checks."""
    from curvewise.plugin import checks

    return checks()


def explained_names() -> Iterable[str]:
    """Names of the checks and of the diagnoses."""
    from curvewise.plugin import checks, diagnoses

    return sorted({*checks(), *diagnoses()})


def metric_names() -> Iterable[str]:
    """Names of the metrics, ours and those of the sources."""
    return metrics_by_name()


def metrics_by_name() -> dict[str, Metric]:
    """Return every metric by its name here and by what the sources call it."""
    from curvewise import catalogue

    known = catalogue()
    named = {
        alias: metric
        for metric in reversed(list(known.values()))
        for aliases in metric.aliases.values()
        for alias in aliases
        if "*" not in alias
    }
    return {**named, **known}


def provider_names() -> Iterable[str]:
    """Names of the services."""
    from curvewise.plugin import providers

    return providers()


def split_names(names: tuple[str, ...]) -> list[str]:
    """Split names that are repeated or separated by commas.

    Examples
    --------
    >>> split_names(("a,b", "c"))
    ['a', 'b', 'c']
    """
    return [name.strip() for value in names for name in value.split(",") if name.strip()]


def together(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Add several options, which the help shows in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def of_kind(command: Command) -> Command:
    """Add the option ``--kind``."""
    return click.option(
        "--kind", type=KindName([*KINDS]), help="Kind of run, by its method.  [default: found]"
    )(command)


def reading(command: Command) -> Command:
    """Add the options that say how to read: ``--kind`` and ``--map``."""
    return together(
        command,
        of_kind,
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="METRIC=COLUMN",
            help="Name the column of a metric, or of `step`, in a table of your own. Repeatable.",
        ),
    )


def by_metric(command: Command) -> Command:
    """Add the option that names the metric to choose the checkpoint by: ``--by``."""
    return click.option(
        "--by",
        metavar="METRIC",
        help="Choose the checkpoint by this metric, such as `eval_wer` or `loss`.",
    )(command)


def fail_on(command: Command) -> Command:
    """Add the option that says what ends in exit code 1: ``--fail-on``."""
    return click.option(
        "--fail-on",
        type=click.Choice(["warning", "problem", "never"]),
        default="problem",
        show_default=True,
        help="Exit with 1 when a diagnosis is at least this.",
    )(command)


def baseline(command: Command) -> Command:
    """Add the option that names the reports of an earlier look: ``--baseline``."""
    return click.option(
        "--baseline",
        type=click.Path(exists=True, dir_okay=False),
        metavar="JSON",
        help="Reports of an earlier look: say what is new or worse since, and exit with 1 for that alone.",
    )(command)


def judging(command: Command) -> Command:
    """Add the options that say how to judge: ``--select``, ``--ignore``, ``--config`` and ``--set``."""
    return together(
        command,
        click.option(
            "--select",
            multiple=True,
            metavar="CHECK",
            help="Run only these checks. Repeatable, or with commas.",
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="CHECK",
            help="Leave these checks out. Repeatable, or with commas.",
        ),
        click.option(
            "--config",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="File of thresholds.  [default: the nearest curvewise.toml or pyproject.toml]",
        ),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="CHECK.THRESHOLD=VALUE",
            help="Set a threshold. Repeatable.",
        ),
    )


VERBOSE = "curvewise.verbose"
"""Where the context of a command says whether every finding and request is shown."""


def verbosity(command: Command) -> Command:
    """Add the option that shows every finding, and the requests to a service: ``--verbose``."""
    option = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_show_requests,
        help="Show every finding as text; and on standard error the requests to a service.",
    )
    return option(command)


def _show_requests(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    del option  # it is the same everywhere
    context.meta[VERBOSE] = wanted
    if not wanted:
        return
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("curvewise.providers")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False  # the debugging output of an SDK would show them twice


def scoring(command: Command) -> Command:
    """Add the option that names what an evaluation measured: ``--scores``."""
    return click.option(
        "--scores",
        type=click.Path(exists=True),
        metavar="EVALDIR",
        help="Folder of `curvewise evaluate`: judge the run against its scores on the real task.",
    )(command)


def nominating(command: Command) -> Command:
    """Add the options that say whom to evaluate: ``--most``, ``--by`` and the references."""
    return together(
        command,
        click.option(
            "--most",
            type=click.IntRange(min=1),
            default=3,
            show_default=True,
            help="Most checkpoints; references come on top.",
        ),
        by_metric,
        click.option("--with-base", is_flag=True, help="Take the model that was tuned as a reference."),
        click.option("--base", metavar="MODEL", help="The model that was tuned, as a reference."),
        click.option("--production", metavar="MODEL", help="The model in use, as a reference."),
    )


def parse_mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    """Parse ``METRIC=COLUMN`` pairs."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        metric, equals, column = pair.partition("=")
        if not (metric and equals and column):
            raise click.BadParameter(
                f"{pair!r} is not METRIC=COLUMN, such as train_loss=loss", param_hint="--map"
            )
        if mapping.setdefault(metric, column) != column:
            raise click.BadParameter(f"{metric} is mapped to two columns", param_hint="--map")
    return mapping


def make_profile(config: Path | None, settings: tuple[str, ...]) -> Profile:
    """Read the thresholds from a file, then from ``--set check.threshold=value``."""
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
        import tomllib  # most checks have their own thresholds

        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value
        checks.setdefault(check, {})[threshold] = parsed
    return Profile(checks=checks, source=profile.source)
