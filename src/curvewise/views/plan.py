"""What an evaluation is about to do."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.model.plan import Plan
from curvewise.plugin import Style, View
from curvewise.text import printable
from curvewise.views._formats import Cells, table_formats

COLUMNS = ("contender", "role", "step", "model", "done", "to_do")


def _text(plan: Plan, style: Style) -> str:
    """Render the task, what each contender has done and has to do, and the costs."""
    del style  # the lines are short, and names are never cut
    task, *costs = _lead(plan)
    return "\n".join([task, *_contenders(plan), *(f"  {line}" for line in costs), ""])


def _contenders(plan: Plan) -> Iterator[str]:
    for each in plan.contenders:
        done, left = plan.done.get(each.name, 0), _left(plan, each.name)
        state = [f"{done} done"] if done else []
        state += [] if left is None else [f"{left} to do"]
        line = f"  {printable(each.name)} ({each.role}): {printable(each.model or '')}  {', '.join(state)}"
        yield line.rstrip()


def _left(plan: Plan, contender: str) -> int | None:
    return None if plan.expected is None else max(0, plan.expected - plan.done.get(contender, 0))


def _lead(plan: Plan) -> Iterator[str]:
    """Yield the task, then what limits the costs and what they will be."""
    task = plan.task
    count = 0 if task.samples is None else len(task.samples)
    attempts = f", {task.epochs} attempts each" if task.epochs > 1 else ""
    many = f"{count:,} sample{'' if count == 1 else 's'}{attempts}"
    samples = many if task.samples is not None else "samples as they come"
    yield f"{printable(task.name)}, with {printable(task.harness)}: {samples}"
    unit = printable(plan.currency or "of money", 20)
    limits = [f"{plan.budget.tokens:,} tokens"] if plan.budget.tokens is not None else []
    limits += [f"{plan.budget.money:g} {unit}"] if plan.budget.money is not None else []
    if limits:
        yield f"budget: {' and '.join(limits)}, earlier sessions included"
    if plan.estimate is not None:
        tokens, cost = plan.estimate
        amount = f"{cost:,.2f}" if cost >= 0.01 else f"{cost:.2g}"
        price = f", about {amount} {unit}" if cost else ""
        yield f"left to do, by what earlier samples took: about {tokens:,.0f} tokens{price}"
    elif not limits and not plan.is_complete:
        yield "what it will cost is not known before the first samples"


def _cells(plan: Plan) -> Cells:
    for each in plan.contenders:
        done = plan.done.get(each.name, 0)
        yield (each.name, each.role, each.step, each.model, done, _left(plan, each.name))


plan = View(
    name="plan", formats={"text": _text, **table_formats("Plan of the evaluation", COLUMNS, _cells, _lead)}
)
