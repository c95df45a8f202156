"""Archives as comet_ml 3.58 writes them."""

from __future__ import annotations

import json
import math
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from curvewise.errors import CurvewiseError
from curvewise.loading import load


def archive(**files: str) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "."), content)
    return out.getvalue()


def metric(name: str, value: object, step: int | None) -> dict[str, object]:
    logged = {"metricName": name, "metricValue": value, "step": step, "epoch": None}
    return {"payload": {"metric": logged, "message_id": 1}, "type": "metric_msg"}


def param(name: str, value: object) -> dict[str, object]:
    said = {"paramName": name, "paramValue": value, "source": "manual", "step": None}
    return {"payload": {"param": said, "message_id": 1}, "type": "parameter_msg"}


MESSAGES = [
    {"payload": {"key": "Name", "value": "tune", "message_id": 2}, "type": "log_other"},
    param("learning_rate", 2e-5),
    param("curr_step", 1),
    *(metric("loss", 2 / step, step) for step in range(1, 41)),
    metric("eval_loss", 1.5, 20),
    metric("eval_loss", math.nan, 40),
    metric("duration", 1.0, None),
]
LINES = "".join(json.dumps(each) + "\n" for each in MESSAGES)
EXPERIMENT = json.dumps({"offline_id": "6725f104", "project_name": "tuning", "workspace": "ana"})
EXAMPLE = archive(experiment__json=EXPERIMENT, messages__json=LINES)
"""A file of this format; the contract of formats holds of it."""


def test_an_experiment_is_read_with_its_parameters(tmp_path: Path) -> None:
    (tmp_path / "6725f104.zip").write_bytes(EXAMPLE)
    run = load(tmp_path / "6725f104.zip")
    assert (run.name, run.id, run.last_step) == ("tune", "6725f104", 40)
    assert run["full_valid_loss"].value[0] == 1.5
    assert math.isnan(run["full_valid_loss"].value[1])
    assert run.hyperparameters == {"learning_rate": 2e-5}
    assert "duration" not in run


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (EXAMPLE[:200] + b"\0" * 100 + EXAMPLE[300:], "damaged"),
        (archive(experiment__json="{}", messages__json="{"), "no metric with a step"),
        (
            archive(experiment__json="[", messages__json=json.dumps(metric("a", "x", 1))),
            "no metric with a step",
        ),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(CurvewiseError, match=said) as caught:
        load(tmp_path / "a.zip")
    assert caught.value.hint


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURVEWISE_MAX_JSON_BYTES", "1024")
    (tmp_path / "a.zip").write_bytes(EXAMPLE)
    with pytest.raises(CurvewiseError, match="at most"):
        load(tmp_path / "a.zip")
