"""The check `saturated_reward`."""

from __future__ import annotations

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import fixed
from curvewise.plugin import check
from curvewise.stats.moments import mean

TEN, PERCENT = 10.0, 100.0


@check(
    needs=(TRAINING_REWARD[:2],),
    uses=TRAINING_REWARD,
    kinds=("rft",),
    turns={"grader_strictness": "up", "difficulty": "up"},
)
def saturated_reward(
    run: Run, *, high: float = 0.9, full: float = 1.0, rise: float = 0.05, first: int = 5, min_steps: int = 10
) -> Finding:
    """Reward is high from the first steps and stays flat.

    The untrained model passes already, so the grader tells good from better no more: its threshold
    is too lenient, or the prompts are too easy. Training then costs money and teaches nothing.

    The mean of the first steps is compared with the highest possible reward, and with the mean of
    as many last steps; a rise from so high a start is no learning either. Rewards between 10 and 100 are
    taken for percentages, and those that begin at 9 to 10 for marks out of ten. Another reward that goes
    beyond `full` is on a scale of its own, whose top is not in the data; a flat one is then not judged.

    Of 1,000 simulated rewards that stay level at 0.2 to 0.8 it calls 0.0 %, and it finds 99.1 % of those at
    0.93 to 1 (scripts/calibration/shapes.py).

    Parameters
    ----------
    high
        Share of the full reward that is high for an untrained model: nine rollouts in ten are right.
    full
        Highest reward that the grader gives; graders of OpenAI and Azure give 0 to 1.
    rise
        Rise, as a share of the full reward, that still counts as flat.
    first
        Steps that count as the first, and as the last; single steps differ by their prompts.
    min_steps
        Training steps needed to call a reward flat.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(saturated_reward(make_run(train_mean_reward=[0.96, 0.98] * 10)).summary)
    Reward is 0.968 over the first 5 steps already and 0.972 over the last 5 of 20.
    """
    reward = graded_reward(run)
    steps = 0 if reward is None else len(reward.series)
    if reward is None or steps < max(min_steps, 2):
        return Finding.unknown(f"{max(min_steps, 2)} steps with a reward are needed, the log has {steps}.")
    series = reward.series
    width = max(1, min(first, steps // 2))
    early, late = mean(series.value[:width]), mean(series.value[-width:])
    if full < TEN < series.value.max() <= PERCENT:
        full = PERCENT
    elif full < high * TEN <= early <= TEN:
        full = TEN
    start = Evidence.of(
        reward.metric,
        "mean over the first steps",
        early,
        series.between(None, int(series.step[width - 1])),
        limit=high * full,
    )
    end = Evidence.of(
        reward.metric,
        "mean over the last steps",
        late,
        series.between(int(series.step[-width])),
    )
    stays = series.value[0] >= (high - 2 * rise) * full and end.value >= high * full
    flat = abs(end.value - start.value) <= rise * full or (start.value >= high * full and stays)
    if flat and series.value.max() > full:
        return Finding.unknown(
            f"The reward is flat, and reaches {series.value.max():.3g}, which is more than {full:g}: what "
            "this grader gives at most is not known. Set `full` to it.",
            start,
            end,
        )
    numbers = f"{fixed(start.value)} over the first {width:,} steps"
    if start.value < high * full or not flat:
        return Finding.ok(
            f"Reward is {numbers} and {fixed(end.value)} over the last {width:,} of {steps:,}.", start, end
        )
    return Finding.problem(
        f"Reward is {numbers} already and {fixed(end.value)} over the last {width:,} of {steps:,}.",
        start,
        end,
        advice="Make the grader stricter or the prompts harder, until the base model earns about half.",
    )
