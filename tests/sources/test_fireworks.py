"""Fireworks, by the shapes of its SDK 1.2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curvewise.errors import InputError, UsageError
from curvewise.loading import load
from tests.sources.loopback import Answer, Loopback, serving
from tests.sources.services import KEY, Service, assert_refusals, with_key

LOG = b'{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0, "eval_loss": 1.5}\n'
TRAINING = {
    "baseModel": "accounts/fireworks/models/qwen3-8b",
    "outputModel": "accounts/ana/models/t",
    "epochs": 2,
}


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return ["fireworks://ana/job"]


@pytest.fixture
def server(environment: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(lambda _: Answer(LOG)) as bucket:

        def answered(path: str) -> object:
            done = {"name": "j", "state": "JOB_STATE_COMPLETED"}
            known = {
                "supervisedFineTuningJobs/sft": {
                    **done,
                    **TRAINING,
                    "metricsFileSignedUrl": f"{bucket.url}/m?sig=x",
                },
                "supervisedFineTuningJobs/none": {**done, **TRAINING},
                "dpoJobs/dpo": {**done, "state": "JOB_STATE_RUNNING", "trainingConfig": TRAINING},
                "dpoJobs/dpo:getMetricsFileEndpoint": {"signedUrl": f"{bucket.url}/m?sig=x"},
                "reinforcementFineTuningJobs/bad": {
                    "state": "JOB_STATE_FAILED",
                    "status": {"message": "no data"},
                },
            }
            return known.get(path.removeprefix("/v1/accounts/ana/"))

        with serving(with_key(answered)) as started:
            environment.setenv("FIREWORKS_BASE_URL", started.url)
            environment.setenv("FIREWORKS_API_KEY", KEY)
            yield started
        assert not [asked for asked in bucket.asked if KEY in str(asked)]


SERVICE = Service(
    "fireworks://ana/bad",
    {"FIREWORKS_BASE_URL": "{url}", "FIREWORKS_API_KEY": KEY},
    with_key(lambda _: {"state": "JOB_STATE_FAILED", "status": {"message": "no data"}, **TRAINING}),
)


@pytest.mark.parametrize(("job", "status"), [("sft", "succeeded"), ("dpo", "running")])
def test_a_job_is_read_with_its_file_of_metrics(server: Loopback, job: str, status: str) -> None:
    run = load(f"fireworks://ana/{job}")
    assert run["full_valid_loss"].value.tolist() == [1.5]
    assert (run.kind, run.status, run.final_model) == (job, status, "accounts/ana/models/t")
    assert run.base_model == "accounts/fireworks/models/qwen3-8b"


def test_a_job_without_metrics_says_what_it_knows(server: Loopback, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FIREWORKS_ACCOUNT_ID", "ana")
    assert load("fireworks://bad").error == "no data"
    with pytest.raises(InputError, match="no file of metrics") as caught:
        load("fireworks://none")
    assert "wandb://" in caught.value.hint
    environment.delenv("FIREWORKS_ACCOUNT_ID")
    with pytest.raises(UsageError, match="names no job"):
        load("fireworks://job")


def test_what_it_refuses_is_said_without_the_key(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FIREWORKS_API_KEY", KEY)
    assert_refusals("fireworks://ana/job", "FIREWORKS_BASE_URL", environment, "FIREWORKS_API_KEY")
