"""The functions `evaluate` and `gather`: results of contenders on the real task, stored by sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath

import msgspec

from curvewise.errors import InputError
from curvewise.evaluation.harness import resume
from curvewise.evaluation.harness.contract import Harness, Outcome, Work
from curvewise.evaluation.harness.resume import StoredPlan
from curvewise.evaluation.logs.log_entry import Log
from curvewise.evaluation.logs.stored_logs import StoredLogs
from curvewise.evaluation.results_folder import EvaluationFolder, read_evaluation
from curvewise.model.evaluation import Contender, Evaluation, Price, Sample
from curvewise.model.plan import Budget, Plan
from curvewise.model.run import Kind, Note

SESSION_NOTES = ("incomplete", "all_failed", "grew")
"""Codes of notes that each session writes anew."""


def evaluate(
    contenders: Iterable[Contender],
    harness: Harness,
    into: str | PathLike[str],
    *,
    run: str = "",
    kind: Kind | None = None,
    budget: Budget | None = None,
    currency: str | None = None,
    failure_score: float | None = None,
    retry_failures: bool = False,
    addresses: Mapping[str, str] | None = None,
    notes: Iterable[Note] = (),
    before: Callable[[Plan], bool] | None = None,
    told: Callable[[str, Sample], None] | None = None,
) -> Evaluation:
    """Evaluate contenders on a task, and store every sample when it is done.

    A folder with a part of the same evaluation is continued: nothing is paid for twice.

    Parameters
    ----------
    contenders
        The models.
    harness
        Runs the task: `InspectTask` or `Command`.
    into
        Folder for the results.
    run, kind
        Of the training run that the contenders come from.
    budget
        Limit for all sessions together.
    currency
        Of prices.
    failure_score
        Score of a failed sample. It is stored with the results, and a later session can change it. None for
        that of earlier sessions, else the worst score.
    retry_failures
        Whether to repeat samples that failed in earlier sessions.
    addresses
        Names to call models by, where they differ: the deployment of each contender.
    notes
        Notes on the contenders.
    before
        Called with the plan before the first sample; nothing begins when it returns False.
    told
        Called with the name of the contender and each sample.

    Returns
    -------
    Evaluation
        With all that is stored, and a note on every incomplete contender.

    Raises
    ------
    UsageError
        If a contender has no model or two have the same, a price is for no contender, the folder holds
        another evaluation, `failure_score` is off the scale, or the harness fails. What was stored stays.
    """
    folder = EvaluationFolder(into)
    with folder.lock() as handle:
        entered = resume.check_contenders(contenders, folder)
        limits = budget or Budget()
        resume.require_known_names(limits.prices, entered)
        work = Work(
            contenders=entered,
            folder=folder,
            earlier={each.name: folder.samples(each.name)[0] for each in entered},
            budget=limits,
            retry_failures=retry_failures,
            lock=handle,
            addresses=addresses or {},
        )
        session = harness.prepare(work)
        try:
            earlier = folder.header()
            planned = resume.plan(folder, earlier, session.task)
            done = {each.name: planned.count(work.done(each.name)) for each in entered}
            header = resume.merge_headers(
                earlier,
                Evaluation(
                    run=run,
                    kind=kind,
                    task=session.task.name,
                    harness=session.task.harness,
                    metric=session.task.metric,
                    scale=session.task.scale,
                    failure_score=failure_score,
                    contenders=entered,
                    prices=limits.prices,
                    currency=currency,
                    notes=tuple(notes),
                ),
            )
            plan = Plan(
                task=session.task,
                contenders=entered,
                done=done,
                expected=planned.expected,
                budget=limits,
                estimate=_estimate(work, done, planned.expected),
                currency=header.currency,
                failure=header.failure(),
            )
            if before is not None and not before(plan):
                return msgspec.structs.replace(header, samples=work.earlier)
            folder.write_plan(planned)
            others = resume.notes_of_others(earlier, entered)
            folder.write_header(_with_pending_notes(header, plan, others))
            stopped = "it was stopped"
            outcome, why = Outcome(broken=dict.fromkeys(done, stopped)), stopped
            try:
                outcome = Outcome() if plan.is_complete else session.run(told or _ignore)
                why = "the budget is spent" if outcome.spent else "the harness has no result for them"
            finally:
                session.close()  # pending samples may still arrive
                folder.write_header(_with_final_notes(header, folder, planned, outcome, why, others))
        finally:
            session.close()
    return read_evaluation(fspath(into))


def _ignore(contender: str, sample: Sample) -> None:
    """Ignore a sample."""
    del contender, sample


def _estimate(work: Work, done: Mapping[str, int], expected: int | None) -> tuple[float, float] | None:
    """Return tokens and money for the remaining samples; unknown contenders take the mean of the others."""
    if expected is None or all(count >= expected for count in done.values()):
        return None
    taken = {
        name: [each for each in samples if each.tokens is not None] for name, samples in work.earlier.items()
    }
    everyone = [each for samples in taken.values() for each in samples]
    if not everyone:
        return None
    tokens = cost = 0.0
    for name, count in done.items():
        price, known = work.budget.prices.get(name), taken[name] or everyone
        share = max(0, expected - count) / len(known)
        tokens += share * sum(each.tokens.total for each in known if each.tokens is not None)
        cost += share * sum(_cost(each, price) or 0.0 for each in known)
    return tokens, cost


def _cost(sample: Sample, price: Price | None) -> float | None:
    """Return the cost of a sample: by the price if there is one, else as stored."""
    return sample.cost if price is None or sample.tokens is None else price.of(sample.tokens)


def _with_pending_notes(header: Evaluation, plan: Plan, others: Mapping[str, Note]) -> Evaluation:
    """Add the notes that hold until the session ends."""
    notes = [
        Note("incomplete", f"{each.name}: its evaluation has not come to its end.")
        for each in plan.contenders
        if plan.expected is None or plan.done[each.name] < plan.expected
    ]
    return _with_notes(header, [*notes, *others.values()])


def _with_final_notes(
    header: Evaluation,
    folder: EvaluationFolder,
    planned: StoredPlan,
    outcome: Outcome,
    why: str,
    others: Mapping[str, Note],
) -> Evaluation:
    """Add notes on missing samples, and on contenders that failed throughout."""
    notes = []
    for each in header.contenders:
        samples = folder.samples(each.name)[0]
        count = planned.count((sample.id, sample.epoch) for sample in samples)
        reason = outcome.broken.get(each.name, why)
        if each.name in others:
            notes.append(others[each.name])
        elif planned.expected is not None and count < planned.expected:
            text = f"{each.name}: {count:,} of {planned.expected:,} samples have a result: {reason}."
            notes.append(Note("incomplete", text))
        elif planned.expected is None and (each.name in outcome.broken or not samples):
            many = "no sample has" if not samples else "only 1 sample has"
            many = f"only {len(samples):,} samples have" if len(samples) > 1 else many
            text = f"{each.name}: {many} a result: {reason}."
            notes.append(Note("incomplete", text))
        notes += _failure_notes(each.name, samples)
    return _with_notes(header, notes)


def _failure_notes(contender: str, samples: Sequence[Sample]) -> list[Note]:
    """Return a note for a contender whose samples all failed."""
    if not samples or any(sample.score is not None for sample in samples):
        return []
    return [Note("all_failed", f"{contender}: every sample failed, the first with: {samples[0].error}")]


def _with_notes(header: Evaluation, notes: Iterable[Note]) -> Evaluation:
    kept = [note for note in header.notes if note.code not in SESSION_NOTES]
    return msgspec.structs.replace(header, notes=(*kept, *notes))


def gather(
    contenders: Iterable[Contender],
    logs: StoredLogs,
    into: str | PathLike[str],
    *,
    run: str = "",
    kind: Kind | None = None,
    budget: Budget | None = None,
    price: Price | None = None,
    currency: str | None = None,
    failure_score: float | None = None,
    notes: Iterable[Note] = (),
) -> Evaluation:
    """Gather the results of stored logs; a model that is no contender becomes one.

    Parameters
    ----------
    contenders
        Models to look for, with or without the harness's prefix for the provider.
    logs
        The logs.
    into
        Folder for the results; samples that it holds already stay.
    run, kind, currency, failure_score, notes
        As for `evaluate`.
    budget
        Its prices give the cost of samples that have only tokens.
    price
        For contenders without one in the budget.

    Raises
    ------
    InputError
        If there is no log, a log has no result, or the logs are of several tasks or metrics.
    UsageError
        If a price is for no contender, the folder holds another evaluation, or `failure_score` is off the
        scale.
    """
    read = logs.read()
    task, metric = _only("tasks", (log.task for log in read)), _only("metrics", (log.metric for log in read))
    known = tuple(contenders)
    by_log = [(_contender_of(log.model, known), log) for log in read]
    entered = {each.name: each for each, _ in by_log}
    folder, prices = EvaluationFolder(into), dict({} if budget is None else budget.prices)
    resume.require_known_names(prices, (*entered.values(), *known))
    if price is not None:
        prices = dict.fromkeys(entered, price) | prices
    with folder.lock():
        earlier = folder.header()
        resume.require_same_models((*known, *entered.values()), earlier, folder)
        resume.require_same_task(task, metric, earlier, folder)
        for contender, log in by_log:
            _add(folder, contender.name, log, prices.get(contender.name))
        missing = [each for each in known if not folder.samples(each.name)[0]]
        text = f"No log has results of {', '.join(each.name for each in missing)}."
        header = resume.merge_headers(
            earlier,
            Evaluation(
                run=run,
                kind=kind,
                task=task,
                harness=", ".join(dict.fromkeys(log.harness for log in read)),
                metric=metric,
                scale=logs.reading.scale,
                failure_score=failure_score,
                contenders=(*entered.values(), *(each for each in missing if each.name not in entered)),
                prices=prices,
                currency=currency,
                notes=(*notes, *((Note("no_log", text),) if missing else ())),
            ),
        )
        folder.write_header(_with_log_notes(header, folder, by_log))
    return read_evaluation(fspath(into))


def _only(what: str, names: Iterable[str]) -> str:
    several = list(dict.fromkeys(names))
    if len(several) > 1:
        raise InputError(
            f"the logs are of several {what}: {', '.join(several)}",
            hint="pass logs of one task and one scorer: their samples are compared",
        )
    return several[0]


def _add(folder: EvaluationFolder, contender: str, log: Log, price: Price | None) -> None:
    """Store the samples of a log that are new, or stored only as failures."""
    stored = {(sample.id, sample.epoch): sample for sample in folder.samples(contender)[0]}
    new = []
    for sample in log.samples:
        before = stored.get((sample.id, sample.epoch))
        if before is None or (before.score is None and sample.score is not None):
            new.append(sample if sample.cost is not None else _priced(sample, price))
    folder.append(contender, new)


def _with_log_notes(
    header: Evaluation, folder: EvaluationFolder, logs: Sequence[tuple[Contender, Log]]
) -> Evaluation:
    """Add notes on missing samples and on incomplete logs."""
    samples = {each.name: folder.samples(each.name)[0] for each in header.contenders}
    everyone = {(sample.id, sample.epoch) for own in samples.values() for sample in own}
    ended = {contender.name for contender, log in logs if not log.unfinished}
    broken = {contender.name: log.unfinished for contender, log in logs if contender.name not in ended}
    notes = []
    for name, own in samples.items():
        if len(own) < len(everyone):
            reason = broken.get(name, "no log has more")
            text = f"{name}: {len(own)} of {len(everyone)} samples have a result: {reason}."
            notes.append(Note("incomplete", text))
        elif name in broken:
            notes.append(Note("incomplete", f"{name}: {len(own)} samples have a result: {broken[name]}."))
        notes += _failure_notes(name, own)
    return _with_notes(header, notes)


def _contender_of(model: str, contenders: tuple[Contender, ...]) -> Contender:
    for each in contenders:
        if each.model and (model == each.model or model.endswith(f"/{each.model}") or model == each.name):
            return each
    return Contender(name=model, model=model, step=None, role="other", why="found in the logs")


def _priced(sample: Sample, price: Price | None) -> Sample:
    return msgspec.structs.replace(sample, cost=_cost(sample, price))
