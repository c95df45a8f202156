"""Evaluate candidates on the real task."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curvewise.cli import _consent as consent
from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._evaluation_progress import bars, confirmed, patient, show_plan
from curvewise.cli._output import Destination, format_option
from curvewise.cli._temporary_deployments import deployed, tell_leftovers

if TYPE_CHECKING:
    from collections.abc import Callable

    from curvewise import Budget, Candidates, Command, Contender, Evaluation, InspectTask, Kind, Plan, Price

EPILOG = """\b
Examples:
  curvewise evaluate ftjob-abc123 --task support.py --with-base -o results/
  curvewise evaluate job/ --task support.py@hard --limit 100 \\
      --price input=2,output=8 --budget 20 -o results/
  curvewise evaluate --model old=gpt-4.1 --model new=ft:gpt-4.1:x \\
      --command './bench {model}' -o results/
  curvewise evaluate job/ --from-logs logs/ -o results/
  curvewise evaluate --model a=step-20 --model b=step-70 --task support.py \\
      --model-base-url http://127.0.0.1:8000/v1 -o results/

Run it again to go on where it was stopped: what was paid for is not asked for again.

Exit codes: 0 every contender has all its results, 1 some are missing, 2 an error.
"""

IDLE = {
    "--command": ("via", "model_base_url", "task_args", "scorer", "cluster"),
    "--from-logs": (
        *("via", "model_base_url", "task_args", "limit", "epochs", "concurrency", "retry_failed"),
        *("max_tokens_total", "budget", "deploy", "resource_id", "dry_run"),
    ),
}
"""Options that have no effect with a harness."""
FOR_A_RUN = "with_candidates", "most", "by", "with_base", "kind", "mapping"
"""Options that say something of the run."""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="[PATH|JOB]", required=False, type=click.Path(allow_dash=True))
@click.option("--task", metavar="FILE.py[@TASK]", help="A task of Inspect AI.")
@click.option(
    "--command", "command_line", metavar="COMMAND", help="A command that prints JSON Lines; {model}."
)
@click.option(
    "--from-logs", multiple=True, metavar="PATH", help="Stored logs instead of a run. Repeatable.",
    type=click.Path(exists=True),
)  # fmt: skip
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="EVALDIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the results.",
)
@click.option("--model", "models", multiple=True, metavar="NAME=MODEL", help="A contender. Repeatable.")
@click.option("--candidates", "with_candidates", is_flag=True, help="The run's candidates besides --model.")
@options.nominating
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N samples.")
@click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="Attempts at each sample.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="Samples of a candidate at a time.",
)
@click.option("--via", metavar="PROVIDER", help="Provider of Inspect AI, such as openai/azure or vllm.")
@click.option("--model-base-url", metavar="URL", help="Server with the API of OpenAI; key: LOCAL_API_KEY.")
@click.option("--task-arg", "task_args", multiple=True, metavar="KEY=VALUE", help="Argument of the task.")
@click.option("--scorer", metavar="NAME", help="Whose score counts.  [default: the first]")
@click.option("--scale", metavar="WORST:BEST", default="0:1", show_default=True, help="Range of scores.")
@click.option(
    "--failure-score",
    type=float,
    metavar="SCORE",
    help="What a failed sample counts as, on that scale.  [default: the worst]",
)
@click.option(
    "--cluster", metavar="KEY", default="cluster", show_default=True, help="Metadata that names families."
)
@click.option("--max-tokens-total", type=click.IntRange(min=1), metavar="N", help="Most tokens to take.")
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), metavar="MONEY", help="Most to pay.")
@click.option(
    "--price", "prices", multiple=True, metavar="[NAME:]input=X,output=Y", help="Of a million tokens."
)
@click.option("--currency", metavar="NAME", default="USD", show_default=True, help="Of prices.")
@click.option("--retry-failed", is_flag=True, help="Do samples again that failed before.")
@click.option("--deploy", is_flag=True, help="Deploy checkpoints on Azure while they are evaluated.")
@consent.resource_option
@click.option("-y", "--yes", is_flag=True, help="Begin without a question.")
@click.option("--dry-run", is_flag=True, help="Print the plan, and call no model.")
@format_option("text")
@options.reading
def evaluate(
    path: str | None,
    task: str | None,
    command_line: str | None,
    from_logs: tuple[str, ...],
    output: Path,
    models: tuple[str, ...],
    with_candidates: bool,
    most: int,
    by: str | None,
    with_base: bool,
    base: str | None,
    production: str | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
    prices: tuple[str, ...],
    currency: str,
    max_tokens_total: int | None,
    budget: float | None,
    failure_score: float | None,
    retry_failed: bool,
    deploy: bool,
    resource_id: str | None,
    yes: bool,
    dry_run: bool,
    output_format: str | None,
    **settings: Any,
) -> None:
    """Evaluate the candidates of a run, or models that you name, on the real task.

    Every result is stored in EVALDIR as it comes; `curvewise decide EVALDIR` then says which one to deploy.
    """
    import curvewise

    if sum(map(bool, (task, command_line, from_logs))) != 1:
        raise click.UsageError("expected one of --task, --command and --from-logs")
    if deploy and from_logs:
        raise click.UsageError("--deploy is for models that are called; stored logs call none")
    if path is None and not (models or base or production or from_logs):
        raise click.UsageError("expected PATH or JOB of a run, or --model NAME=MODEL")
    _refuse_idle_options(path, "--command" if command_line else "--from-logs" if from_logs else "--task")
    if output_format and not dry_run:
        raise click.UsageError("--format is that of the plan: give it with --dry-run")
    destination = Destination("plan", (), output_format) if dry_run else None
    candidates: Candidates | None = None
    if path is not None:
        run = curvewise.load(path, kind=kind, mapping=options.parse_mapping(mapping))
        candidates = curvewise.candidates(
            run, most=most, with_base=with_base, base=base, production=production, by=by
        )
    contenders = _contenders(candidates, models, with_candidates, base, production)
    for_all, by_name = _prices(prices)
    common: dict[str, Any] = {
        "run": candidates.run if candidates else "",
        "kind": candidates.kind if candidates else None,
        "budget": _budget([] if from_logs else contenders, for_all, by_name, max_tokens_total, budget),
        "currency": currency if prices else None,
        "failure_score": failure_score,
        "notes": candidates.notes if candidates else (),
    }
    if from_logs:
        logs = curvewise.StoredLogs(paths=from_logs, reading=_reading(settings))
        evaluation = curvewise.gather(contenders, logs, output, price=for_all, **common)
    else:
        if deploy and task and not settings["via"]:
            settings["via"] = "openai/azure"
        harness = _task(task, settings) if task else _command(command_line or "", settings)
        run_it = partial(
            curvewise.evaluate, contenders, harness, into=output, retry_failures=retry_failed, **common
        )
        if destination is not None:
            destination.deliver(_plan(run_it))
            return
        evaluation = (
            _run_deployed(run_it, contenders, output, resource_id, yes) if deploy else _run(run_it, yes)
        )
    _end(evaluation, output)


def _refuse_idle_options(path: str | None, harness: str) -> None:
    """Refuse options that would have no effect, rather than ignore them."""
    context = click.get_current_context()
    without_path = dict.fromkeys(FOR_A_RUN if path is None else (), "without PATH or JOB")
    idle = without_path | dict.fromkeys(IDLE.get(harness, ()), f"with {harness}")
    for option in context.command.params:
        name = option.name or ""
        if name in idle and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option.opts[0]} has no effect {idle[name]}: leave it out")


def _plan(run_it: partial[Evaluation]) -> Plan:
    """Return the plan of an evaluation that is not begun; a folder that is not there yet is not made."""
    from tempfile import TemporaryDirectory

    seen: list[Plan] = []

    def look(plan: Plan) -> bool:
        seen.append(plan)
        return False

    folder: Path = run_it.keywords["into"]
    with TemporaryDirectory() as empty:
        run_it(into=folder if folder.exists() else Path(empty), before=look)
    return seen[0]


def _run(run_it: Callable[..., Evaluation], yes: bool) -> Evaluation:
    """Run the evaluation once the user agrees."""
    begun: list[Plan] = []

    def before(plan: Plan) -> bool:
        if agreed := confirmed(plan, yes=yes):
            begun.append(plan)
        return agreed

    with bars(lambda: begun[0] if begun else None) as told, patient():
        evaluation = run_it(before=before, told=told)
    if not begun:
        sys.exit(2)
    return evaluation


def _run_deployed(
    run_it: Callable[..., Evaluation],
    contenders: list[Contender],
    folder: Path,
    resource_id: str | None,
    yes: bool,
) -> Evaluation:
    """Load the task, then deploy what it is to run with, and run it."""
    seen: list[Plan] = []

    def look(plan: Plan) -> bool:
        seen.append(plan)
        show_plan(plan)
        return plan.is_complete

    evaluation = run_it(before=look)
    if seen[0].is_complete:
        return evaluation
    there = deployed(contenders, folder, resource_id=resource_id, run=evaluation.run, yes=yes)
    with there as names, bars(lambda: seen[0]) as told, patient():
        return run_it(addresses=names, told=told)


def _end(evaluation: Evaluation, output: Path) -> None:
    import shlex

    from curvewise.text import printable

    for note in evaluation.notes:
        click.echo(f"note: {printable(note.text, 600)}", err=True)
    tell_leftovers(output)
    folder = printable(shlex.quote(str(output)))
    if any(sample.score is not None for own in evaluation.samples.values() for sample in own):
        click.echo(f"results are in {folder}; next: curvewise decide {folder}", err=True)
    else:
        what = "a score" if any(evaluation.samples.values()) else "a result"
        click.echo(f"no sample has {what}; what was printed is in {folder}/logs", err=True)
    missing = {"incomplete", "all_failed", "no_log"} & {note.code for note in evaluation.notes}
    sys.exit(1 if missing else 0)


def _contenders(
    candidates: Candidates | None,
    models: tuple[str, ...],
    with_candidates: bool,
    base: str | None,
    production: str | None,
) -> list[Contender]:
    """Join the run's candidates with the models that the user names."""
    import re

    from curvewise import Contender

    named: dict[str, str] = {}
    for pair in models:
        name, equals, model = pair.partition("=")
        if not (name and equals and model):
            raise click.BadParameter(f"{pair!r} is not NAME=MODEL, such as new=gpt-4.1", param_hint="--model")
        if name in named:
            raise click.BadParameter(
                f"{name!r} is given twice; give each contender a name of its own", param_hint="--model"
            )
        named[name] = model
    known = {each.name: each for each in (candidates.contenders if candidates else ())}
    if candidates is None:
        if base:
            known["base"] = Contender(name="base", model=base, step=None, role="base")
        if production:
            known["production"] = Contender(name="production", model=production, step=None, role="production")
    chosen = {name: each for name, each in known.items() if not named or with_candidates or each.is_reference}
    for name, model in named.items():
        as_known = known.get(name)
        step = int(name[5:]) if re.fullmatch(r"step [0-9]{1,15}", name) else None
        chosen[name] = Contender(
            name=name,
            model=model,
            step=as_known.step if as_known else step,
            role=as_known.role if as_known else "other",
            why=as_known.why if as_known else "named by the user",
        )
    return list(chosen.values())


