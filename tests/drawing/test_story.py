from __future__ import annotations

from msgspec.structs import replace

from curvewise.drawing.pictures import plot
from curvewise.drawing.story import onset, told_figures
from curvewise.engine import analyze
from curvewise.model.diagnosis import Diagnosis, Place, Severity
from curvewise.model.finding import Evidence, Finding
from curvewise.model.report import Report
from curvewise.notebook import bundle
from curvewise.testing import make_run

RUN = make_run(
    train_loss=[2.0, 1.5, 1.2, 1.0], full_valid_loss={2: 1.6, 4: 1.7}, completion_tokens_mean=[9, 9, 30, 90]
)


def told(*findings: str, severity: Severity = "problem", metric: str = "full_valid_loss") -> Report:
    evidence = Evidence(label="tokens", value=90.0, metric="completion_tokens_mean")
    finding = Finding.problem("Rollouts grow.", evidence, advice="Look.").of("token_growth")
    story = Diagnosis(
        name="verbosity", severity=severity, certainty="high", summary="Verbose.", since=Place(step=3),
        metric=metric, findings=findings,
    )  # fmt: skip
    return replace(analyze(RUN, select=()), diagnosis=story, findings=(finding,))


def test_the_figure_of_the_decisive_finding_comes_first() -> None:
    assert [figure.name for figure in told_figures(told())] == ["loss", "ratio", "tokens"]
    assert told_figures(told("token_growth"))[0].name == "tokens"
    assert told_figures(told("token_growth", severity="ok"))[0].name == "loss"
    assert told_figures(told("token_growth", severity="ok", metric=""))[0].name == "tokens"


def test_the_onset_is_in_figures_that_the_diagnosis_rests_on() -> None:
    report = told("token_growth")
    begins = {figure.name: onset(report, figure) for figure in told_figures(report)}
    assert [name for name, found in begins.items() if found] == ["tokens", "loss"]
    assert begins["tokens"] == onset(report, told_figures(report)[0])
    assert begins["tokens"] is not None
    assert begins["tokens"].label == "verbosity from step 3"
    assert onset(told("token_growth", severity="ok"), told_figures(report)[0]) is None


def test_pictures_and_notebooks_show_the_onset() -> None:
    assert "verbosity from step 3" in bundle(told())["text/html"]
    assert plot(told()) != plot(told(severity="ok"))
