from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

import curvewise as cw
from curvewise.errors import CredentialsError, CurvewiseError, UsageError
from tests.standin import ByHand, JobScript, Standin, faults, jobs
from tests.standin.fixtures import StandinFactory, point_at

pytest.importorskip("openai")

Use = Callable[[Standin], Standin]

SOME = (jobs.small_sft, jobs.rft, jobs.dpo, jobs.failed, jobs.cancelled, jobs.paused, jobs.waiting)


@pytest.fixture(autouse=True)
def use(environment: pytest.MonkeyPatch) -> Use:
    """An environment without credentials; returns what sets those of a stand-in."""
    return lambda server: point_at(server, environment)


def minute_by_minute(count: int, offset: int = 0) -> list[JobScript]:
    """Jobs that wait, one created each minute."""
    begin = 1_700_000_000 + offset
    return [
        msgspec.structs.replace(jobs.waiting(f"job-{number}"), created_at=begin + 60 * number)
        for number in range(count)
    ]


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_each_job_has_the_choice_of_a_full_check(standin: StandinFactory, use: Use, dialect: str) -> None:
    scripts = [*(make() for make in SOME), jobs.big(events=300, checkpoints=9)]
    use(standin(scripts, dialect=dialect))
    listed = cw.jobs()
    assert {each.job.status for each in listed} > {"succeeded", "failed", "cancelled", "paused"}
    for each in listed:
        assert each.job.provider == dialect
        if each.job.phase == "waiting":
            assert (each.best, each.last_step, each.reason) == (None, None, "")
            continue
        chosen = cw.choose(cw.load(each.address)).best
        assert chosen is not None
        assert each.best is not None
        assert (each.best.step, each.best.model, each.best.metric) == (
            chosen.step,
            chosen.model,
            chosen.metric,
        )
        assert each.best.value == pytest.approx(chosen.value, rel=1e-5)


class TestRequests:
    def test_a_job_that_is_over_needs_no_events(self, standin: StandinFactory, use: Use) -> None:
        server = use(standin([jobs.small_sft(), jobs.dpo(), jobs.waiting()]))
        cw.jobs()
        assert server.counts() == {
            "GET /fine_tuning/jobs": 1,
            "GET /fine_tuning/jobs/{job}/checkpoints": 2,
            "GET /files/{file}": 2,
            "GET /files/{file}/content": 2,
        }

    def test_a_job_without_checkpoints_needs_one(self, standin: StandinFactory, use: Use) -> None:
        server = use(standin([msgspec.structs.replace(jobs.failed(), checkpoints=())]))
        (listed,) = cw.jobs()
        assert listed.best is None
        assert listed.reason
        assert server.counts() == {
            "GET /fine_tuning/jobs": 1,
            "GET /fine_tuning/jobs/{job}/checkpoints": 1,
        }

    def test_without_the_best_a_page_is_one(self, standin: StandinFactory, use: Use) -> None:
        server = use(standin(minute_by_minute(130)))
        assert len(cw.jobs(limit=500, best=False)) == 130
        assert server.counts() == {"GET /fine_tuning/jobs": 2}
        cw.jobs(limit=20, best=False)
        assert server.counts() == {"GET /fine_tuning/jobs": 3}

    def test_jobs_are_asked_for_side_by_side(self, standin: StandinFactory, use: Use) -> None:
        server = use(standin([jobs.small_sft(f"job-{number}") for number in range(8)], latency=0.05))
        cw.jobs()
        assert server.busiest > 4

    def test_missing_full_validation_is_looked_for_in_the_events(
        self, standin: StandinFactory, use: Use
    ) -> None:
        script = jobs.small_sft()
        script = msgspec.structs.replace(
            script,
            results="step,entropy\n1,1.5\n2,1.4\n",
            checkpoints=tuple(msgspec.structs.replace(each, metrics={}) for each in script.checkpoints),
        )
        server = use(standin([script]))
        (listed,) = cw.jobs()
        assert listed.best is not None
        assert listed.best.metric == "full_valid_loss"
        assert server.counts()["GET /fine_tuning/jobs/{job}/events"] == 2


