"""The verb `evaluate`: contenders on the real task, stored sample by sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath

import msgspec

from curvewise.errors import InputError, UsageError
from curvewise.harness.budget import Budget
from curvewise.harness.contract import Harness, Outcome, Task, Work
from curvewise.harness.stored_logs import StoredLogs
from curvewise.model.evaluation import Contender, Evaluation, Price, Sample
from curvewise.model.run import Kind, Note
from curvewise.sources.evaluations import EvaluationFolder, read_evaluation

OURS = ("incomplete", "all_failed", "grew")
"""Notes that are found anew in every session."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation is about to do.

    Parameters
    ----------
    task
        What is to be done.
    contenders
        By whom.
    done
        Samples that earlier sessions stored, by contender.
    expected
        Samples of each contender, attempts counted; None when only the harness knows.
    budget
        The most that it may take.
    estimate
        Tokens and money for what is left, by what samples took so far; None when that is not known.
    """

    task: Task
    contenders: tuple[Contender, ...]
    done: Mapping[str, int]
    expected: int | None
    budget: Budget
    estimate: tuple[float, float] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do, as far as that is known."""
        return self.expected is not None and all(done >= self.expected for done in self.done.values())


class _Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a plan in the folder, to tell what is missing and that sessions fit together."""

    task: str
    epochs: int
    samples: Mapping[str, str] | None


def evaluate(
    contenders: Iterable[Contender],
    harness: Harness,
    into: str | PathLike[str],
    *,
    run: str = "",
    kind: Kind | None = None,
    budget: Budget | None = None,
    currency: str | None = None,
    retry_failures: bool = False,
    addresses: Mapping[str, str] | None = None,
    notes: Iterable[Note] = (),
    before: Callable[[Plan], bool] | None = None,
    told: Callable[[str, Sample], None] | None = None,
) -> Evaluation:
    """Evaluate contenders on a task, and store every sample as it comes.

    A folder that holds a part of the same evaluation is gone on with: what was paid for is not asked again.

    Parameters
    ----------
    contenders
        The models.
    harness
        What runs the task: `InspectTask`, `Command`.
    into
        Folder for the results.
    run, kind
        Where the contenders come from.
    budget
        The most that it may take, all sessions together.
    currency
        Of prices.
    retry_failures
        Whether samples that failed in earlier sessions are done again.
    addresses
        What to call models by, where that is not their name: the deployment of each contender.
    notes
        What there is to say about the contenders.
    before
        Shown the plan before the first sample; nothing is begun when it returns False.
    told
        Told of every sample: name of the contender, sample.

    Returns
    -------
    Evaluation
        With what is stored by now, and a note on every contender that is not complete.

    Raises
    ------
    UsageError
        If a contender has no model or two have the same, the folder holds another evaluation, or the
        harness fails. What was stored stays.
    """
    folder = EvaluationFolder(into)
    with folder.lock() as lock:
        entered = _entered(contenders, folder)
        limits = budget or Budget()
        work = Work(
            contenders=entered,
            folder=folder,
            earlier={each.name: folder.samples(each.name)[0] for each in entered},
            budget=limits,
            retry_failures=retry_failures,
            lock=lock.handle,
            addresses=addresses or {},
        )
        session = harness.prepare(work)
        try:
            planned = _join_plan(folder, session.task)
            expected = None if planned.samples is None else len(planned.samples) * planned.epochs
            done = {each.name: len(work.done(each.name)) for each in entered}
            plan = Plan(task=session.task, contenders=entered, done=done, expected=expected, budget=limits)
            earlier = folder.header()
            header = Evaluation(
                run=run or (earlier.run if earlier else ""),
                kind=kind or (earlier.kind if earlier else None),
                task=session.task.name,
                harness=session.task.harness,
                metric=session.task.metric,
                contenders=_joined(earlier, entered),
                prices={**(earlier.prices if earlier else {}), **limits.prices},
                currency=currency or (earlier.currency if earlier else None),
                notes=tuple(notes),
            )
            if before is not None and not before(plan):
                return msgspec.structs.replace(header, samples=work.earlier)
            folder.write_plan(planned)
            folder.write_header(
                _with_notes(header, folder, expected, Outcome(), "it has not come to its end")
            )
            outcome, why = Outcome(), "it was stopped"
            try:
                if not plan.is_complete:
                    outcome = session.run(told or _untold)
                why = "the budget is spent" if outcome.spent else "the harness has no result for them"
            finally:
                folder.write_header(_with_notes(header, folder, expected, outcome, why))
        finally:
            session.close()
    return read_evaluation(fspath(into))


def _untold(contender: str, sample: Sample) -> None:
    """Tell nobody."""
    del contender, sample


def _entered(contenders: Iterable[Contender], folder: EvaluationFolder) -> tuple[Contender, ...]:
    """Check that the contenders can be told apart, also from those of earlier sessions."""
    entered = {each.name: each for each in contenders}
    if not entered:
        raise UsageError("there is no contender", hint="name models with --model NAME=MODEL")
    for each in entered.values():
        if not each.model:
            raise UsageError(
                f"nobody knows which model {each.name!r} is, or whether it exists",
                hint=f"name it with --model '{each.name}=MODEL', or leave it out",
            )
    earlier = folder.header()
    for each in () if earlier is None else earlier.contenders:
        if each.name in entered and entered[each.name].model != each.model:
            raise UsageError(
                f"the folder holds samples of {each.name!r} as {each.model}, not {entered[each.name].model}",
                hint="give the contender another name, or the results another folder",
                file=str(folder.path),
            )
    models = [each.model for each in entered.values()]
    if twice := next((model for model in models if models.count(model) > 1), None):
        raise UsageError(f"two contenders are the model {twice}", hint="leave one of them out")
    return tuple(entered.values())


def _estimate(work: Work, done: Mapping[str, int], expected: int | None) -> tuple[float, float] | None:
    """Return tokens and money for what is left; a contender without samples takes what the others take."""
    taken = [each for samples in work.earlier.values() for each in samples if each.tokens is not None]
    left = None if expected is None else sum(max(0, expected - count) for count in done.values())
    if not taken or not left:
        return None
    tokens = sum(each.tokens.total for each in taken if each.tokens is not None) / len(taken)
    cost = sum(each.cost or 0.0 for each in taken) / len(taken)
    return left * tokens, left * cost


def _joined(earlier: Evaluation | None, entered: tuple[Contender, ...]) -> tuple[Contender, ...]:
    """Return the contenders of all sessions."""
    joined = {each.name: each for each in (() if earlier is None else earlier.contenders)}
    return tuple((joined | {each.name: each for each in entered}).values())


def _join_plan(folder: EvaluationFolder, task: Task) -> _Planned:
    """Return the plan of all sessions.

    Raises
    ------
    UsageError
        If the folder holds another evaluation, or a sample has another question than before.
    """
    planned = _Planned(task=task.name, epochs=task.epochs, samples=task.samples)
    earlier = folder.plan()
    if earlier is None:
        return planned
    before = msgspec.convert(earlier, _Planned)
    header = folder.header()
    begun = header is not None and any(folder.samples(each.name)[0] for each in header.contenders)
    if before.task != planned.task and begun:
        raise UsageError(
            f"the folder holds an evaluation of {before.task}, not of {planned.task}",
            hint="name another folder for the results",
            file=str(folder.path),
        )
    if before.samples is not None and planned.samples is not None:
        for sample in before.samples.keys() & planned.samples.keys():
            if before.samples[sample] != planned.samples[sample]:
                raise UsageError(
                    f"sample {sample} has another question than in the session before",
                    hint="the task shuffles or draws its samples: fix its seed, or give each sample an id",
                    file=str(folder.path),
                )
    return planned


def _with_notes(
    header: Evaluation, folder: EvaluationFolder, expected: int | None, outcome: Outcome, why: str
) -> Evaluation:
    """Say what is missing, and which contenders failed throughout."""
    notes = []
    for each in header.contenders:
        samples = folder.samples(each.name)[0]
        reason = outcome.broken.get(each.name, why)
        if expected is not None and len(samples) < expected:
            text = f"{each.name}: {len(samples)} of {expected} samples have a result: {reason}."
            notes.append(Note("incomplete", text))
        elif each.name in outcome.broken or not samples:
            text = f"{each.name}: only {len(samples)} samples have a result: {reason}."
            notes.append(Note("incomplete", text))
        if samples and all(sample.score is None for sample in samples):
            text = f"{each.name}: every sample failed, the first with: {samples[0].error}"
            notes.append(Note("all_failed", text))
    kept = [note for note in header.notes if note.code not in OURS]
    return msgspec.structs.replace(header, notes=(*kept, *notes))


def gather(
    contenders: Iterable[Contender],
    logs: StoredLogs,
    into: str | PathLike[str],
    *,
    run: str = "",
    kind: Kind | None = None,
    budget: Budget | None = None,
    currency: str | None = None,
    notes: Iterable[Note] = (),
) -> Evaluation:
    """Gather the results of stored logs; a model that is no contender becomes one of its own name.

    Parameters
    ----------
    contenders
        Models to look for; a name may stand without the provider that the harness puts before it.
    logs
        The logs.
    into
        Folder for the results; what it held of the same samples stays.
    run, kind, currency, notes
        As for `evaluate`.
    budget
        Its prices give the cost of samples that have tokens and no cost.

    Raises
    ------
    InputError
        If there is no log, a log has no result, or they are of several tasks.
    """
    read = logs.read()
    tasks = list(dict.fromkeys(log.task for log in read))
    if len(tasks) > 1:
        raise InputError(
            f"the logs are of several tasks: {', '.join(tasks)}",
            hint="pass the logs of one task: its samples are compared",
        )
    known = tuple(contenders)
    entered: dict[str, Contender] = {}
    folder, prices = EvaluationFolder(into), {} if budget is None else budget.prices
    with folder.lock():
        for log in read:
            contender = _found(log.model, known)
            entered[contender.name] = contender
            price = prices.get(contender.name)
            stored = {(sample.id, sample.epoch) for sample in folder.samples(contender.name)[0]}
            folder.append(
                contender.name,
                (_priced(each, price) for each in log.samples if (each.id, each.epoch) not in stored),
            )
        missing = [each for each in known if each.name not in entered]
        text = f"No log has results of {', '.join(each.name for each in missing)}."
        header = Evaluation(
            run=run,
            kind=kind,
            task=tasks[0],
            harness=", ".join(dict.fromkeys(log.harness for log in read)),
            metric=", ".join(dict.fromkeys(log.metric for log in read)),
            contenders=_joined(folder.header(), (*entered.values(), *missing)),
            prices=prices,
            currency=currency,
            notes=(*notes, *((Note("no_log", text),) if missing else ())),
        )
        everyone = {sample.id for each in header.contenders for sample in folder.samples(each.name)[0]}
        folder.write_header(_with_notes(header, folder, None, Outcome(), f"the logs have {len(everyone)}"))
    return read_evaluation(fspath(into))


def _found(model: str, contenders: tuple[Contender, ...]) -> Contender:
    for each in contenders:
        if each.model and (model == each.model or model.endswith(f"/{each.model}") or model == each.name):
            return each
    return Contender(name=model, model=model, step=None, role="other", why="found in the logs")


def _priced(sample: Sample, price: Price | None) -> Sample:
    if price is None or sample.tokens is None or sample.cost is not None:
        return sample
    return msgspec.structs.replace(sample, cost=price.of(sample.tokens))
