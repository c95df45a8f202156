"""Resume: whether a session fits the results of earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from curvewise.errors import MalformedError, UsageError
from curvewise.evaluation.results_folder import NO_PLAN, PLAN, EvaluationFolder
from curvewise.model.evaluation import Contender, Evaluation
from curvewise.model.plan import Task
from curvewise.model.run import Note


class StoredPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a task that is stored in the folder and compared between sessions."""

    task: str
    epochs: int
    samples: Mapping[str, str] | None

    @property
    def expected(self) -> int | None:
        """Samples of each contender, attempts included; None when only the harness knows."""
        return None if self.samples is None else len(self.samples) * self.epochs

    def count(self, done: Iterable[tuple[str, int]]) -> int:
        """Count the samples, by id and attempt, that belong to the task.

        >>> StoredPlan(task="t", epochs=1, samples={"a": "", "b": ""}).count([("a", 1), ("a", 2), ("c", 1)])
        1
        """
        known = self.samples
        return sum(known is None or (sample in known and epoch <= self.epochs) for sample, epoch in done)


def check_contenders(contenders: Iterable[Contender], folder: EvaluationFolder) -> tuple[Contender, ...]:
    """Check that contenders differ from each other and from those of earlier sessions."""
    entered = tuple(contenders)
    if not entered:
        raise UsageError("there is no contender", hint="name models with --model NAME=MODEL")
    for each in entered:
        if not each.model:
            raise UsageError(
                f"nobody knows which model {each.name!r} is, or whether it exists",
                hint=f"name it with --model '{each.name}=MODEL', or leave it out",
            )
    names, models = [each.name for each in entered], [each.model for each in entered]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"two contenders have the name {twice!r}", hint="give each a name of its own")
    if same := next((model for model in models if models.count(model) > 1), None):
        raise UsageError(f"two contenders are the model {same}", hint="leave one of them out")
    earlier = folder.header()
    require_same_models(entered, earlier, folder)
    for before in () if earlier is None else earlier.contenders:
        if before.name not in names and before.model in models and folder.samples(before.name)[0]:
            raise UsageError(
                f"the folder holds samples of {before.model} by the name {before.name!r}",
                hint=f"go on by that name: --model '{before.name}={before.model}'",
                file=str(folder.path),
            )
    return entered


def require_same_models(
    entered: Iterable[Contender], earlier: Evaluation | None, folder: EvaluationFolder
) -> None:
    """Check that no name stood for another model before."""
    known = {} if earlier is None else {each.name: each.model for each in earlier.contenders}
    for each in entered:
        before = known.get(each.name)
        if before is not None and each.model is not None and before != each.model:
            raise UsageError(
                f"the folder holds samples of {each.name!r} as {before}, not {each.model}",
                hint="give the contender another name, or the results another folder",
                file=str(folder.path),
            )


def require_same_task(task: str, metric: str, earlier: Evaluation | None, folder: EvaluationFolder) -> None:
    """Check that stored samples are of the same task, scored in the same way."""
    if earlier is None or not any(folder.samples(each.name)[0] for each in earlier.contenders):
        return
    if earlier.task != task:
        raise UsageError(
            f"the folder holds an evaluation of {earlier.task}, not of {task}",
            hint="name the task as before, or another folder for the results",
            file=str(folder.path),
        )
    if earlier.metric != metric:
        raise UsageError(
            f"the folder holds scores of another kind: {earlier.metric}; these would be: {metric}",
            hint="take the same scorer and scale as before, or another folder for the results",
            file=str(folder.path),
        )


def require_known_names(prices: Iterable[str], contenders: Iterable[Contender]) -> None:
    """Check that every price is for a contender."""
    names = [each.name for each in contenders]
    if nobody := next((name for name in prices if name not in names), None):
        raise UsageError(
            f"there is a price of {nobody!r}, which is no contender",
            hint=f"name one of {', '.join(map(repr, names))}",
        )


def plan(folder: EvaluationFolder, earlier: Evaluation | None, task: Task) -> StoredPlan:
    """Return the plan of this session, and check it against the stored one."""
    require_same_task(task.name, task.metric, earlier, folder)
    planned = StoredPlan(task=task.name, epochs=task.epochs, samples=task.samples)
    if (content := folder.plan()) is None:
        return planned
    try:
        before = msgspec.convert(content, StoredPlan)
    except msgspec.ValidationError as error:
        raise MalformedError(
            f"this is no plan of an evaluation: {error}",
            hint=NO_PLAN,
            file=str(folder.path / PLAN),
        ) from error
    if before.samples is not None and planned.samples is not None:
        for sample in before.samples.keys() & planned.samples.keys():
            if before.samples[sample] != planned.samples[sample]:
                raise UsageError(
                    f"sample {sample} has another question than in the session before",
                    hint="the task shuffles or draws its samples: fix its seed, or give each sample an id",
                    file=str(folder.path),
                )
    return planned


def merge_headers(earlier: Evaluation | None, header: Evaluation) -> Evaluation:
    """Complete the header of this session with what earlier ones stored."""
    if earlier is None:
        return header
    contenders = {each.name: each for each in (*earlier.contenders, *header.contenders)}
    return msgspec.structs.replace(
        header,
        run=header.run or earlier.run,
        kind=header.kind or earlier.kind,
        contenders=tuple(contenders.values()),
        prices={**earlier.prices, **header.prices},
        currency=header.currency or earlier.currency,
        scale=header.scale or earlier.scale,
        failure_score=earlier.failure_score if header.failure_score is None else header.failure_score,
    )


def notes_of_others(earlier: Evaluation | None, entered: Iterable[Contender]) -> dict[str, Note]:
    """Return the notes of earlier sessions on contenders that this one leaves out, by name."""
    if earlier is None:
        return {}
    left_out = {each.name for each in earlier.contenders} - {each.name for each in entered}
    return {
        name: note
        for name in sorted(left_out)
        for note in earlier.notes
        if note.code == "incomplete" and note.text.startswith(f"{name}: ")
    }
