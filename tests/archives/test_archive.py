from __future__ import annotations

import json
from pathlib import Path

import pytest

from curvewise.archives.archive import ArchiveProgress, archive, archive_all, verify_archive
from curvewise.errors import NotFoundError, UsageError
from curvewise.loading import load
from tests.archives.making import JOB, RESULTS, Memory, checkpoint, manifest, tree, undisturbed
from tests.standin import faults, jobs
from tests.standin.fixtures import StandinFactory


def test_the_folder_holds_everything_once_and_says_so(memory: Memory, tmp_path: Path) -> None:
    made = archive(JOB, tmp_path / "a")
    assert sorted(tree(tmp_path / "a")) == [
        "archive.json",
        "checkpoints.json",
        "events.json",
        "job.json",
        "results/file-1.csv",
    ]
    assert (made.events, made.checkpoints, made.result_files) == (25, 2, 1)
    assert made.complete
    assert made.changed
    assert manifest(tmp_path / "a")["counts"] == {"events": 25, "checkpoints": 2, "result_files": 1}
    listed = json.loads((tmp_path / "a/events.json").read_bytes())
    assert [item["id"] for item in listed["data"]] == [f"ev-{number}" for number in range(1, 26)]


def test_a_complete_one_costs_one_request_and_stays_as_it_is(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    before, asked = tree(tmp_path), len(memory.requests)
    again = archive(JOB, tmp_path)
    assert memory.requests[asked:] == [f"job {JOB}"]
    assert not again.changed
    assert again.complete
    assert tree(tmp_path) == before


@pytest.mark.parametrize("status", ["running", "queued", "paused"])
def test_a_job_that_goes_on_is_not_complete(memory: Memory, tmp_path: Path, status: str) -> None:
    memory.about["status"] = status
    assert not archive(JOB, tmp_path).complete
    assert manifest(tmp_path)["status"] == status


def test_a_job_that_went_on_is_brought_up_to_date(memory: Memory, tmp_path: Path) -> None:
    whole = memory.told
    memory.about |= {"status": "running", "result_files": []}
    memory.told, memory.saved = whole[:13], memory.saved[:1]
    archive(JOB, tmp_path / "a")
    memory.about |= {"status": "succeeded", "result_files": ["file-1"]}
    memory.told, memory.saved = whole, Memory().saved
    made = archive(JOB, tmp_path / "a")
    assert made.changed
    assert made.complete
    assert tree(tmp_path / "a") == undisturbed(tmp_path / "b")


def test_the_last_events_of_a_job_that_ends_meanwhile_are_there(memory: Memory, tmp_path: Path) -> None:
    whole = memory.told
    memory.about["status"] = "running"
    memory.told = whole[:-3]

    def ends(number: int) -> None:
        if memory.requests[number - 1] == f"checkpoints of {JOB}":  # after the head of the events was sent
            memory.about["status"] = "succeeded"
            memory.told = whole

    memory.before = ends
    made = archive(JOB, tmp_path)
    assert made.job.status == "succeeded" or not made.complete
    if made.complete:
        assert made.events == 25
    assert archive(JOB, tmp_path).complete


def test_no_job_makes_no_folder(memory: Memory, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        archive("ftjob-other", tmp_path / "a")
    assert tree(tmp_path) == {}


def test_a_path_is_no_job(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no address of a job"):
        archive("results.csv", tmp_path)


def test_a_folder_may_be_called_as_the_job(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive(JOB, JOB)
    assert archive(JOB, JOB).complete


def test_events_that_the_service_forgets_are_kept_at_their_time(memory: Memory, tmp_path: Path) -> None:
    whole = memory.told
    memory.about["status"] = "running"
    memory.told = whole[:12]
    archive(JOB, tmp_path)
    memory.about["status"] = "succeeded"
    memory.told = [item for item in whole if item["id"] not in ("ev-1", "ev-2", "ev-7")]
    assert archive(JOB, tmp_path).events == 25
    listed = json.loads((tmp_path / "events.json").read_bytes())["data"]
    assert {item["id"] for item in listed} == {item["id"] for item in whole}
    assert [item["created_at"] for item in listed] == sorted(item["created_at"] for item in listed)
    before = tree(tmp_path)
    memory.about["metadata"] = {"a": "b"}  # so that everything is asked for again
    archive(JOB, tmp_path)
    assert tree(tmp_path).pop("events.json") == before["events.json"]


def test_checkpoints_that_are_gone_are_kept_and_not_recommended(memory: Memory, tmp_path: Path) -> None:
    memory.about["status"] = "running"
    archive(JOB, tmp_path)
    memory.about["status"] = "succeeded"
    memory.saved = [checkpoint(4)]
    made = archive(JOB, tmp_path)
    assert made.checkpoints == 1
    former = json.loads((tmp_path / "former_checkpoints.json").read_bytes())["data"]
    assert [item["step_number"] for item in former] == [2]
    assert [saved.step for saved in load(tmp_path).checkpoints or ()] == [4]


def test_a_result_file_that_is_gone_stays(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    memory.files.clear()
    memory.about["metadata"] = {"a": "b"}
    made = archive(JOB, tmp_path)
    assert made.complete
    assert made.missing == ()
    assert (tmp_path / "results/file-1.csv").read_bytes() == RESULTS


def test_a_result_file_that_the_job_no_longer_names_stays(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    memory.about["result_files"] = []
    assert archive(JOB, tmp_path).result_files == 1


def test_a_job_that_is_gone_leaves_the_archive_alone(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    before = tree(tmp_path)
    memory.about["id"] = "ftjob-other"
    with pytest.raises(NotFoundError) as raised:
        archive(JOB, tmp_path)
    assert "kept as it is" in raised.value.hint
    assert tree(tmp_path) == before


def test_a_whole_result_file_is_not_replaced_by_a_cut_one(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    memory.about["metadata"] = {"a": "b"}
    memory.sizes["file-1"] = len(RESULTS) + 10
    memory.files["file-1"] = RESULTS[:20]
    assert archive(JOB, tmp_path).complete
    assert (tmp_path / "results/file-1.csv").read_bytes() == RESULTS


def test_one_that_is_missing_is_named(memory: Memory, tmp_path: Path) -> None:
    memory.files.clear()
    made = archive(JOB, tmp_path)
    assert made.missing == ("file-1",)
    assert made.complete
    assert [note.code for note in load(tmp_path).notes] == ["missing_result_file"]


def test_one_that_is_cut_is_kept_and_asked_for_again(memory: Memory, tmp_path: Path) -> None:
    memory.sizes["file-1"] = len(RESULTS)
    memory.files["file-1"] = RESULTS[:-9]
    made = archive(JOB, tmp_path / "a")
    assert made.unverified == ("results/file-1.csv",)
    assert not made.complete
    assert memory.requests.count("content file-1") == 3
    assert "cut_result_file" in [note.code for note in load(tmp_path / "a").notes]
    memory.files["file-1"] = RESULTS
    assert archive(JOB, tmp_path / "a").complete
    assert tree(tmp_path / "a") == undisturbed(tmp_path / "b")


def test_ids_lead_nowhere_and_do_not_collide(memory: Memory, tmp_path: Path) -> None:
    names = ["../../etc/a", "..", "a/b", "a_b", "a.b", "", "x" * 300]
    memory.about["result_files"] = names
    memory.files = {name: RESULTS + name.encode() for name in names}
    folder = tmp_path / "deep" / "a"
    made = archive(JOB, folder)
    assert made.result_files == len(names)
    assert len(list((folder / "results").iterdir())) == len(names)
    assert [entry.name for entry in tmp_path.iterdir()] == ["deep"]
    assert verify_archive(folder).damaged == {}


def test_an_empty_one_is_a_file(memory: Memory, tmp_path: Path) -> None:
    memory.files["file-1"] = b""
    assert archive(JOB, tmp_path).complete
    assert (tmp_path / "results/file-1.csv").read_bytes() == b""


def test_every_job_gets_a_folder_and_complete_ones_cost_nothing(
    serve: StandinFactory, tmp_path: Path
) -> None:
    made = serve([jobs.small_sft(), jobs.rft(), jobs.failed(), jobs.waiting()])
    outcomes = archive_all(tmp_path)
    assert {outcome.job for outcome in outcomes} == {entry.name for entry in tmp_path.iterdir()}
    asked = len(made.requests)
    archive_all(tmp_path)
    paths = [call.path for call in made.requests[asked:]]
    waiting = made.id("waiting")
    assert paths[0] == "/fine_tuning/jobs"
    assert all(waiting in path for path in paths[1:])


def test_one_that_fails_does_not_stop_the_others(serve: StandinFactory, tmp_path: Path) -> None:
    made = serve([jobs.small_sft(), jobs.rft()])
    made.faults.add(f"GET /fine_tuning/jobs/{made.id('rft')}/events", faults.failing(403))
    outcomes = {outcome.job: outcome for outcome in archive_all(tmp_path)}
    assert outcomes[made.id("small-sft")].archive is not None
    assert outcomes[made.id("rft")].error is not None
    made.faults.clear()
    assert all(outcome.archive for outcome in archive_all(tmp_path))


def test_an_id_that_leads_elsewhere_fails_alone(memory: Memory, tmp_path: Path) -> None:
    memory.about["id"] = "../../elsewhere"
    (outcome,) = archive_all(tmp_path / "deep" / "all")
    assert outcome.error is not None
    assert tree(tmp_path) == {}


def test_not_into_the_archive_of_one_job(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    with pytest.raises(UsageError, match="archive of one job"):
        archive_all(tmp_path)


def test_progress_is_told_to_the_end(memory: Memory, tmp_path: Path) -> None:
    told: list[ArchiveProgress] = []
    archive_all(tmp_path, progress=told.append)
    assert told[-1].is_done
    assert max(each.events for each in told) == 25
    assert max(each.result_files for each in told) == 1
