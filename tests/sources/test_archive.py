from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.archives.archive import archive, archive_all, archives_in, verify_archive
from curvewise.errors import InputError, MixedRunsError, UsageError
from curvewise.loading import load
from curvewise.services.job_files import CHECKPOINTS, EVENTS
from curvewise.services.job_files import JOB as JOB_FILE
from curvewise.services.manifest import MANIFEST, Counts, Manifest, fingerprint
from tests.archives.making import JOB, Memory, StoppedError, stop_at, tree


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources: one archive, and a folder of two."""
    contents = {JOB_FILE: b'{"id": "ftjob-1", "status": "running"}', EVENTS: EMPTY, CHECKPOINTS: EMPTY}
    manifest = Manifest(
        provider="openai",
        job="ftjob-1",
        name="",
        status="running",
        base_model=None,
        complete=False,
        counts=Counts(events=0, checkpoints=0, result_files=0),
        files={name: fingerprint(data) for name, data in contents.items()},
    )
    for name in "one", "several/a", "several/b":
        (folder / name).mkdir(parents=True)
        for file, data in {**contents, MANIFEST: manifest.encode()}.items():
            (folder / name / file).write_bytes(data)
    return [str(folder / "one"), str(folder / "several")]


EMPTY = b'{"object": "list", "data": []}'
PARTIAL = ".curvewise-partial"


def test_needs_no_service(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    asked = len(memory.requests)
    found = verify_archive(tmp_path)
    assert len(memory.requests) == asked
    assert found.complete
    assert found.job.name == "tickets"


@pytest.mark.parametrize("file", ["job.json", "events.json", "checkpoints.json", "results/file-1.csv"])
@pytest.mark.parametrize("how", ["changed", "cut", "deleted"])
def test_a_damaged_file_is_named_left_out_and_fetched_again(
    memory: Memory, tmp_path: Path, file: str, how: str
) -> None:
    archive(JOB, tmp_path)
    before, path = tree(tmp_path), tmp_path / file
    data = path.read_bytes()
    if how == "deleted":
        path.unlink()
    else:
        path.write_bytes(data[:-5] if how == "cut" else data.replace(b"1", b"2", 1))
    found = verify_archive(tmp_path)
    assert list(found.damaged) == [file]
    assert not found.complete
    (note,) = [note for note in load(tmp_path).notes if note.code == "damaged_files"]
    assert file in note.text
    assert archive(JOB, tmp_path).changed
    assert tree(tmp_path) == before


def test_a_damaged_manifest_is_said_and_made_again(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    before = tree(tmp_path)
    (tmp_path / "archive.json").write_bytes(before["archive.json"][:100])
    with pytest.raises(InputError, match="cut short"):
        verify_archive(tmp_path)
    with pytest.raises(InputError, match="cut short"):
        load(tmp_path)
    archive(JOB, tmp_path)
    assert tree(tmp_path) == before


def test_a_damaged_result_file_that_is_gone_from_the_service_stays(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    memory.files.clear()
    (tmp_path / "results/file-1.csv").write_bytes(b"step,train_loss\n1,2.0\n")
    made = archive(JOB, tmp_path)
    assert made.unverified == ("results/file-1.csv",)
    assert not made.complete
    assert (tmp_path / "results/file-1.csv").read_bytes() == b"step,train_loss\n1,2.0\n"


@pytest.mark.parametrize("has_partial", [False, True])
def test_no_archive_is_said(tmp_path: Path, has_partial: bool) -> None:
    if has_partial:
        (tmp_path / PARTIAL).mkdir()
    with pytest.raises(InputError, match="interrupted" if has_partial else "there is no archive"):
        verify_archive(tmp_path)


def test_another_job_is_refused_and_nothing_touched(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    before = tree(tmp_path)
    memory.about["id"] = "ftjob-other"
    with pytest.raises(UsageError, match=f"the archive of openai job {JOB}"):
        archive("ftjob-other", tmp_path)
    assert tree(tmp_path) == before


def test_an_interrupted_archive_of_another_job_is_refused(memory: Memory, tmp_path: Path) -> None:
    stop_at(memory, 5)
    with pytest.raises(StoppedError):
        archive(JOB, tmp_path)
    memory.before = None
    memory.about["id"] = "ftjob-other"
    with pytest.raises(UsageError, match=f"interrupted archive of openai job {JOB}"):
        archive("ftjob-other", tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", "job.json", "archive.json", "ftjob-1/job.json"])
def test_foreign_files_are_refused_and_nothing_touched(memory: Memory, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"id": "ftjob-abc"}')
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="is no archive, and holds"):
        archive(JOB, tmp_path)
    assert tree(tmp_path) == before


def test_the_folder_of_all_jobs_is_not_that_of_one(memory: Memory, tmp_path: Path) -> None:
    archive_all(tmp_path)
    with pytest.raises(UsageError) as raised:
        archive(JOB, tmp_path)
    assert raised.value.hint == f"pass {tmp_path / JOB}"


def test_a_file_is_no_folder(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(UsageError, match="this is a file"):
        archive(JOB, tmp_path / "a")
    with pytest.raises(UsageError, match="this is a file"):
        archive_all(tmp_path / "a")


@pytest.mark.parametrize("name", ["results", PARTIAL])
def test_a_link_that_leads_elsewhere_is_refused(memory: Memory, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="symbolic link"):
        archive(JOB, tmp_path / "a")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_archives_are_found(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path / "b")
    archive(JOB, tmp_path / "a")
    (tmp_path / "c").mkdir()
    assert archives_in(tmp_path) == (tmp_path / "a", tmp_path / "b")
    assert archives_in(tmp_path / "a") == (tmp_path / "a",)
    assert archives_in(tmp_path / "none") == ()


def test_a_folder_of_archives_is_told_from_one(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path / "a")
    assert load(tmp_path).id == JOB
    assert not any(note.code == "unread_files" for note in load(tmp_path).notes)
    archive(JOB, tmp_path / "b")
    with pytest.raises(MixedRunsError, match=r"(?s)there are 2 runs here.*#a.*#b"):
        load(tmp_path)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "results/../job.json", "/etc/passwd", "results/a/b.csv"]
)
def test_a_manifest_that_leads_elsewhere_is_refused(memory: Memory, tmp_path: Path, name: str) -> None:
    archive(JOB, tmp_path)
    path = tmp_path / "archive.json"
    path.write_bytes(path.read_bytes().replace(b"results/file-1.csv", name.encode()))
    with pytest.raises(InputError, match="is no file of an archive"):
        load(tmp_path)


def test_a_manifest_of_a_later_version_is_refused(memory: Memory, tmp_path: Path) -> None:
    archive(JOB, tmp_path)
    path = tmp_path / "archive.json"
    path.write_bytes(path.read_bytes().replace(b'"schema_version": 1', b'"schema_version": 9'))
    with pytest.raises(InputError, match="reads up to 1"):
        load(tmp_path)
    with pytest.raises(InputError, match="reads up to 1"):
        archive(JOB, tmp_path)


def test_a_file_of_this_name_that_is_something_else_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "archive.json").write_text("[1, 2]")
    (tmp_path / "results.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
    assert len(load(tmp_path)["train_loss"].step) == 2
