"""Archives of folders, whole and hostile."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from curvewise.errors import InputError
from curvewise.loading import load, load_all, runs
from tests.sources.folders import CSV, state
from tests.sources.test_bedrock import FILES


def packed(path: Path, files: dict[str, bytes]) -> str:
    with tarfile.open(path, "w:gz" if path.suffix != ".tar" else "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return str(path)


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    return [
        packed(folder / name, {"run/results.csv": CSV.encode()}) for name in ("a.tar", "b.tar.gz", "c.tgz")
    ]


def test_the_output_of_a_bedrock_job(tmp_path: Path) -> None:
    run = load(packed(tmp_path / "output.tar.gz", FILES))
    assert len(run["train_loss"]) == 20
    assert run["full_valid_loss"].step.tolist() == [10, 20]
    assert (run.name, run.source) == ("output", str(tmp_path / "output.tar.gz"))


def test_checkpoints_are_named_within_the_archive(tmp_path: Path) -> None:
    files = {
        "./checkpoint-50/trainer_state.json": state(50).encode(),
        "./checkpoint-50/model.safetensors": b"x",
    }
    path = packed(tmp_path / "run.tar", files)
    assert [each.model for each in load(path).checkpoints or ()] == [f"{path}/checkpoint-50"]


def test_several_runs_in_an_archive_are_runs(tmp_path: Path) -> None:
    files = {"s/a/results.csv": CSV.encode(), "s/b/results.csv": b"step,loss\n1,5.0\n2,4.0\n"}
    path = packed(tmp_path / "sweep.tgz", files)
    assert all(run.source.startswith(path) for run in load_all(path))


def test_a_listed_run_of_an_archive_is_read_by_its_address(tmp_path: Path) -> None:
    lines = [f"{{'loss': {2 - step / 10}, 'step': {step}}}\n" for step in (1, 2, 3, 4, 5)]
    files = {
        "s/a/results.csv": CSV.encode(),
        "s/b/results.csv": b"step,loss\n1,5.0\n2,4.0\n",
        "train.log": "".join(2 * ["***** Running training *****\n", *lines]).encode(),
    }
    path = packed(tmp_path / "sweep.tgz", files)
    listed = {run.address for run in runs(path)}
    assert listed == {f"{path}/s/a", f"{path}/s/b", f"{path}/train.log#1", f"{path}/train.log#2"}
    assert {load(address).source for address in listed} == listed
    with pytest.raises(InputError, match="no such file") as caught:
        load(f"{path}/absent")
    assert caught.value.file == f"{path}/absent"


def test_a_folder_of_archives_names_one_to_pass(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tgz", {"results.csv": CSV.encode()})
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert f"pass an archive by its own path, such as {path}" in caught.value.hint


def test_nothing_is_written_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(inside))
    path = packed(
        inside / "a.tar", {"../../evil.csv": CSV.encode(), "/evil.csv": b"x", "ok.csv": CSV.encode()}
    )
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert load(path).last_step == 2
    assert not list(tmp_path.rglob("evil.csv"))


def test_a_cut_or_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = Path(packed(tmp_path / "a.tar.gz", {"a.csv": bytes(range(256)) * 400}))
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:20] + b"\xff" * 40 + whole[60:], b"nothing"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be unpacked") as caught:
            load(path)
        assert caught.value.hint
        assert caught.value.__context__ is None


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "a.tar", {"a.csv": CSV.encode(), "b.csv": CSV.encode()})
    monkeypatch.setenv("CURVEWISE_MAX_UNPACKED_BYTES", "30")
    with pytest.raises(InputError, match="at most"):
        load(path)
    monkeypatch.setenv("CURVEWISE_MAX_NAMES", "1")
    with pytest.raises(InputError, match="2 names, and at most 1 names"):
        load(path)