class TestOrder:
    @pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
    def test_the_newest_come_first_whatever_the_service_does(
        self, standin: StandinFactory, use: Use, order: str
    ) -> None:
        server = use(standin(minute_by_minute(230), order={"jobs": order}))
        listed = cw.jobs(limit=3)
        assert [each.job.id for each in listed] == [server.id(f"job-{number}") for number in (229, 228, 227)]
        assert server.counts() == {"GET /fine_tuning/jobs": 1 if order == "newest_first" else 3}

    def test_a_status_is_looked_for_on_further_pages(self, standin: StandinFactory, use: Use) -> None:
        first, *rest = minute_by_minute(150)
        server = use(standin([msgspec.structs.replace(jobs.dpo(), created_at=first.created_at - 1), *rest]))
        (listed,) = cw.jobs(statuses=["succeeded"], limit=1, best=False)
        assert listed.job.id == server.id("dpo")
        assert server.counts() == {"GET /fine_tuning/jobs": 2}

    def test_several_services_are_mixed_by_time(self, standin: StandinFactory, use: Use) -> None:
        for dialect, offset in (("openai", 0), ("azure", 30)):
            use(standin(minute_by_minute(3, offset), dialect=dialect))
        assert [each.job.provider for each in cw.jobs(limit=4)] == ["azure", "openai", "azure", "openai"]
        assert {each.job.provider for each in cw.jobs(["azure"])} == {"azure"}


class TestTrouble:
    def test_one_job_that_cannot_be_read_does_not_hide_the_others(
        self, standin: StandinFactory, use: Use
    ) -> None:
        server = use(standin([jobs.small_sft("one"), jobs.small_sft("two")]))
        broken = server.id("one")
        server.faults.add(f"GET /fine_tuning/jobs/{broken}/checkpoints", faults.failing(404), times=None)
        listed = {each.job.id: each for each in cw.jobs()}
        assert listed[broken].problem
        assert listed[broken].best is None
        assert listed[server.id("two")].problem is None
        assert listed[server.id("two")].best is not None

    @pytest.mark.parametrize("held", ["", None, 7, "../files", "a b"])
    def test_a_job_without_a_proper_id_is_listed(
        self, standin: StandinFactory, use: Use, held: object
    ) -> None:
        use(standin([msgspec.structs.replace(jobs.small_sft(), extra={"id": held})]))
        (listed,) = cw.jobs()
        assert listed.job.id == (held if isinstance(held, str) else "")
        assert listed.problem

    def test_one_service_that_fails_does_not_hide_the_other(
        self, standin: StandinFactory, use: Use, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(standin([jobs.waiting()], dialect="azure"))
        use(standin([jobs.waiting()]))
        monkeypatch.setenv("OPENAI_API_KEY", "sk-another-key-0123456789")
        failures: list[tuple[str, CurvewiseError]] = []
        (listed,) = cw.jobs(failed=lambda name, error: failures.append((name, error)))
        assert listed.job.provider == "azure"
        ((name, error),) = failures
        assert name == "openai"
        assert isinstance(error, CredentialsError)
        with pytest.raises(CredentialsError):
            cw.jobs()

    def test_without_credentials_it_says_what_to_set(self) -> None:
        with pytest.raises(CredentialsError, match="no credentials"):
            cw.jobs()

    def test_a_service_that_is_not_known(self) -> None:
        with pytest.raises(UsageError, match="'acme'"):
            cw.jobs(["acme"])

    def test_a_job_that_runs_says_how_far_it_is(self, standin: StandinFactory, use: Use) -> None:
        server = use(standin([jobs.small_sft()], clock=ByHand()))
        server.advance("small-sft", 52)
        (listed,) = cw.jobs()
        assert listed.job.status == "running"
        assert (listed.last_step, listed.planned_steps) == (50, 120)
        assert listed.best is not None
