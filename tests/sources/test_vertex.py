"""Vertex AI, by the REST resource TuningJob (v1) as google-genai 3.6 has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curvewise.errors import CredentialsError, UsageError
from curvewise.loading import load
from curvewise.sources import vertex as module
from tests.formats.test_tensorboard_events import EXAMPLE
from tests.sources.loopback import Answer, Asked, serving
from tests.sources.services import KEY, Service, assert_refusals, with_key
from tests.sources.test_bucket import _listing

ADDRESS = "vertex://projects/acme/locations/us-central1/tuningJobs/123"
SAID: dict[str, Any] = {
    "name": "projects/acme/locations/us-central1/tuningJobs/123",
    "state": "JOB_STATE_SUCCEEDED",
    "baseModel": "gemini-3-flash",
    "tunedModelDisplayName": "desk",
    "supervisedTuningSpec": {"hyperParameters": {"epochCount": "2", "learningRateMultiplier": 1.0}},
    "tunedModel": {
        "model": "projects/acme/models/7@1",
        "endpoint": "projects/acme/endpoints/9",
        "checkpoints": [
            {
                "checkpointId": str(number),
                "epoch": str(number),
                "step": str(step),
                "endpoint": f"endpoints/{number}",
            }
            for number, step in ((1, 10), (2, 20))
        ],
    },
}
TABLE = b"step,/train_total_loss,/eval_total_loss\n10,2.0,1.5\n20,1.0,1.8\n"


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return [ADDRESS]


@pytest.fixture(autouse=True)
def signed_in(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(module, "_token", lambda: KEY)


def test_a_job_is_read_with_checkpoints_and_the_metrics_of_its_bucket(
    environment: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("obstore")
    pytest.importorskip("google.auth")
    environment.setenv("NO_GCE_CHECK", "true")
    for name, content in (("metrics/table.csv", TABLE), ("metrics/events.out.tfevents.1", EXAMPLE)):
        environment.setattr("tests.sources.test_bucket.FILES", {name: content})
        said = {**SAID, "gcsMetricsUri": "gs://runs/metrics"}

        def answered(asked: Asked, said: dict[str, Any] = said) -> Answer:
            if "tuningJobs" in asked.path:
                return with_key(lambda _: said)(asked)
            return _listing(asked, "ListBucketResult", "Contents", "LastModified", "2026-11-29T12:00:00.000Z")

        with serving(answered) as server:
            environment.setenv("GOOGLE_VERTEX_BASE_URL", server.url)
            environment.setenv("GOOGLE_BASE_URL", server.url)
            run = load(ADDRESS)
        assert "train_loss" in run
        assert [(each.step, each.model) for each in run.checkpoints or ()] == [
            (10, "endpoints/1"),
            (20, "endpoints/2"),
        ]
        assert (run.name, run.status, run.base_model) == ("desk", "succeeded", "gemini-3-flash")
        assert run.hyperparameters["n_epochs"] == 2
        if content is TABLE:
            assert run["full_valid_loss"].value.tolist() == [1.5, 1.8]


SERVICE = Service(
    ADDRESS,
    {"GOOGLE_VERTEX_BASE_URL": "{url}"},
    with_key(lambda _: SAID),
    {"curvewise.sources.vertex._token": lambda: KEY},
)


def test_without_metrics_it_says_where_they_are(environment: pytest.MonkeyPatch) -> None:
    with serving(with_key(lambda _: {**SAID, "experiment": "projects/1/contexts/tune"})) as server:
        environment.setenv("GOOGLE_VERTEX_BASE_URL", server.url)
        run = load(ADDRESS)
    note = run.note("metrics_elsewhere")
    assert note is not None
    assert "contexts/tune" in note.text
    assert len(run.checkpoints or ()) == 2


def test_what_it_refuses_is_said_without_the_key(environment: pytest.MonkeyPatch) -> None:
    assert_refusals(ADDRESS, "GOOGLE_VERTEX_BASE_URL", environment)
    with pytest.raises(UsageError, match="names no job"):
        load("vertex://123")


def test_without_a_login_it_says_how_to_sign_in(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("google.auth")
    environment.undo()
    environment.setenv("NO_GCE_CHECK", "true")
    environment.setenv("HOME", str(tmp_path))
    environment.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(CredentialsError, match="no token") as caught:
        load(ADDRESS)
    assert "gcloud auth" in caught.value.hint
