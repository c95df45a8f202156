"""Buckets: S3 by the server of moto, the two others by what their documentation says of an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

import curvewise as cw
from curvewise.errors import CredentialsError, CurvewiseError, InputError, NotFoundError, ServiceError
from curvewise.fleet import analyze_all
from curvewise.fleet.finding import Unit, find
from curvewise.loading import load, load_all
from curvewise.sources import _object_stores, _tries
from tests.sources.folders import CSV, state
from tests.sources.loopback import Answer, Asked, serving
from tests.sources.services import Service
from tests.sources.test_unsloth_studio import database

KEY = "canary/0123456789abcdefghijklmnopqrstuv"
FILES = {
    "run/trainer_state.json": state(100).encode(),
    "run/checkpoint-50/model.safetensors": b"weights",
    "run/checkpoint-100/model.safetensors": b"weights",
    "sweep/a/results.csv": CSV.encode(),
    "sweep/b/results.csv": b"step,loss\n1,5.0\n2,4.0\n",
}
MILLISECOND = timedelta(milliseconds=1)
SOON = {"max_retries": 1, "backoff": {"init_backoff": MILLISECOND, "max_backoff": MILLISECOND}}


def places(folder: Path) -> list[str]:
    """Give what this source reads, for the contract of all sources."""
    return ["s3://runs/one/", "gs://runs/one/results.csv"]


@pytest.fixture(autouse=True)
def no_waiting(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("obstore")
    environment.setattr(_tries, "sleep", lambda _: None)
    environment.setattr(_object_stores, "RETRIES", SOON)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "GOOGLE_APPLICATION_CREDENTIALS"):
        environment.delenv(name, raising=False)
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    environment.setenv("NO_GCE_CHECK", "true")
    environment.setenv("HOME", str(tmp_path))
    environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


SERVICE = Service(
    "s3://runs/run/",
    {
        "AWS_ENDPOINT_URL": "{url}",
        "AWS_ACCESS_KEY_ID": "AKIACANARY0123456789",
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
    },
    lambda asked: _listing(asked, "ListBucketResult", "Contents", "LastModified", "2026-11-29T12:00:00.000Z"),
    {"curvewise.sources._object_stores.RETRIES": SOON},
    is_json=False,
)


def signed(environment: pytest.MonkeyPatch, endpoint: str, key: str = KEY) -> None:
    environment.setenv("AWS_ENDPOINT_URL", endpoint)
    environment.setenv("AWS_ACCESS_KEY_ID", "AKIACANARY0123456789")
    environment.setenv("AWS_SECRET_ACCESS_KEY", key)


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a bucket; one for this module, as it takes a second to start."""
    server_of = pytest.importorskip("moto.server").ThreadedMotoServer
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_of(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    boto3: Any = pytest.importorskip("boto3")
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - of nobody
    )
    client.create_bucket(Bucket="runs")
    store = database(tmp_path_factory.mktemp("store") / "studio.db").read_bytes()
    for name, content in {**FILES, "studio/studio.db": store}.items():
        client.put_object(Bucket="runs", Key=name, Body=content)
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto: str, environment: pytest.MonkeyPatch) -> None:
    signed(environment, moto)


@pytest.mark.limit(120)  # the threads of obstore do not outlive a fork, and are waited for
def test_processes_read_a_bucket_that_this_one_has_listed(s3: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyze_all, "CHUNK", 1)
    found = cw.analyze_all(["s3://runs/sweep/"], jobs=2)
    assert [row.address for row in found.rows] == ["s3://runs/sweep/a", "s3://runs/sweep/b"]
    assert found.judged == 2


@pytest.mark.parametrize("address", ["s3://runs/run", "s3://runs/run/"])
def test_a_folder_gives_its_state_and_checkpoints(s3: None, address: str) -> None:
    run = load(address)
    assert (run.last_step, run.source, run.name) == (100, "s3://runs/run", "run")
    assert [each.model for each in run.checkpoints or ()] == [
        f"s3://runs/run/checkpoint-{step}" for step in (50, 100)
    ]