def _prices(texts: tuple[str, ...]) -> tuple[Price | None, dict[str, Price]]:
    """Read the prices: for everyone, and for contenders by name."""
    from curvewise import Price

    prices: dict[str, Price] = {}
    for text in texts:
        name, _, parts = text.rpartition(":")
        try:
            numbers = {
                key.strip(): float(value) for key, value in (part.split("=") for part in parts.split(","))
            }
            price = Price(**numbers)
        except (ValueError, TypeError):
            raise click.BadParameter(
                f"{text!r} is not [NAME:]input=X,output=Y, such as input=2,output=8", param_hint="--price"
            ) from None
        if not all(0 <= number < float("inf") for number in numbers.values()):
            raise click.BadParameter(f"{text!r} has a price below 0 or without end", param_hint="--price")
        if name in prices:
            whose = f"of {name!r}" if name else "for everyone"
            raise click.BadParameter(f"a price {whose} is given twice", param_hint="--price")
        prices[name] = price
    return prices.pop("", None), prices


def _budget(
    contenders: list[Contender],
    for_all: Price | None,
    by_name: dict[str, Price],
    tokens: int | None,
    money: float | None,
) -> Budget:
    """Join the limits and the prices; money can only be counted where there is a price."""
    from curvewise import Budget

    prices = {each.name: for_all for each in contenders if for_all is not None} | by_name
    free = [each.name for each in contenders if each.name not in prices]
    if money is not None and free:
        names = ", ".join(free)
        raise click.UsageError(f"--budget needs --price input=X,output=Y, of a million tokens, of {names}")
    if money != money:  # NaN is in no range
        raise click.BadParameter("expected a number above 0", param_hint="--budget")
    return Budget(tokens=tokens, money=money, prices=prices)


