from __future__ import annotations

import base64
import errno
import gzip
import os
from pathlib import Path

import pytest

from curvewise.cli import main

from .conftest import HEADER, Program, result_csv

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "only white space": (b" \n\n", "empty"),
    "binary": (bytes(range(256)) * 9, "binary"),
    "cut gzip": (gzip.compress(b"step,train_loss\n1,2\n")[:-9], "gzip"),
    "prose": (b"Dear reader,\nthis is a letter.\n", ""),
    "truncated JSON": (b'{"log_history": [{"loss": 1.0, "step": 1}, {"lo', ""),
    "nesting": (b"[" * 200_000, ""),
    "other JSON": (b'{"weather": "fine"}', "weather"),
    "ragged row": (b"step,train_loss,valid_loss\n1,2.0,2.1\n2,1.9\n3,1.8,1.9\n", "3"),
    "text in a number cell": (b"step,train_loss,valid_loss\n1,2.0,2.1\n2,oops,2.0\n", "oops"),
    "no step column": (b"train_reward,foo\n1,2\n3,4\n", ""),
    "only a header": (HEADER.encode() + b"\n", ""),
    "base64 of nothing known": (base64.b64encode(b"step,weather\n" + b"1,\n" * 99), ""),
    "two runs": (b"run,step,train_loss\na,1,2.0\na,2,1.0\nb,1,3.0\nb,2,2.0\n", "run"),
    "a long line": (b"step,train_loss\n1," + b"9" * 3_000_000, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_content_is_refused_with_a_reason(curvewise: Program, tmp_path: Path, name: str) -> None:
    content, word = BAD[name]
    path = tmp_path / "bad-file"
    path.write_bytes(content)
    for command in ("check", "pick"):
        done = curvewise(command, path)
        assert done.returncode == 2, done.stdout
        assert done.stdout == ""
        assert str(path) in done.stderr
        assert word in done.stderr
        assert "hint:" in done.stderr
        assert "Traceback" not in done.stderr
        assert "bug" not in done.stderr
        assert max(map(len, done.stderr.splitlines())) < 3_000


def test_all_nan_is_read_and_called_broken(curvewise: Program, tmp_path: Path) -> None:
    rows = "".join(f"{step},NaN,,NaN,,,\n" for step in range(1, 30))
    (tmp_path / "nan.csv").write_text(f"{HEADER}\n{rows}")
    done = curvewise("check", "nan.csv")
    assert done.returncode == 1
    assert "Broken: train_loss is NaN" in done.stdout


def test_one_row_gives_no_all_clear(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(f"{HEADER}\n1,2.0,0.5,2.1,0.5,,\n")
    done = curvewise("check", "one.csv")
    assert "could not judge" in done.stdout
    assert "Traceback" not in done.stderr


def test_metric_names_cannot_steer_the_terminal(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "evil.csv").write_text(
        "step,train_loss,\x1b[2J<script>,\u202ereward\n1,2,3,4\n2,1,3,4\n3,1,5,6\n"
    )
    done = curvewise("check", "evil.csv", "--format", "text")
    assert done.returncode in (0, 1, 2)
    assert not set(done.stdout + done.stderr) & {"\x1b", "\u202e"}


def test_a_path_that_does_not_exist(curvewise: Program, results: Path) -> None:
    done = curvewise("check", "result.csv")
    assert done.returncode == 2
    assert "result.csv" in done.stderr
    assert "results.csv" in done.stderr  # the near name


def test_folders_with_nothing_in_them(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("hello")
    for folder in ("none", "other"):
        done = curvewise("check", folder)
        assert done.returncode == 2
        assert folder in done.stderr
        assert "Traceback" not in done.stderr


def test_two_runs_in_a_folder_are_not_mixed(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.csv").write_text(result_csv())
    (tmp_path / "runs" / "b.csv").write_text(result_csv(full=(0.9, 0.8, 0.7)).replace("0.1", "0.7"))
    done = curvewise("pick", "runs")
    assert done.returncode == 2
    assert "a.csv" in done.stderr
    assert "b.csv" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(curvewise: Program, results: Path) -> None:
    results.chmod(0)
    assert curvewise("check", results).returncode == 2


def test_what_the_system_refuses_is_no_bug_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def deny(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", deny)
    with pytest.raises(SystemExit) as end:
        main(["archive", "--verify", str(tmp_path / "kept")])
    assert end.value.code == 2
    assert "kept: Permission denied\n  hint:" in capsys.readouterr().err


def test_a_fifo_is_not_waited_for(curvewise: Program, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = curvewise("check", "pipe")
    assert done.returncode == 2
    assert "pipe" in done.stderr


@pytest.mark.parametrize(
    ("size", "said"),
    [(2 * 1024**3 + 1, "at most 2 GiB is read"), (16 * 1024**2, "there is no value of any metric")],
)
def test_a_sparse_line_is_refused_at_once(curvewise: Program, tmp_path: Path, size: int, said: str) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"step,train_loss\n1,")
        file.truncate(size)
    done = curvewise("check", path)
    assert done.returncode == 2
    assert "huge.csv" in done.stderr
    assert said in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "x", "--format", "xml"),
        ("check", "x", "--kind", "gan"),
        ("explain", "overfittin"),
        ("metrics", "los"),
        ("nonsense",),
        ("check", "results.csv", "--select", "overfitin"),
        ("check", "results.csv", "--config", "none.toml"),
    ],
)
def test_wrong_words_end_in_2(curvewise: Program, results: Path, arguments: tuple[str, ...]) -> None:
    done = curvewise(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("chek results.csv", "there is no command or file 'chek'\n  hint: did you mean check?"),
        ("check --selct x results.csv", "there is no option '--selct'\n  hint: did you mean --select"),
        ("check --select overfiting results.csv", "no check 'overfiting'\n  hint: did you mean overfitting?"),
        (
            "check --set overfiting.a=1 results.csv",
            "no check 'overfiting'\n  hint: did you mean overfitting?",
        ),
        ("check --set overfitting.max_ris=1 results.csv", "\n  hint: did you mean max_rise?"),
        ("check --map trian_loss=train_loss results.csv", "\n  hint: did you mean train_loss"),
        ("check --format jsn results.csv", "--format: there is no format 'jsn'\n  hint: did you mean json?"),
        ("metrics foo", "there is no metric 'foo'\n  hint: `curvewise metrics` lists all"),
        ("metrics trian_loss", "there is no metric 'trian_loss'\n  hint: did you mean train_loss"),
        ("explain overfiting", "'overfiting'\n  hint: did you mean overfit"),
        ("check", "missing argument 'PATH...'\n  hint: `curvewise check --help` shows what it takes"),
        ("check --kind sfft results.csv", "--kind: 'sfft' is not one of"),
        ("reslts.csv", "reslts.csv: no such file or folder\n  hint: did you mean results.csv?"),
    ],
)
@pytest.mark.usefixtures("results")
def test_mistakes_are_told_in_one_shape_with_the_nearest_name(
    curvewise: Program, arguments: str, said: str
) -> None:
    done = curvewise(*arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and "\n  hint: " in done.stderr
    assert said in done.stderr


def test_a_path_without_a_command_is_checked(curvewise: Program, results: Path) -> None:
    checked = curvewise("check", "results.csv", "--fail-on", "never")
    for path in ("results.csv", results):
        alone = curvewise(path, "--fail-on", "never")
        assert (alone.returncode, alone.stderr) == (0, "")
        assert alone.stdout.replace(str(results), "results.csv") == checked.stdout
    assert curvewise("-", stdin=results.read_bytes()).returncode == 1
    assert curvewise("--format", "csv", "results.csv").stdout.startswith("run,step,")
    assert "did you mean --version?" in curvewise("--versoin").stderr


def test_a_folder_of_several_runs_names_what_to_pass(curvewise: Program, tmp_path: Path) -> None:
    for name, full in ("a", (0.3, 0.2)), ("b", (0.5, 0.4)), ("c", (0.9, 0.8)):
        (tmp_path / "sweep" / name).mkdir(parents=True)
        (tmp_path / "sweep" / name / "results.csv").write_text(result_csv(full=full))
    done = curvewise("pick", "sweep")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: sweep: there are 3 runs here"
    assert done.stderr.splitlines()[2:] == ["    sweep/a", "    sweep/b", "    sweep/c"]
    assert curvewise("sweep/a", "sweep/b", "--fail-on", "never").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "foo"], "there is no diagnosis or check 'foo'"),
        (["metrics", "foo"], "there is no metric 'foo'"),
        (["check", "results.csv", "--map", "train_loss=foo"],
         "results.csv: there is no column 'foo' to map to train_loss"),
        (["check", "results.csv", "--by", "foo"], "the run has no metric 'foo'"),
        (["check", "results.csv", "--set", "foo.most=1"], "there is no check 'foo'"),
        (["check", "results.csv", "--select", "foo"], "there is no check 'foo'"),
        (["check", "results.csv", "--kind", "foo"], "--kind: 'foo' is not one of "),
        (["completion", "foo"], "'foo' is not one of "),
        (["check", "results.csv", "--config", "foo.toml"], "--config: 'foo.toml' does not exist"),
        (["serve", "foo"], "'foo' does not exist"),
        (["forecast", "results.csv", "--steps", "foo"], "--steps: 'foo' is not a whole number"),
        (["watch", "results.csv", "--interval", "foo"], "--interval: 'foo' is not a number"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_named_once(
    curvewise: Program, results: Path, arguments: list[str], said: str
) -> None:
    done = curvewise(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {said}")
    assert done.stderr.partition("\n")[0].count("foo") == 1
