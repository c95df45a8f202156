"""Pages, refusals and unknown things, seen through the real SDK."""

from __future__ import annotations

import openai
import pytest

from curvewise.errors import UsageError
from tests.standin import ByHand, Ending, JobScript, Standin, jobs
from tests.standin.fixtures import SdkFactory, StandinFactory


@pytest.fixture
def server(standin: StandinFactory) -> Standin:
    return standin([jobs.small_sft()], clock=ByHand())


@pytest.fixture
def client(server: Standin, sdk: SdkFactory) -> openai.OpenAI:
    return sdk(server)


def test_pages_have_the_sizes_of_the_service(server: Standin, client: openai.OpenAI) -> None:
    for index in range(25):
        server.add(JobScript(name=f"other-{index}"))
    server.finish("small-sft")
    identifier = server.id("small-sft")
    assert len(client.fine_tuning.jobs.list().data) == 20
    assert len(client.fine_tuning.jobs.list_events(identifier).data) == 20
    assert len(client.fine_tuning.jobs.checkpoints.list(identifier).data) == 10
    assert len(client.fine_tuning.jobs.list_events(identifier, limit=200).data) > 100


@pytest.mark.parametrize(
    ("limit", "sizes"), [(5, [5, 5, 2]), (6, [6, 6]), (12, [12]), (13, [12]), (1, [1] * 12)]
)
def test_the_last_page_says_that_nothing_follows(
    server: Standin, client: openai.OpenAI, limit: int, sizes: list[int]
) -> None:
    server.finish("small-sft")
    page = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft"), limit=limit)
    pages = [page]
    while page.has_more:
        page = page.get_next_page()
        pages.append(page)
    assert [len(page.data) for page in pages] == sizes
    steps = [point.step_number for page in pages for point in page.data]
    assert steps == list(range(120, 0, -10))


def test_nothing_follows_the_last_item(server: Standin, client: openai.OpenAI) -> None:
    server.finish("small-sft")
    listed = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft"), limit=100).data
    page = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft"), after=listed[-1].id)
    assert (page.data, page.has_more) == ([], False)


def test_a_checkpoint_page_of_openai_names_its_ends(server: Standin, client: openai.OpenAI) -> None:
    server.finish("small-sft")
    page = client.fine_tuning.jobs.checkpoints.list(server.id("small-sft"))
    assert page.model_extra is not None
    ends = {name: page.model_extra[name] for name in ("first_id", "last_id")}
    assert ends == {"first_id": page.data[0].id, "last_id": page.data[-1].id}


@pytest.mark.parametrize("limit", [0, -1, 201, "many"])
def test_a_limit_out_of_range_is_refused(server: Standin, client: openai.OpenAI, limit: int) -> None:
    with pytest.raises(openai.BadRequestError, match="limit") as caught:
        client.fine_tuning.jobs.list(limit=limit)
    assert (caught.value.type, caught.value.param) == ("invalid_request_error", "limit")


def test_an_unknown_cursor_is_not_found(server: Standin, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="ftjob-gone"):
        client.fine_tuning.jobs.list(after="ftjob-gone")


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_an_unknown_job_or_file_is_not_found(standin: StandinFactory, sdk: SdkFactory, dialect: str) -> None:
    client = sdk(standin([jobs.small_sft()], dialect=dialect))
    with pytest.raises(openai.NotFoundError, match="ftjob-nobody") as caught:
        client.fine_tuning.jobs.retrieve("ftjob-nobody")
    assert isinstance(caught.value.body, dict)
    assert caught.value.body.keys() == {"message", "type", "param", "code"}
    with pytest.raises(openai.NotFoundError, match="file-none"):
        client.files.content("file-none")


