"""A small agentic task: a question, a tool, an answer."""

from __future__ import annotations

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import TaskState, generate, use_tools
from inspect_ai.tool import Tool, tool


@tool
def stock() -> Tool:
    async def execute(part: str) -> str:
        """Look up how many of a part are in stock.

        Args:
            part: Number of the part.
        """
        return str(int(part) * 7 + 3)

    return execute


@scorer(metrics=[accuracy()])
def exact() -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        answer = state.output.completion.rpartition("ANSWER: ")[2].strip()
        return Score(value="C" if answer == target.text else "I", answer=answer)

    return score


@task
def warehouse(parts: int = 9) -> Task:
    samples = [
        Sample(
            id=f"part-{part}",
            input=f"How many are in stock of part {part}?",
            target=str(part * 7 + 3),
            metadata={"cluster": f"shelf {part}"},
        )
        for part in range(1, parts + 1)
    ]
    return Task(dataset=MemoryDataset(samples), solver=[use_tools(stock()), generate()], scorer=exact())


@task
def unscored() -> Task:
    return Task(dataset=MemoryDataset([Sample(id="1", input="?")]), solver=[generate()])
