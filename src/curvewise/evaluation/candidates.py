"""The function `candidates`: which checkpoints to evaluate on the real task."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.engine import choose
from curvewise.errors import UsageError
from curvewise.model.candidates import Candidates, Power
from curvewise.model.evaluation import Contender, ContenderRole
from curvewise.model.run import Note, Run
from curvewise.model.selection import WORSE, Pick, Row, Selection
from curvewise.stats.power import smallest_difference
from curvewise.text import listed

SAMPLES = (30, 100, 300)
DISCORDANCES = (0.1, 0.2, 0.4)
"""Shares of samples with different results for two checkpoints of a run: near, ordinary and far ones."""


def candidates(
    run: Run,
    *,
    most: int = 3,
    with_base: bool = False,
    base: str | None = None,
    production: str | None = None,
    by: str | None = None,
) -> Candidates:
    """Name the checkpoints of a run that are worth an evaluation on the real task.

    Of an RFT run: the peak of the validation reward, the final and a mid-training checkpoint, and the one
    with the fewest tokens at equal reward. Of an SFT or DPO run: the one with the lowest validation loss, one
    that ties with it, the final one and an earlier one. One that is measurably worse is for comparison only.
    Only checkpoints that exist are named; without a list of checkpoints that is unknown, and a note says so.
    None is named where the diagnosis says that nothing is to be deployed.

    Parameters
    ----------
    run
        The run.
    most
        Most checkpoints, without references.
    with_base
        Whether the base model is a reference.
    base, production
        Names of reference models: the base model, and the one in use.
    by
        Metric to choose by, as for `analyze`.

    Raises
    ------
    UsageError
        If `most` is less than 1, the base model is wanted and unknown, or `by` is no metric of the run.

    Examples
    --------
    >>> import curvewise as cw
    >>> run = cw.Run.from_series({"full_valid_loss": ([100, 200, 300, 400], [1.8, 0.9, 1.9, 2.4])})
    >>> [(each.name, each.role) for each in cw.candidates(run, production="gpt-4.1").contenders]
    [('step 200', 'best'), ('step 400', 'final'), ('step 100', 'mid'), ('production', 'production')]
    """
    if most < 1:
        raise UsageError(f"{most} candidates are none", hint="ask for at least 1", field="most")
    base = base or (run.base_model if with_base else None)
    if with_base and base is None:
        raise UsageError("nothing in the run tells its base model", hint="name it with --base MODEL")
    selection = choose(run, by=by)
    picks = _of_rewards(selection) or _of_losses(selection)
    taken = picks[:most]
    contenders = list(taken)
    for role, model, why in _references(base, production):
        contenders.append(Contender(name=role, model=model, step=None, role=role, why=why))
    return Candidates(
        run=run.id or run.source or run.name,
        kind=run.kind,
        contenders=tuple(contenders),
        reason=selection.reason,
        power=power(len(contenders)),
        notes=tuple(_notes(taken, picks)),
    )


def power(contenders: int) -> tuple[Power, ...]:
    """Return the differences that some numbers of samples could show."""
    return tuple(
        Power(
            samples=samples,
            discordance=discordance,
            difference=smallest_difference(
                samples, discordance=discordance, contenders=max(2, contenders), design_effect=1.0
            ),
        )
        for samples in SAMPLES
        for discordance in DISCORDANCES
    )


def _references(base: str | None, production: str | None) -> list[tuple[ContenderRole, str, str]]:
    references: list[tuple[ContenderRole, str, str]] = []
    if base:
        references.append(("base", base, "the model that was tuned: what the training is worth"))
    if production:
        references.append(("production", production, "what is in use: candidates have to beat it"))
    return references


def _of_rewards(selection: Selection) -> list[Contender]:
    return [_contender(pick, pick.role, pick.why) for pick in selection.candidates]


def _of_losses(selection: Selection) -> list[Contender]:
    """Return the best checkpoint, the first that ties with it, the final one, and an earlier one."""
    best = selection.best
    if best is None:
        return []
    picks = {best.step: _contender(best, "best", best.why)}
    for tied in selection.tied[:1]:
        picks[tied.step] = _contender(tied, "tied", tied.why)
    rows = {row.step: row for row in selection.table if row.existence != "gone"}
    equal = {best.step, *(tied.step for tied in selection.tied)}
    worse = {row.step for row in rows.values() if row.values.get(best.metric) is not None} - equal
    if rows and (last := max(rows)) not in picks:
        picks[last] = _contender(rows[last], "final", WORSE * (last in worse) + "the last to choose from")
    if earlier := [step for step in rows if 0 < step < best.step and step not in picks]:
        half = min(earlier, key=lambda step: (abs(step - best.step / 2), step))
        why = "an earlier one, should the curve be late to tell"
        picks[half] = _contender(rows[half], "mid", WORSE * (half in worse) + why)
    return list(picks.values())


def _contender(place: Pick | Row, role: ContenderRole, why: str) -> Contender:
    return Contender(name=f"step {place.step}", model=place.model, step=place.step, role=role, why=why)


def _notes(taken: list[Contender], picks: list[Contender]) -> Iterator[Note]:
    if len(picks) > len(taken):
        left = ", ".join(f"{each.name} ({each.role})" for each in picks[len(taken) :])
        yield Note("left_out", f"Left out, with at most {len(taken)} to name: {left}.")
    if nameless := [each.name for each in taken if each.model is None]:
        yield Note(
            "unknown_existence",
            f"No checkpoint list is known, so nobody can say whether {listed(nameless)} "
            f"exist{'s' if len(nameless) == 1 else ''}; name a model with --model NAME=MODEL to evaluate it.",
        )