def test_a_job_that_waits_cannot_be_paused_and_one_that_runs_cannot_be_resumed(
    server: Standin, client: openai.OpenAI
) -> None:
    identifier = server.id("small-sft")
    with pytest.raises(openai.BadRequestError, match="must be running"):
        client.fine_tuning.jobs.pause(identifier)
    server.advance(identifier, 20)
    with pytest.raises(openai.BadRequestError, match="only a paused job"):
        client.fine_tuning.jobs.resume(identifier)
    server.finish(identifier)
    for deed in (
        client.fine_tuning.jobs.pause,
        client.fine_tuning.jobs.resume,
        client.fine_tuning.jobs.cancel,
    ):
        with pytest.raises(openai.BadRequestError, match="already completed with status succeeded"):
            deed(identifier)


def test_the_result_file_comes_with_success(server: Standin, client: openai.OpenAI) -> None:
    server.advance("small-sft", 100)
    assert client.fine_tuning.jobs.retrieve(server.id("small-sft")).result_files == []
    server.finish("small-sft")
    (file,) = client.fine_tuning.jobs.retrieve(server.id("small-sft")).result_files
    assert client.files.retrieve(file).filename == "step_metrics.csv"


def test_the_training_file_can_be_fetched(server: Standin, client: openai.OpenAI) -> None:
    file = client.files.retrieve(client.fine_tuning.jobs.retrieve(server.id("small-sft")).training_file)
    assert file.purpose == "fine-tune"
    assert file.bytes == len(client.files.content(file.id).content) > 0


def test_the_classic_door_of_azure_wants_a_version(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()], dialect="azure")
    without = sdk(server).with_options(base_url=f"{server.endpoint}/openai")
    with pytest.raises(openai.NotFoundError, match="Resource not found"):
        without.fine_tuning.jobs.list()
    assert sdk(server, "classic").fine_tuning.jobs.list().data


def test_azure_takes_the_key_in_either_header_and_openai_in_one(
    standin: StandinFactory, sdk: SdkFactory
) -> None:
    azure = standin([jobs.small_sft()], dialect="azure")
    assert sdk(azure, "classic").fine_tuning.jobs.list().data, "header api-key"
    assert sdk(azure).fine_tuning.jobs.list().data, "Bearer"
    with pytest.raises(openai.AuthenticationError, match="invalid subscription key"):
        sdk(azure, "classic", api_key="wrong").fine_tuning.jobs.list()
    server = standin([jobs.small_sft()])
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
        sdk(server, api_key="wrong", default_headers={"api-key": server.key}).fine_tuning.jobs.list()


def test_an_endpoint_that_does_not_exist_is_not_found(server: Standin, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client.models.list()
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client.with_options(base_url=f"{server.endpoint}/v2").fine_tuning.jobs.list()


def test_names_are_unique_and_known() -> None:
    with pytest.raises(UsageError, match="two jobs"):
        Standin([jobs.dpo(), jobs.dpo()])
    with pytest.raises(UsageError, match="no job 'rtf'"):
        Standin([jobs.rft()]).id("rtf")
    with pytest.raises(UsageError, match="no dialect"):
        Standin(dialect="klingon")  # type: ignore[arg-type]  # a name that is not in the type
    with pytest.raises(UsageError, match="every 0 steps"):
        JobScript(name="x", log_every=0)


def test_a_job_may_fail_before_it_starts(standin: StandinFactory, sdk: SdkFactory) -> None:
    ending = Ending(
        "failed",
        at=-1,
        code="invalid_training_file",
        message="The job failed: line 3.",
        param="training_file",
    )
    server = standin([JobScript(name="bad-data", total_steps=10, ending=ending)])
    client = sdk(server, _strict_response_validation=True)
    job = client.fine_tuning.jobs.retrieve(server.id("bad-data"))
    assert job.error is not None
    assert (job.status, job.error.code, job.error.param) == (
        "failed",
        "invalid_training_file",
        "training_file",
    )
    events = client.fine_tuning.jobs.list_events(job.id).data
    assert [event.level for event in events] == ["error", "info", "info", "info"]
    assert events[0].message == "The job failed: line 3."
