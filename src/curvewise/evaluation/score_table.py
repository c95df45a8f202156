"""Score table: the results of an evaluation as arrays, samples by contenders."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec
import numpy as np

from curvewise.errors import UsageError
from curvewise.model.evaluation import LARGEST, Contender, Evaluation, Price, Sample
from curvewise.model.run import Note
from curvewise.model.series import FloatArray, IntArray


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Results as arrays; NaN where there is none."""

    contenders: tuple[Contender, ...]
    # means over the epochs of each sample, shape (samples, contenders)
    score: FloatArray
    tokens: FloatArray
    cost: FloatArray
    cluster: IntArray  # cluster of each sample, from 0
    clustered: bool  # two samples share a cluster
    failures: tuple[int, ...]  # failed attempts by contender
    failure: float  # score of a failed attempt
    errors: tuple[str, ...]  # why a contender has no result; empty when it has
    notes: tuple[Note, ...]


def tabulate(evaluation: Evaluation, failure_score: float | None = None) -> Table:
    """Convert an evaluation to arrays; failures get `failure_score`, or the evaluation's own if None."""
    failure = evaluation.failure(failure_score)
    contenders = evaluation.contenders
    names = [contender.name for contender in contenders]
    if len(set(names)) < len(names):
        raise UsageError("two contenders have the same name", hint="give each its own", field="contenders")
    results = [evaluation.samples.get(name, ()) for name in names]
    errors = tuple(_error(samples) for samples in results)
    _refuse_beyond(names, results)
    if all(errors):
        raise UsageError(
            "no contender has a scored sample, so there is nothing to decide on",
            hint="look at the errors in the harness's logs, then evaluate again",
        )
    usable = [() if error else samples for samples, error in zip(results, errors, strict=True)]
    rows: dict[str, int] = {}
    for sample in (sample for samples in usable for sample in samples):
        rows.setdefault(sample.id, len(rows))
    cluster, clustered, notes = _clusters(usable, rows)
    prices = [evaluation.prices.get(name) for name in names]
    return Table(
        contenders=contenders,
        score=_columns(_means(samples, rows, lambda each: _score(each, failure)) for samples in usable),
        tokens=_columns(_means(samples, rows, _tokens) for samples in usable),
        cost=_columns(
            _means(samples, rows, partial(_cost, price=price))
            for samples, price in zip(usable, prices, strict=True)
        ),
        cluster=cluster,
        clustered=clustered,
        failures=tuple(sum(_failed(sample) for sample in samples) for samples in results),
        failure=failure,
        errors=errors,
        notes=(*notes, *_uneven(names, usable, len(rows)), *_constant(usable)),
    )


def _refuse_beyond(names: Sequence[str], results: Sequence[Sequence[Sample]]) -> None:
    for name, samples in zip(names, results, strict=True):
        for sample in samples:
            if not _failed(sample) and abs(sample.score or 0.0) > LARGEST:
                raise UsageError(
                    f"{name} has the score {sample.score:g} on the sample {sample.id}, beyond {LARGEST:,.0f}",
                    hint="mend the score: scores reach from 0 to 1 as a rule",
                    field="score",
                )


def _error(samples: Sequence[Sample]) -> str:
    if not samples:
        return "no results"
    if all(_failed(sample) for sample in samples):
        first = next((sample.error for sample in samples if sample.error), None)
        count = "its only sample" if len(samples) == 1 else f"all {len(samples):,} samples"
        return f"{count} failed{f': {first}' if first else ''}"
    return ""


def _failed(sample: Sample) -> bool:
    return sample.score is None or not math.isfinite(sample.score)


def _score(sample: Sample, failure: float) -> float:
    return failure if sample.score is None or _failed(sample) else sample.score


def _tokens(sample: Sample) -> float | None:
    return None if sample.tokens is None else sample.tokens.total


def _cost(sample: Sample, price: Price | None) -> float | None:
    if sample.cost is not None or price is None or sample.tokens is None:
        return sample.cost
    return price.of(sample.tokens)


def _columns(columns: Iterable[FloatArray]) -> FloatArray:
    return np.stack(list(columns), axis=1)


def _means(
    samples: Iterable[Sample], rows: dict[str, int], value: Callable[[Sample], float | None]
) -> FloatArray:
    total, count = np.zeros(len(rows)), np.zeros(len(rows))
    for sample in samples:
        if (amount := value(sample)) is not None:
            total[rows[sample.id]] += amount
            count[rows[sample.id]] += 1
    return np.asarray(np.divide(total, count, out=np.full(len(rows), np.nan), where=count > 0))


def _clusters(
    results: Sequence[Sequence[Sample]], rows: dict[str, int]
) -> tuple[IntArray, bool, tuple[Note, ...]]:
    """Return the cluster of each sample: by its first label, or its own without one."""
    named: dict[str, str] = {}
    conflicts = set()
    for sample in (sample for samples in results for sample in samples):
        if sample.cluster is not None and named.setdefault(sample.id, sample.cluster) != sample.cluster:
            conflicts.add(sample.id)
    numbers: dict[tuple[str, str], int] = {}
    cluster = np.array(
        [
            numbers.setdefault(("cluster", named[name]) if name in named else ("sample", name), len(numbers))
            for name in rows
        ],
        dtype=np.intp,
    )
    if not conflicts:
        return cluster, len(numbers) < len(rows), ()
    text = (
        f"{len(conflicts)} sample{'s are' if len(conflicts) > 1 else ' is'} in other clusters for other "
        "contenders; what the first says counts."
    )
    return cluster, len(numbers) < len(rows), (Note("other_clusters", text),)


def _uneven(names: Sequence[str], results: Sequence[Sequence[Sample]], all_samples: int) -> tuple[Note, ...]:
    counts = {name: len({s.id for s in samples}) for name, samples in zip(names, results, strict=True)}
    fewer = [f"{name} {count:,}" for name, count in counts.items() if 0 < count < all_samples]
    if not fewer:
        return ()
    text = (
        f"Not every contender has results for all {all_samples:,} samples ({', '.join(fewer)}): pairs are "
        "compared on the samples that both have."
    )
    return (Note("other_samples", text),)


def _constant(results: Sequence[Sequence[Sample]]) -> tuple[Note, ...]:
    scored = [sample for samples in results for sample in samples]
    if len(scored) < 2 or len(values := {sample.score for sample in scored}) > 1:
        return ()
    text = (
        f"Every score is {values.pop():g}: look at the task and its grader before you pay for more samples."
    )
    return (Note("constant_scores", text),)