def _task(task: str, settings: dict[str, Any]) -> InspectTask:
    from curvewise import InspectTask

    file, at, name = task.rpartition("@")
    if not at or Path(task).is_file():  # a path may have an @ of its own
        file, name = task, ""
    return InspectTask(
        file=file,
        name=name or None,
        arguments=dict(map(_argument, settings["task_args"])),
        via=settings["via"],
        base_url=settings["model_base_url"],
        limit=settings["limit"],
        epochs=settings["epochs"],
        concurrency=settings["concurrency"],
        reading=_reading(settings),
    )


def _argument(pair: str) -> tuple[str, str | float | bool]:
    import json

    name, equals, value = pair.partition("=")
    if not (name and equals):
        raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--task-arg")
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return name, value
    return name, parsed if isinstance(parsed, int | float) and abs(parsed) < 2**63 else value


def _command(command: str, settings: dict[str, Any]) -> Command:
    from curvewise import Command

    names = ("limit", "epochs", "concurrency")
    return Command(command=command, scale=_scale(settings), **{name: settings[name] for name in names})


def _reading(settings: dict[str, Any]) -> Any:
    from curvewise import Reading

    return Reading(scorer=settings["scorer"], scale=_scale(settings), cluster=settings["cluster"])


def _scale(settings: dict[str, Any]) -> tuple[float, float]:
    low, colon, high = settings["scale"].partition(":")
    try:
        scale = float(low), float(high)
    except ValueError:
        scale = 0.0, 0.0
    if not colon or not 0 < abs(scale[1] - scale[0]) < float("inf"):
        raise click.BadParameter(
            f"{settings['scale']!r} is not WORST:BEST, such as 1:10", param_hint="--scale"
        )
    return scale
