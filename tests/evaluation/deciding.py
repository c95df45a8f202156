"""Small evaluations for tests."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import msgspec

from curvewise.model.evaluation import Contender, ContenderRole, Evaluation, Sample, Tokens

ROLES: Mapping[str, ContenderRole] = {"base": "base", "production": "production"}


def evaluation(
    scores: Mapping[str, Sequence[float | None]],
    *,
    tokens: Mapping[str, int] | None = None,
    family: int = 1,
) -> Evaluation:
    """Make an evaluation; sample i of each contender has the id i and is one of `family` in its cluster."""
    spent = tokens or {}
    return Evaluation(
        run="job",
        task="support",
        harness="own",
        metric="accuracy",
        contenders=tuple(
            Contender(name=name, model=f"model-{name}", step=None, role=ROLES.get(name, "other"))
            for name in scores
        ),
        samples={
            name: tuple(
                Sample(
                    id=str(i),
                    score=score,
                    cluster=str(i // family) if family > 1 else None,
                    tokens=Tokens(output=spent[name] + i % 7) if name in spent else None,
                    error="boom" if score is None else None,
                )
                for i, score in enumerate(own)
            )
            for name, own in scores.items()
        },
    )


def right(count: int, of: int = 200) -> list[float]:
    """Return scores of which the first `count` are 1 and the others 0."""
    return [1.0] * count + [0.0] * (of - count)


def without(made: Evaluation, left_out: Mapping[str, Container[int]]) -> Evaluation:
    """Leave samples out, by name of the contender and place of the sample."""
    samples = {
        name: tuple(each for i, each in enumerate(own) if i not in left_out.get(name, ()))
        for name, own in made.samples.items()
    }
    return msgspec.structs.replace(made, samples=samples)
