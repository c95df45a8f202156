"""Each fault does what it says, seen through the real SDK."""

from __future__ import annotations

import base64
import math
from itertools import islice
from typing import Any

import openai
import pytest

from curvewise.errors import UsageError
from tests.standin import Fault, Standin, faults, jobs
from tests.standin.fixtures import SdkFactory, StandinFactory

ANYTHING = "**"
EVENTS = "GET /fine_tuning/jobs/*/events"
CONTENT = "GET /files/*/content"


@pytest.fixture
def server(standin: StandinFactory) -> Standin:
    return standin([jobs.small_sft()])


@pytest.fixture
def client(server: Standin, sdk: SdkFactory) -> openai.OpenAI:
    return sdk(server)


def event_ids(client: openai.OpenAI, server: Standin, most: int = 1000) -> list[str]:
    events = client.fine_tuning.jobs.list_events(server.id("small-sft"))
    return [event.id for event in islice(events, most)]


def result_file(client: openai.OpenAI, server: Standin) -> str:
    return client.fine_tuning.jobs.retrieve(server.id("small-sft")).result_files[0]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_a_failing_request_raises_the_error_of_its_status(
    server: Standin, client: openai.OpenAI, status: int, error: type[openai.APIStatusError]
) -> None:
    rule = server.faults.add(ANYTHING, faults.failing(status), times=1)
    with pytest.raises(error) as caught:
        client.fine_tuning.jobs.list()
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)
    assert caught.value.body.keys() == {"message", "type", "param", "code"}
    assert client.fine_tuning.jobs.list().data, "a fault that happens once is over"
    assert rule.hits == 1


