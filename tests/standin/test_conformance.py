"""The clean scenarios: what the stand-in says is exactly what the SDK's types allow, so it cannot drift."""

from __future__ import annotations

import base64

import pytest

from tests.standin import ByHand, Order, Standin, jobs
from tests.standin.fixtures import SdkFactory, StandinFactory

ORDERS: tuple[Order, ...] = ("newest_first", "oldest_first")
CLEAN = tuple(name for name in jobs.BY_NAME if name != "big")


@pytest.fixture(params=ORDERS)
def server(standin: StandinFactory, request: pytest.FixtureRequest) -> Standin:
    return standin([jobs.BY_NAME[name]() for name in CLEAN], order=request.param, deviations=())


def test_a_strict_client_walks_every_list_of_every_job(server: Standin, sdk: SdkFactory) -> None:
    client = sdk(server, _strict_response_validation=True)
    listed = [job.id for job in client.fine_tuning.jobs.list(limit=4)]
    assert sorted(listed) == sorted(server.id(name) for name in CLEAN)
    for identifier in listed:
        job = client.fine_tuning.jobs.retrieve(identifier)
        assert job.id == identifier
        events = list(client.fine_tuning.jobs.list_events(identifier))
        assert len({event.id for event in events}) == len(events) > 0
        points = list(client.fine_tuning.jobs.checkpoints.list(identifier, limit=3))
        assert len({point.id for point in points}) == len(points)
        for file in job.result_files:
            described = client.files.retrieve(file)
            assert described.bytes == len(client.files.content(file).content)


def test_the_lists_keep_the_order_that_was_chosen(server: Standin, sdk: SdkFactory) -> None:
    client = sdk(server, _strict_response_validation=True)
    steps = [point.step_number for point in client.fine_tuning.jobs.checkpoints.list(server.id("demo"))]
    newest_first = server.dialect.order["checkpoints"] == "newest_first"
    assert steps == sorted(steps, reverse=newest_first)
    assert steps == list(range(240, 79, -20) if newest_first else range(80, 241, 20))
    times = [event.created_at for event in client.fine_tuning.jobs.list_events(server.id("demo"))]
    assert times == sorted(times, reverse=newest_first)


def test_a_strict_client_sees_every_stage_of_a_job(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()], clock=ByHand(), deviations=())
    client, identifier = sdk(server, _strict_response_validation=True), server.id("small-sft")
    seen = []
    for steps in (0, 1, 1, 60, 1000):
        server.advance("small-sft", steps)
        job = client.fine_tuning.jobs.retrieve(identifier)
        list(client.fine_tuning.jobs.list_events(identifier))
        list(client.fine_tuning.jobs.checkpoints.list(identifier))
        seen.append((job.status, job.fine_tuned_model is not None, len(job.result_files)))
    assert seen == [
        ("validating_files", False, 0),
        ("queued", False, 0),
        ("running", False, 0),
        ("running", False, 0),
        ("succeeded", True, 1),
    ]


def test_a_strict_client_pauses_resumes_and_cancels(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()], clock=ByHand(), deviations=())
    client, identifier = sdk(server, _strict_response_validation=True), server.id("small-sft")
    server.advance(identifier, 35)
    assert client.fine_tuning.jobs.pause(identifier).status == "queued"
    server.advance(identifier, 10)
    assert server.progress(identifier).steps == 33
    assert client.fine_tuning.jobs.resume(identifier).status == "running"
    server.advance(identifier, 10)
    assert client.fine_tuning.jobs.cancel(identifier).status == "cancelled"
    messages = [event.message for event in client.fine_tuning.jobs.list_events(identifier)]
    assert messages[0] == "The job has been cancelled."
    assert "The job has been paused." in messages
    steps = [point.step_number for point in client.fine_tuning.jobs.checkpoints.list(identifier)]
    assert steps == [40, 33, 30, 20, 10]


def test_the_result_file_is_base64_on_openai_and_plain_on_azure(
    standin: StandinFactory, sdk: SdkFactory
) -> None:
    server = standin([jobs.small_sft()])
    client = sdk(server)
    (file,) = client.fine_tuning.jobs.retrieve(server.id("small-sft")).result_files
    table = base64.b64decode(client.files.content(file).content).decode()
    assert table.splitlines()[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    azure = standin([jobs.small_sft()], dialect="azure")
    client = sdk(azure)
    (file,) = client.fine_tuning.jobs.retrieve(azure.id("small-sft")).result_files or []
    assert client.files.content(file).text.startswith("step,train_loss,train_mean_token_accuracy,valid_loss,")


@pytest.mark.parametrize("door", ["url", "classic", "project"])
def test_azure_has_three_doors(standin: StandinFactory, sdk: SdkFactory, door: str) -> None:
    server = standin([jobs.small_sft()], dialect="azure", deviations=())
    client = sdk(server, door, _strict_response_validation=True)
    (job,) = client.fine_tuning.jobs.list()
    steps = [point.step_number for point in client.fine_tuning.jobs.checkpoints.list(job.id)]
    assert steps == list(range(10, 121, 10))
    assert len(list(client.fine_tuning.jobs.list_events(job.id))) > 100
    assert client.files.content(job.result_files[0]).text.count("\n") == 121
