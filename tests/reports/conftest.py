from __future__ import annotations

import pytest
from msgspec.structs import replace

from curvewise.diagnose import diagnose
from curvewise.model.finding import Evidence, Finding
from curvewise.model.report import Curve, Report, RunFacts
from curvewise.model.run import Note
from curvewise.model.selection import Pick, Row, Selection

STEPS = (100, 200, 300)
LOSSES = (0.170, 0.164, 0.188)


def make_report(
    *,
    name: str = "results.csv",
    model: str | None = "gpt.ft-1:ckpt-step-200",
    summary: str = "",
    losses: tuple[float, ...] = LOSSES,
) -> Report:
    """A report of every part: each status, ties, candidates, a checkpoint that is gone, an absent value."""
    rise = Evidence(
        label="rise since the best",
        value=0.146,
        metric="full_valid_loss",
        limit=0.2,
        first_step=100,
        last_step=300,
        points=3,
    )
    findings = (
        Finding(
            check="crasher", status="crashed", summary="The check itself failed.", reason="ValueError: x"
        ),
        Finding.problem(
            summary or "Full validation loss rose by 15 %.", rise, advice="Deploy step 200.", confidence=0.8
        ),
        Finding.warning("Training loss spiked once.", rise, advice="Look at the batch."),
        Finding.unknown("The run has no grad_norm. With it, this could be judged."),
        Finding.ok("No value is NaN or infinite."),
        Finding.not_applicable("It is for rft runs; this one is sft."),
    )
    names = (
        "crasher",
        "overfitting",
        "loss_spikes",
        "exploding_gradient",
        "non_finite_values",
        "flat_reward",
    )
    picks = [
        Pick(
            step=200,
            model=model,
            existence="exists",
            metric="full_valid_loss",
            value=0.164,
            role="best",
            why="Lowest.",
        ),
        Pick(
            step=100,
            model=None,
            existence="unknown",
            metric="full_valid_loss",
            value=0.17,
            role="mid",
            why="Within noise.",
        ),
    ]
    rows = tuple(
        Row(
            step=step,
            epoch=step / 100,
            model=model if step == 200 else None,
            existence="exists" if step == 200 else "gone",
            values={
                "full_valid_loss": loss,
                "ratio": None,
                "score": 0.5 if step == 200 else None,
                "band": "mild",
            },
        )
        for step, loss in zip(STEPS, losses, strict=True)
    )
    report = Report(
        version="1.0",
        headline="",
        run=RunFacts(
            id="ftjob-1", name=name, kind="sft", source=name, formats=("openai_results",), status="succeeded",
            base_model="gpt", final_model=None, first_step=1, last_step=300, planned_steps=300, epochs=3.0,
            validation_examples=None, metrics={"full_valid_loss": 3}, checkpoints=1,
        ),
        findings=tuple(replace(finding, check=check) for finding, check in zip(findings, names, strict=True)),
        selection=Selection(
            best=picks[0], candidates=(picks[1],), pareto=(200,),
            columns=("full_valid_loss", "ratio", "score", "band"),
            table=rows, reason="Lowest full validation loss among checkpoints that exist.",
        ),
        curves={
            "train_loss": Curve(step=(1, 150, 300), value=(2.0, 0.4, 0.1), points=300),
            "full_valid_loss": Curve(step=STEPS, value=losses, points=3),
        },
        profile={"overfitting": {"limit": 1.2}},
        notes=(Note("base64", "The file was base64; it was decoded."),),
    )  # fmt: skip
    return diagnose(report)


@pytest.fixture
def report() -> Report:
    return make_report()
