"""Customization jobs of Amazon Bedrock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from curvewise.errors import CredentialsError, NotFoundError, ServiceError
from curvewise.extras import load_extra
from curvewise.model.api_object import as_object, text
from curvewise.parsing.document import Document
from curvewise.parsing.logged import setting
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._folder import read_folder
from curvewise.sources._jobs import job_document
from curvewise.sources._mirror import NothingHereError, copied
from curvewise.sources.bucket import Bucket

_STATUS = {
    "InProgress": "running", "Completed": "succeeded", "Failed": "failed", "Stopping": "cancelling",
    "Stopped": "cancelled",
}  # fmt: skip
_SETTINGS = {
    "epochCount": "n_epochs",
    "batchSize": "batch_size",
    "learningRate": "learning_rate",
    "learningRateWarmupSteps": "warmup_steps",
}


@source(
    title="Amazon Bedrock: customization job",
    recognised_by="an address bedrock://JOB, with the name or the ARN of a job",
    recognise=lambda place: place.scheme.lower() == "bedrock",
)
def bedrock(place: Place) -> Iterator[RunEntry]:
    """List the job of an address."""
    job = place.text.partition("://")[2]
    yield RunEntry(job.rpartition("/")[2], partial(_read, job, place.mapping))


def _read(job: str, mapping: Mapping[str, str]) -> RunFiles:
    """Read a job, and the tables that it wrote to its bucket."""
    said = _asked(lambda: _client().get_model_customization_job(jobIdentifier=job), job)
    arn = text(said, "jobArn") or job
    status = text(said, "status") or ""
    known = job_document(
        arn,
        status=_STATUS.get(status, status),
        base=said.get("baseModelArn"),
        final=said.get("outputModelArn"),
        name=said.get("jobName"),
        kind="rft" if said.get("customizationType") == "REINFORCEMENT_FINE_TUNING" else "sft",
        error=said.get("failureMessage"),
        settings={
            _SETTINGS.get(name, name): setting(str(value))
            for name, value in as_object(said.get("hyperParameters")).items()
        },
    )
    output = str(as_object(said.get("outputDataConfig")).get("s3Uri") or "").rstrip("/")
    if not output:
        return RunFiles((known,), arn)
    return _with_tables(f"{output}/model-customization-job-{arn.rpartition('/')[2]}/", known, arn, mapping)


def _with_tables(address: str, known: Document, job: str, mapping: Mapping[str, str]) -> RunFiles:
    try:
        place = copied(Bucket(address), mapping)
    except NothingHereError:  # nothing was written yet
        return RunFiles((known,), job)
    with place.telling():
        files = read_folder(place, place.listing.files)
    return msgspec.structs.replace(files, documents=(*files.documents, known), name=job)


def _client() -> Any:
    return load_extra("boto3", "boto3", "s3").Session().client("bedrock")


def _asked(call: Callable[[], Mapping[str, Any]], job: str) -> Mapping[str, Any]:
    """Ask the service. Our error is raised after that of the package is gone, which may hold a key."""
    load_extra("boto3", "boto3", "s3")
    failure: ServiceError
    try:
        return call()
    except Exception as error:  # of the package, or of what finds the credentials
        answer = as_object(getattr(error, "response", None))
        code = str(as_object(answer.get("Error")).get("Code") or type(error).__name__)
        if code in ("ResourceNotFoundException", "ValidationException"):
            failure = NotFoundError(
                f"Amazon Bedrock knows no job {job} here",
                hint="check the name, and set AWS_REGION",
            )
        elif code == "NoRegionError":
            failure = ServiceError("the region of the job is not known", hint="set AWS_REGION")
        elif "Credential" in code or "Token" in code or "Denied" in code or "Unrecognized" in code:
            failure = CredentialsError(
                f"Amazon Bedrock does not allow to read job {job} ({code})",
                hint="sign in as for the AWS command line (`aws configure`, `aws sso login`); reading takes "
                "bedrock:GetModelCustomizationJob, and s3:ListBucket and s3:GetObject of the output",
            )
        else:
            busy = "Throttl" in code or "TooMany" in code
            failure = ServiceError(
                "Amazon Bedrock asks for fewer requests"
                if busy
                else f"Amazon Bedrock does not answer ({code})",
                hint="try again in a minute" if busy else "check the network and the region, then try again",
                temporary=True,
            )
    raise failure