@pytest.mark.parametrize("given", [7, 0.5, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_too_many_requests_say_when_to_come_back(
    server: Standin, client: openai.OpenAI, given: float | str
) -> None:
    server.faults.add(ANYTHING, faults.failing(429, retry_after=given, retry_after_ms=20))
    with pytest.raises(openai.RateLimitError) as caught:
        client.fine_tuning.jobs.list()
    assert caught.value.response.headers["retry-after"] == str(given)
    assert caught.value.response.headers["retry-after-ms"] == "20"


def test_the_sdk_comes_back_when_it_may(server: Standin, sdk: SdkFactory) -> None:
    server.faults.add(ANYTHING, faults.failing(429, retry_after_ms=1), times=2)
    assert sdk(server, max_retries=2).fine_tuning.jobs.list().data
    assert [call.status for call in server.requests] == [429, 429, 200]


def test_a_gateway_answers_with_html(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add(ANYTHING, faults.html())
    with pytest.raises(openai.InternalServerError, match="502") as caught:
        client.fine_tuning.jobs.list()
    assert "<html>" in caught.value.response.text


def test_a_wrong_key_is_echoed_masked_and_a_leaky_server_echoes_it_whole(
    server: Standin, sdk: SdkFactory
) -> None:
    canary = "sk-canary-0123456789yz"
    with pytest.raises(openai.AuthenticationError) as caught:
        sdk(server, api_key=canary).fine_tuning.jobs.list()
    assert "sk-ca***yz" in str(caught.value)
    assert canary not in str(caught.value)
    server.faults.add(ANYTHING, faults.leaky())
    with pytest.raises(openai.AuthenticationError, match=canary):
        sdk(server, api_key=canary).fine_tuning.jobs.list()
    assert canary not in repr(server.requests)


def test_a_slow_answer_runs_into_the_timeout(server: Standin, sdk: SdkFactory) -> None:
    server.faults.add(ANYTHING, faults.slow(30))
    with pytest.raises(openai.APITimeoutError):
        sdk(server, timeout=0.05).fine_tuning.jobs.list()
    server.stop()  # does not wait for the answer


def test_a_dropped_connection_is_no_answer(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add(ANYTHING, faults.dropped(), times=1)
    with pytest.raises(openai.APIConnectionError):
        client.fine_tuning.jobs.list()
    assert client.fine_tuning.jobs.list().data
    assert [call.status for call in server.requests] == [0, 200]


def test_a_file_breaks_off_in_the_middle(server: Standin, client: openai.OpenAI) -> None:
    file = result_file(client, server)
    server.faults.add(CONTENT, faults.broken_off(0.5), times=1)
    with pytest.raises(openai.APIConnectionError):
        client.files.content(file)
    assert len(client.files.content(file).content) == client.files.retrieve(file).bytes


@pytest.mark.parametrize(
    ("fault", "length"),
    [(faults.emptied(), 0), (faults.shortened(0.25), 0.25), (faults.shortened(1.0), 1)],
)
def test_a_file_is_shorter_than_its_object_says(
    server: Standin, client: openai.OpenAI, fault: Fault, length: float
) -> None:
    file = result_file(client, server)
    server.faults.add(CONTENT, fault)
    response = client.files.content(file)
    assert int(response.response.headers["content-length"]) == len(response.content)
    assert len(response.content) == int(length * client.files.retrieve(file).bytes)


def test_a_file_comes_as_base64(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()], dialect="azure")
    client = sdk(server)
    file = result_file(client, server)
    plain = client.files.content(file).content
    server.faults.add(CONTENT, faults.encoded())
    assert base64.b64decode(client.files.content(file).content) == plain


def test_the_first_page_comes_again_and_again(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add(EVENTS, faults.first_page_forever())
    seen = event_ids(client, server, 90)
    assert seen[:20] * 4 == seen[:80]
    assert len(seen) == 90


def test_the_last_page_comes_again_and_again(server: Standin, client: openai.OpenAI) -> None:
    everything = event_ids(client, server)
    server.faults.add(EVENTS, faults.last_page_forever())
    seen = event_ids(client, server, len(everything) + 50)
    assert seen[: len(everything)] == everything
    assert seen[len(everything) :] == (everything[-20:] * 3)[:50]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_event_is_listed_twice(server: Standin, client: openai.OpenAI, limit: int) -> None:
    once = event_ids(client, server)
    server.faults.add(EVENTS, faults.duplicated())
    events = client.fine_tuning.jobs.list_events(server.id("small-sft"), limit=limit)
    seen = [event.id for event in islice(events, 1000)]
    assert list(dict.fromkeys(seen)) == once
    if limit > 1:  # a page of one never shows the second: its cursor leads behind both
        assert len(seen) > len(once)


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_events_come_in_no_order_and_none_is_lost(server: Standin, client: openai.OpenAI, limit: int) -> None:
    ordered = event_ids(client, server)
    server.faults.add(EVENTS, faults.shuffled(seed=3))
    events = client.fine_tuning.jobs.list_events(server.id("small-sft"), limit=limit)
    shuffled = [event.id for event in islice(events, 1000)]
    assert shuffled != ordered
    assert sorted(shuffled) == sorted(ordered)


def test_a_job_is_deleted_between_two_calls(server: Standin, client: openai.OpenAI) -> None:
    identifier = client.fine_tuning.jobs.list().data[0].id
    server.delete(identifier)
    with pytest.raises(openai.NotFoundError, match=identifier):
        client.fine_tuning.jobs.retrieve(identifier)


def test_a_cursor_no_longer_exists(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add(EVENTS, faults.lost_cursor())
    with pytest.raises(openai.NotFoundError, match="No such item"):
        event_ids(client, server)


def test_names_and_messages_are_hostile(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add(ANYTHING, faults.hostile_text())
    job = client.fine_tuning.jobs.retrieve(server.id("small-sft"))
    (event,) = client.fine_tuning.jobs.list_events(job.id, limit=1).data
    (point,) = client.fine_tuning.jobs.checkpoints.list(job.id, limit=1).data
    for text in (job.fine_tuned_model, event.message, point.fine_tuned_model_checkpoint):
        assert str(text).endswith(faults.HOSTILE)


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, None])
def test_a_metric_has_any_value(server: Standin, client: openai.OpenAI, value: Any) -> None:
    server.faults.add(ANYTHING, faults.metric("full_valid_loss", value))
    points = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft")).data
    assert {repr(point.metrics.full_valid_loss) for point in points} == {repr(value)}


def test_checkpoints_have_no_metrics(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add("**/checkpoints", faults.without_metrics())
    points = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft")).data
    assert all(point.metrics.to_dict() == {} for point in points)


def test_a_fault_hits_what_its_pattern_names(server: Standin, client: openai.OpenAI) -> None:
    server.faults.add("GET /fine_tuning/jobs/*", faults.failing(500))
    assert client.fine_tuning.jobs.list().data
    assert event_ids(client, server)
    with pytest.raises(openai.InternalServerError):
        client.fine_tuning.jobs.retrieve(server.id("small-sft"))


def test_a_fault_lets_the_first_requests_through_and_can_be_taken_away(
    server: Standin, client: openai.OpenAI
) -> None:
    rule = server.faults.add("/fine_tuning/jobs", faults.failing(500), skip=1)
    assert client.fine_tuning.jobs.list().data
    with pytest.raises(openai.InternalServerError):
        client.fine_tuning.jobs.list()
    rule.remove()
    assert client.fine_tuning.jobs.list().data
    server.faults.add(ANYTHING, faults.failing(500))
    server.faults.clear()
    assert client.fine_tuning.jobs.list().data


def test_a_pattern_that_can_match_nothing_is_refused(server: Standin) -> None:
    with pytest.raises(UsageError, match="matches no request"):
        server.faults.add("GET fine_tuning/jobs", faults.dropped())
