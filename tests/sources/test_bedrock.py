"""Amazon Bedrock: the real client, and a stand-in for its answers and those of its bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curvewise.errors import CredentialsError, CurvewiseError, InputError, NotFoundError, ServiceError
from curvewise.limits import FILE_BYTES
from curvewise.loading import load
from tests.sources.loopback import Answer, Asked, Loopback, serving
from tests.sources.services import as_json
from tests.sources.test_bucket import KEY, SOON, _listing, signed

ID = "abc123def456"
ARN = f"arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/{ID}"
FOLDER = f"out/model-customization-job-{ID}"
VALIDATION = "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"
FILES = {
    f"{FOLDER}/training_artifacts/step_wise_training_metrics.csv": (
        b"step_number,epoch_number,training_loss\r\n"
        + b"".join(b"%d,0,%.2f\r\n" % (n, 3 / n) for n in range(1, 21))
    ),
    f"{FOLDER}/{VALIDATION}": b"step_number,epoch_number,validation_loss\r\n10,0,1.5\r\n20,1,1.4\r\n",
}
SAID = {
    "jobArn": ARN, "jobName": "desk", "status": "Completed", "baseModelArn": "arn:aws:bedrock:::nova-lite",
    "outputModelArn": "arn:aws:bedrock:::custom-model/1", "customizationType": "FINE_TUNING",
    "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
    "outputDataConfig": {"s3Uri": "s3://runs/out/"}, "creationTime": "2026-11-29T12:00:00Z",
    "roleArn": "arn:aws:iam::1:role/x", "trainingDataConfig": {}, "validationDataConfig": {"validators": []},
}  # fmt: skip


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return [f"bedrock://{ARN}", "bedrock://desk"]


def answered(asked: Asked) -> Answer:
    path = asked.path.replace("%3A", ":").replace("%2F", "/").partition("?")[0]
    if path.startswith("/model-customization-jobs/"):
        job = path.removeprefix("/model-customization-jobs/")
        kinds = {"denied": (403, "AccessDeniedException"), "busy": (429, "ThrottlingException")}
        if job in (ARN, "desk", "early"):
            return as_json(
                {**SAID, **({"outputDataConfig": {"s3Uri": "s3://runs/no/"}} if job == "early" else {})}
            )
        status, code = kinds.get(job, (404, "ResourceNotFoundException"))
        return Answer(b'{"message": "of %s"}' % KEY.encode(), status, {"x-amzn-ErrorType": code})
    return _listing(asked, "ListBucketResult", "Contents", "LastModified", "2026-11-29T12:00:00.000Z")


@pytest.fixture(autouse=True)
def server(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Loopback]:
    pytest.importorskip("obstore")
    environment.setattr("curvewise.sources._object_stores.RETRIES", SOON)
    environment.setattr("tests.sources.test_bucket.FILES", FILES)
    environment.setenv("AWS_REGION", "us-east-1")
    environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
    environment.setenv("AWS_MAX_ATTEMPTS", "1")
    environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with serving(answered) as started:
        signed(environment, started.url)
        yield started


@pytest.mark.parametrize("job", [ARN, "desk"])
def test_a_job_is_read_with_the_tables_of_its_bucket(job: str) -> None:
    run = load(f"bedrock://{job}")
    assert len(run["train_loss"]) == 20
    assert run["full_valid_loss"].step.tolist() == [10, 20]
    assert (run.id, run.name, run.status, run.kind) == (ARN, "desk", "succeeded", "sft")
    assert run.final_model == "arn:aws:bedrock:::custom-model/1"
    assert run.hyperparameters == {"n_epochs": 2, "learning_rate": 1e-5}


def test_the_folder_alone_is_read_by_its_address() -> None:
    assert load(f"s3://runs/{FOLDER}")["full_valid_loss"].step.tolist() == [10, 20]


@pytest.mark.parametrize(
    ("job", "error", "said"),
    [
        ("nothing", NotFoundError, "knows no job nothing"),
        ("denied", CredentialsError, "does not allow"),
        ("busy", ServiceError, "fewer requests"),
        ("early", CurvewiseError, "no value of any metric"),
    ],
)
def test_a_refusal_says_why(job: str, error: type[CurvewiseError], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        load(f"bedrock://{job}")
    assert caught.value.hint
    assert KEY not in str(caught.value)
    assert caught.value.__context__ is None


def test_tables_that_are_too_large_are_no_missing_tables(environment: pytest.MonkeyPatch) -> None:
    environment.setenv(FILE_BYTES.variable, "100")
    with pytest.raises(InputError, match="FILE_BYTES raises the limit"):
        load("bedrock://desk")


def test_without_a_region_or_credentials_it_says_so(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsError, match="does not allow"):
        load("bedrock://desk")
    environment.delenv("AWS_REGION")
    environment.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(ServiceError, match="region"):
        load("bedrock://desk")