@pytest.mark.parametrize(
    ("address", "units"),
    [
        ("s3://runs/sweep", ["s3://runs/sweep/a/", "s3://runs/sweep/b/"]),
        ("s3://runs/run/", ["s3://runs/run/"]),
        ("s3://runs/sweep/b/results.csv", ["s3://runs/sweep/b/results.csv"]),
    ],
)
def test_a_fleet_reads_each_folder_of_a_bucket_by_itself(s3: None, address: str, units: list[str]) -> None:
    assert [unit.path for unit in find([address]) if isinstance(unit, Unit)] == units


def test_a_file_is_read_whatever_lies_beside_it(s3: None) -> None:
    assert load("s3://runs/run/trainer_state.json").last_step == 100
    assert load("s3://runs/sweep/b/results.csv")["train_loss"].value.tolist() == [5.0, 4.0]


@pytest.mark.parametrize(
    ("address", "count"),
    [("s3://runs/sweep", 2), ("s3://runs/studio/", 2), ("s3://runs/studio/studio.db", 2)],
)
def test_several_runs_are_listed_and_one_is_taken_by_its_address(s3: None, address: str, count: int) -> None:
    runs = list(load_all(address))
    assert len(runs) == count
    assert all(run.source.startswith(address.rstrip("/")) for run in runs)
    assert [load(run.source).name for run in runs] == [run.name for run in runs]
    with pytest.raises(InputError) as caught:
        load(address)
    assert "curvewise-" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("s3://runs/nothing", InputError, "nothing here"),
        ("s3://nobodys/run", NotFoundError, "there is no"),
        ("s3://", CurvewiseError, "names no bucket"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(
    s3: None, address: str, error: type[CurvewiseError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        load(address)
    assert caught.value.hint
    assert address in str(caught.value)


def _object() -> Answer:
    headers = {"Last-Modified": "Sun, 29 Nov 2026 12:00:00 GMT", "ETag": '"1"'}
    return Answer(CSV.encode(), headers=headers)


def _is_signed(asked: Asked) -> bool:
    return "authorization" in {name.lower() for name in asked.headers}


XML = '<?xml version="1.0"?><Error><Code>{}</Code><Message>of {}</Message></Error>'


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (Answer(XML.format("InvalidAccessKeyId", KEY).encode(), 403), CredentialsError, "does not allow"),
        (Answer(XML.format("SlowDown", "you").encode(), 503), ServiceError, "fewer requests"),
        (Answer(XML.format("InternalError", "us").encode(), 500), ServiceError, "does not answer"),
        (Answer(CSV.encode(), cut=9), ServiceError, "does not answer"),
        (Answer(status=301), ServiceError, "another region"),
        (Answer(status=404), NotFoundError, "there is no"),
    ],
)
def test_what_a_server_refuses_is_said_without_the_key(
    environment: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: Answer,
    error: type[CurvewiseError],
    said: str,
) -> None:
    headers = {"Last-Modified": "Sun, 29 Nov 2026 12:00:00 GMT", "ETag": '"1"'}
    with serving(lambda _: answer._replace(headers=headers)) as server:
        signed(environment, server.url)
        with caplog.at_level(logging.DEBUG), pytest.raises(error, match=said) as caught:
            load("s3://runs/results.csv")
    assert all(map(_is_signed, server.asked))
    assert KEY not in str(caught.value) + caplog.text + "".join(map(str, server.asked))
    assert caught.value.__context__ is None
    assert getattr(caught.value, "temporary", False) is (said in ("fewer requests", "does not answer"))


def test_a_signature_does_not_follow_a_redirect_to_another_host(environment: pytest.MonkeyPatch) -> None:
    with serving(lambda _: _object()) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")

        def away(asked: Asked) -> Answer:
            return Answer(status=307, headers={"Location": f"{elsewhere}{asked.path}"})

        with serving(away) as server:
            signed(environment, server.url)
            assert load("s3://runs/results.csv").last_step == 2
    assert not any(map(_is_signed, other.asked))


def test_without_credentials_a_public_bucket_is_asked_unsigned(environment: pytest.MonkeyPatch) -> None:
    with serving(lambda _: _object()) as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        assert load("s3://runs/results.csv").last_step == 2
    assert not any(map(_is_signed, server.asked))


def test_without_credentials_a_private_bucket_says_how_to_sign_in(environment: pytest.MonkeyPatch) -> None:
    refusal = Answer(XML.format("AccessDenied", "you").encode(), 403)
    with serving(lambda _: refusal) as server, pytest.raises(CredentialsError) as caught:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        load("s3://runs/results.csv")
    assert "aws configure" in caught.value.hint


@pytest.mark.parametrize(
    "first", [Answer(XML.format("SlowDown", "you").encode(), 503), _object()._replace(cut=9)]
)
def test_what_fails_for_the_moment_is_asked_for_again(environment: pytest.MonkeyPatch, first: Answer) -> None:
    answers = [first]
    with serving(lambda asked: answers.pop() if answers and asked.method == "GET" else _object()) as server:
        signed(environment, server.url)
        assert load("s3://runs/results.csv").last_step == 2
    assert not answers


def test_google(environment: pytest.MonkeyPatch) -> None:
    pytest.importorskip("google.auth")
    with serving(_google) as server:
        environment.setenv("GOOGLE_BASE_URL", server.url)
        assert [run.source for run in load_all("gs://runs/sweep")] == [
            "gs://runs/sweep/a",
            "gs://runs/sweep/b",
        ]
        assert load("gs://runs/run").last_step == 100
        with pytest.raises(InputError, match="nothing here"):
            load("gs://runs/nothing")


def _google(asked: Asked) -> Answer:
    """Answer as the XML API of Google Cloud Storage, https://cloud.google.com/storage/docs/xml-api."""
    return _listing(asked, "ListBucketResult", "Contents", "LastModified", "2026-11-29T12:00:00.000Z")


def _listing(asked: Asked, root: str, item: str, when: str, time: str) -> Answer:
    parts = urlsplit(asked.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if "prefix" in query or "list-type" in query:
        rows = "".join(
            f"<{item}><Key>{name}</Key><{when}>{time}</{when}><Size>{len(content)}</Size><ETag>1</ETag></{item}>"
            for name, content in FILES.items()
            if name.startswith(query.get("prefix", ""))
        )
        return Answer(f"<{root}>{rows}</{root}>".encode())
    content = FILES.get(unquote(parts.path).partition("/runs/")[2])
    if content is None:
        return Answer(status=404)
    headers = {"Last-Modified": "Sun, 29 Nov 2026 12:00:00 GMT", "ETag": '"1"'}
    return Answer(content, headers=headers)


def test_azure(environment: pytest.MonkeyPatch) -> None:
    with serving(_azure) as server:
        environment.setenv("AZURE_STORAGE_ENDPOINT", f"{server.url}/acme")
        environment.setenv("AZURE_STORAGE_ACCOUNT_KEY", "Y2FuYXJ5LTAxMjM0NTY3ODk=")
        with pytest.raises(CurvewiseError, match="account is not known") as caught:
            load("az://runs/run")
        assert "AZURE_STORAGE_ACCOUNT_NAME" in caught.value.hint
        for address in ("abfss://runs@acme.dfs.core.windows.net/run", "az://runs/run"):
            assert load(address).last_step == 100
            environment.setenv("AZURE_STORAGE_ACCOUNT_NAME", "acme")


def _azure(asked: Asked) -> Answer:
    """Answer as the Blob service, https://learn.microsoft.com/rest/api/storageservices/list-blobs."""
    query = parse_qs(urlsplit(asked.path).query)
    if query.get("comp") != ["list"]:
        return _listing(asked, "", "", "", "")
    blobs = "".join(
        f"<Blob><Name>{name}</Name><Properties><Last-Modified>Sun, 29 Nov 2026 12:00:00 GMT</Last-Modified>"
        f"<Content-Length>{len(content)}</Content-Length><Content-Type>text/plain</Content-Type><Etag>1</Etag>"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
        for name, content in FILES.items()
        if name.startswith(query.get("prefix", [""])[0])
    )
    return Answer(f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>".encode())
