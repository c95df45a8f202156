"""Many runs: all are found and judged once, a stopped call goes on, and what they say is true."""

from __future__ import annotations

import json
import math
import os
import signal
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

import curvewise as cw
from curvewise.fleet import analyze_all as verb
from curvewise.fleet import judging
from curvewise.fleet.finding import Unit
from curvewise.fleet.judging import Rules, judge
from curvewise.fleet.summary import summary
from curvewise.fleet.table import read_table, write_table
from curvewise.model.fleet import ARCHIVE, NO_METRICS, FleetRow
from curvewise.plugin import Style
from curvewise.plugin.view import views
from curvewise.storage.lines import Lines
from curvewise.views import fleet as fleet_view
from tests.formats.protobufs import event_file, logged
from tests.sources.test_mlflow import LOSS, database
from tests.sources.test_tensorboard import write


def log(path: Path, level: float, seed: int = 0) -> Path:
    """A log whose validation loss falls to a level and stays there."""
    noise = np.random.default_rng(seed).normal(0, 0.01, (2, 30))
    rows = [
        f"{step},{level + 2 * 0.8**step + noise[0, step]:.4f},{level + 2 * 0.8**step + noise[1, step]:.4f}"
        for step in range(30)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["step,train_loss,full_valid_loss", *rows, ""]))
    return path


def sweep(folder: Path, rates: Sequence[float] = (1e-4, 1e-3), seeds: int = 3) -> Path:
    for rate in rates:
        for seed in range(seeds):
            log(folder / f"lr={rate},seed={seed}.csv", 1 + 100 * rate, seed)
    return folder


def names(fleet: cw.Fleet, folder: Path) -> set[str]:
    return {row.address.removeprefix(f"{folder}/") for row in fleet.rows}


def test_every_run_of_a_mixed_folder_is_found_once(tmp_path: Path) -> None:
    sweep(tmp_path / "many", seeds=5)
    sweep(tmp_path / "few", seeds=1)
    state = {"global_step": 2, "log_history": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.5}]}
    for place in ("output", "output/checkpoint-2"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "trainer_state.json").write_text(json.dumps(state))
    write(
        tmp_path,
        {f"logs/{name}/events.out.tfevents.1": event_file(*logged("loss", range(9))) for name in "ab"},
    )
    database(tmp_path / "mlflow.db", [("a" * 32, "first", LOSS), ("b" * 32, "second", LOSS)])
    (tmp_path / "neptune" / "project").mkdir(parents=True)
    (tmp_path / "neptune" / "project" / "RUN-1_part_0.parquet").write_bytes(b"PAR1")
    fleet = cw.analyze_all([tmp_path], jobs=1)
    assert names(fleet, tmp_path) == {
        *(f"many/lr={rate},seed={seed}.csv" for rate in (1e-4, 1e-3) for seed in range(5)),
        *(f"few/lr={rate},seed=0.csv" for rate in (1e-4, 1e-3)),
        *("output", "logs/a", "logs/b", "mlflow.db#first", "mlflow.db#second", "neptune/project"),
    }
    assert (fleet.found, fleet.judged, fleet.refused) == (18, 17, 1)


def test_a_link_to_a_run_beside_it_is_no_run(tmp_path: Path) -> None:
    sweep(tmp_path, seeds=5)
    (tmp_path / "latest.csv").symlink_to(tmp_path / "lr=0.001,seed=4.csv")
    fleet = cw.analyze_all([tmp_path], jobs=1)
    assert (fleet.found, fleet.duplicates) == (10, ())


def test_a_link_to_a_folder_above_is_not_followed_round(tmp_path: Path) -> None:
    sweep(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    assert cw.analyze_all([tmp_path], jobs=1).found == 6


def test_a_database_is_hashed_once_for_all_its_runs(tmp_path: Path) -> None:
    database(tmp_path / "mlflow.db", [(name * 32, name, LOSS) for name in "abcd"])
    judging._hashed.cache_clear()
    fleet = cw.analyze_all([tmp_path], jobs=1)
    assert (fleet.judged, judging._hashed.cache_info().misses) == (4, 1)


def test_a_part_that_cannot_be_searched_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "closed", "m", "z"):
        sweep(tmp_path / name, seeds=1)
    (tmp_path / "damaged.db").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 9)
    (tmp_path / "m" / "archive.json").write_text("{")
    scan, listdir = os.scandir, os.listdir

    def denied(function: Callable[[str], Any]) -> Callable[[str], Any]:
        def deny(folder: str) -> Any:
            if Path(folder).name == "closed":
                raise PermissionError(13, "Permission denied", folder)
            return function(folder)

        return deny

    monkeypatch.setattr(os, "scandir", denied(scan))
    monkeypatch.setattr(os, "listdir", denied(listdir))
    fleet = cw.analyze_all([tmp_path], jobs=1)
    refused = [row.address.removeprefix(f"{tmp_path}/") for row in fleet.rows if row.problem]
    assert (fleet.judged, refused) == (4, ["closed", "damaged.db", "m/archive.json"])


def test_what_cannot_be_read_is_a_row_with_the_reason(tmp_path: Path) -> None:
    sweep(tmp_path, seeds=5)
    for name in ("first", "second"):
        (tmp_path / f"{name}.csv").write_text("hello\n")
    (tmp_path / "third.json").write_text("{")
    fleet = cw.analyze_all([tmp_path, tmp_path / "missing"], jobs=1)
    assert (fleet.found, fleet.judged, fleet.refused) == (14, 10, 4)
    assert [each.count for each in fleet.refusals] == [2, 1, 1]
    assert all(row.problem for row in fleet.rows if not row.diagnosis)
    assert sum(each.count for each in fleet.diagnoses) == fleet.judged


def test_files_that_are_evidently_no_runs_are_told_apart(tmp_path: Path) -> None:
    sweep(tmp_path, seeds=5)
    others = {
        "notes.txt": "try 3e-4\n",
        "README": "my sweep\n",
        "DONE": "",
        "args.json": "{}",
        "core.1": "\0\1",
    }
    refused = {"run.log": "Traceback:\n", "loss": "", "odd": "a,b\n1,2\n", "train_log.txt": "Killed\n"}
    for name, content in {**others, **refused}.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "plan.txt").write_text("more data\n")
    with tarfile.open(tmp_path / "old.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "lr=0.001,seed=0.csv", "log.csv")
    table = tmp_path.with_suffix(".csv")
    found = cw.analyze_all([tmp_path], jobs=1, table=table)
    assert (found.found, found.judged, found.refused) == (14, 10, 4)
    assert {row.address.removeprefix(f"{tmp_path}/") for row in found.rows if not row.is_run} == {
        *others, "docs/plan.txt", "old.tar.gz",
    }  # fmt: skip
    assert [(each.name, each.count) for each in found.others] == [(NO_METRICS, 6), (ARCHIVE, 1)]
    text = views()["fleet"].formats["text"](found, Style())
    assert "read 10 of 14 runs; 4 refused (3 kinds); 7 other files" in text
    assert "Pass each archive by its own path" in text
    assert cw.analyze_all([table]) == found
    assert cw.analyze_all([tmp_path / "old.tar.gz"], jobs=1).judged == 1


def test_a_reader_that_breaks_on_a_file_that_is_refused_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(document: object) -> None:
        raise RuntimeError(document)

    (sweep(tmp_path, seeds=5) / "README").write_text("my sweep\n")
    monkeypatch.setattr("curvewise.fleet.judging.format_of", broken)
    found = cw.analyze_all([tmp_path], jobs=1)
    assert (found.judged, found.refused) == (10, 1)


def test_a_link_to_itself_costs_nothing(tmp_path: Path) -> None:
    sweep(tmp_path, seeds=5)
    (tmp_path / "loop").symlink_to("loop")
    assert (cw.analyze_all([tmp_path], jobs=1).found, len(list(cw.load_all(tmp_path)))) == (10, 10)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://example.com/log.csv?token=canary-0123", "http://example.com/log.csv?token=[redacted]"),
        ("s3://user:canary-0123@bucket/run", "s3://[redacted]@bucket/run"),
        ("other://user:canary-0123@host/run", "other://[redacted]@host/run"),
    ],
)
def test_no_key_in_an_address_is_shown_or_written(tmp_path: Path, address: str, shown: str) -> None:
    found = cw.analyze_all([address], table=tmp_path / "fleet.jsonl", jobs=1)
    assert [(row.address, row.file) for row in found.rows] == [(shown, shown)]
    assert "canary" not in repr(found) + (tmp_path / "fleet.jsonl").read_text()


def test_standard_input_is_refused() -> None:
    found = cw.analyze_all(["-"], jobs=1)
    assert [row.problem for row in found.rows] == ["a fleet is not read from standard input"]


def test_a_pattern_is_expanded(tmp_path: Path) -> None:
    sweep(tmp_path)
    assert cw.analyze_all([str(tmp_path / "lr=*,seed=0.csv")], jobs=1).found == 2


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_table_is_read_back_as_it_was_written(tmp_path: Path, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    (sweep(tmp_path / "runs", seeds=5) / "broken.csv").write_text("=1+1\n")
    table = tmp_path / f"fleet.{ending}"
    fleet = cw.analyze_all([tmp_path / "runs"], table=table, jobs=1)
    assert read_table(str(table)) == list(fleet.rows)
    assert cw.analyze_all([table]) == fleet
    assert {path.name for path in tmp_path.iterdir()} == {table.name, "runs"}


def test_what_did_not_change_is_not_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(tmp_path / "runs", seeds=5)
    before = cw.analyze_all([tmp_path / "runs"], table=tmp_path / "t.jsonl", jobs=1)
    touched, changed = (tmp_path / "runs" / f"lr=0.001,seed={seed}.csv" for seed in (0, 1))
    os.utime(touched, (1, 1))
    log(changed, 3.0)
    log(tmp_path / "runs" / "new.csv", 2.0)
    judged: list[str] = []

    def seen(units: Sequence[Unit], rules: Rules) -> list[FleetRow | Unit]:
        found = judge(units, rules)
        judged.extend(row.address for row in found if isinstance(row, FleetRow))
        return found

    monkeypatch.setattr(verb, "judge", seen)
    after = cw.analyze_all([tmp_path / "runs"], table=tmp_path / "t.jsonl", resume=True, jobs=1)
    assert judged == [str(changed), str(tmp_path / "runs" / "new.csv")]
    assert after.found == before.found + 1
    again = cw.analyze_all([tmp_path / "runs"], table=tmp_path / "t.jsonl", resume=True, jobs=1)
    assert again == after
    assert len(judged) == 2
    other = cw.Profile(checks={"overfitting": {"max_rise": 1.5}})
    cw.analyze_all([tmp_path / "runs"], table=tmp_path / "t.jsonl", resume=True, jobs=1, profile=other)
    assert len(judged) == 2 + after.found


@pytest.mark.parametrize("stopped_after", [0, 1, 2])
def test_a_stopped_call_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_after: int) -> None:
    sweep(tmp_path / "runs", seeds=5)
    monkeypatch.setattr(verb, "CHUNK", 4)
    whole = cw.analyze_all([tmp_path / "runs"], table=tmp_path / "whole.jsonl", jobs=1)
    calls: list[int] = []

    def interrupted(units: Sequence[Unit], rules: Rules) -> list[FleetRow | Unit]:
        if len(calls) == stopped_after:
            raise KeyboardInterrupt
        calls.append(len(units))
        return judge(units, rules)

    table = tmp_path / "t.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(verb, "judge", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cw.analyze_all([tmp_path / "runs"], table=table, jobs=1)
    partial = tmp_path / "t.jsonl.partial"
    assert len(partial.read_bytes().splitlines()) == 4 * stopped_after
    with partial.open("ab") as file:
        file.write(b'{"address": "cut')  # as a kill in the middle of a write leaves it
    counted: list[int] = []

    def counting(units: Sequence[Unit], rules: Rules) -> list[FleetRow | Unit]:
        counted.append(len(units))
        return judge(units, rules)

    monkeypatch.setattr(verb, "judge", counting)
    assert cw.analyze_all([tmp_path / "runs"], table=table, resume=True, jobs=1) == whole
    assert sum(counted) == 10 - 4 * stopped_after
    assert table.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not partial.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is forked to be killed")
def test_a_call_that_is_killed_at_ten_points_judges_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(tmp_path / "runs", seeds=22)
    monkeypatch.setattr(verb, "CHUNK", 4)
    whole = cw.analyze_all([tmp_path / "runs"], table=tmp_path / "whole.jsonl", jobs=1)
    table, tally = tmp_path / "t.jsonl", tmp_path / "judged"

    def judging(units: Sequence[Unit], rules: Rules) -> list[FleetRow | Unit]:
        with tally.open("a") as file:
            file.writelines(f"{unit.path}\n" for unit in units)
        return judge(units, rules)

    class Killed(Lines):
        """Dies in the middle of what it writes second."""

        written = 0

        def write(self, lines: Iterable[bytes]) -> None:
            content = [*lines]
            self.written += 1
            if self.written == 2:
                os.write(self._handle, content[0][: len(content[0]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            super().write(content)

    for _ in range(10):
        child = os.fork()
        if child == 0:
            try:
                monkeypatch.setattr(verb, "judge", judging)
                monkeypatch.setattr(verb, "Lines", Killed)
                cw.analyze_all([tmp_path / "runs"], table=table, resume=True, jobs=1)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    monkeypatch.setattr(verb, "judge", judging)
    assert cw.analyze_all([tmp_path / "runs"], table=table, resume=True, jobs=1) == whole
    assert table.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    judged = Counter(tally.read_text().splitlines())
    assert sum(judged.values()) == 44 + 10 * 4  # each kill costs the chunk under way


def row(name: str, best: float, **settings: float | str) -> FleetRow:
    return FleetRow(
        address=name, hyperparameters=settings, diagnosis="healthy", severity="ok", deploy=True, kind="sft",
        metric="full_valid_loss", best=best, best_low=best - 0.01, best_high=best + 0.01, error=0.006,
        content=f"{best}",
    )  # fmt: skip


def rows(effect: float, seed: int, count: int = 60) -> list[FleetRow]:
    random = np.random.default_rng(seed)
    return [
        row(
            str(number),
            float(np.exp(effect * rate + random.normal(0, 0.05))),
            lr=10.0**-rate,
            seed=number,
            warmup=float(random.integers(0, 3)),
            optimizer=str(random.choice(["adam", "sgd"])),
        )
        for number, rate in enumerate(random.integers(3, 6, count).tolist())
    ]


def test_the_hyperparameter_that_separates_is_named_with_its_effect() -> None:
    fleet = summary(rows(0.1, 1))
    (effect,) = fleet.effects
    assert (effect.name, effect.better, effect.worse) == ("lr", "0.001", "1e-05")
    assert effect.low < np.exp(0.2) < effect.high
    assert set(fleet.looked_at) == {"lr", "warmup", "optimizer"}


@pytest.mark.parametrize(
    ("metric", "examples", "wider", "where"),
    [
        ("full_valid_loss", None, 1.0, " on this validation set"),
        ("full_valid_loss", 10_000, 1.02, ""),
        ("full_valid_loss", 150, 1.5, ""),
        ("full_valid_perplexity", 150, 1.0, " on this validation set"),  # not a log-likelihood
        ("train_loss", None, 1.0, ""),
    ],
)
def test_an_interval_counts_the_validation_set_where_its_size_is_known(
    metric: str, examples: int | None, wider: float, where: str
) -> None:
    known = [replace(each, metric=metric, validation_examples=examples) for each in rows(0.1, 1)]
    (alone,), (effect,) = summary(rows(0.1, 1)).effects, summary(known).effects
    reach = math.log(effect.high / effect.low) / math.log(alone.high / alone.low)
    assert (effect.effect, effect.p) == (alone.effect, alone.p)
    assert reach == pytest.approx(1.0) if wider == 1.0 else reach >= wider
    assert f"{effect.high:.3g}{where}, p" in fleet_view.effect(effect, summary(known))


def test_a_difference_is_not_called_a_factor_and_a_name_has_no_edge() -> None:
    levels = {"adamw8": 0.0, "lion": 5.0, "sgd": 9.0}
    known = [
        row(
            f"{optimizer} {i}",
            level + 0.01 * (i % 5),
            optimizer=optimizer,
            **({"seed": 1.0} if i == 1 else {}),
        )
        for optimizer, level in levels.items()
        for i in range(8)
    ]
    fleet = summary(known)
    assert "is lower by 9 at adamw8 than at sgd" in fleet_view.effect(fleet.effects[0], fleet)
    assert [each for each in fleet.next if "beyond" in each or "--group" in each] == []


def test_a_hyperparameter_that_some_trainers_alone_state_has_no_endless_interval() -> None:
    known = [
        row(
            str(i),
            1 + 0.1 * (i % 3) + 0.001 * (i % 7),
            lr=i % 3,
            **({"wd": i % 2, "beta": i % 2} if i > 20 else {}),
        )
        for i in range(60)
    ]
    for effect in summary(known).effects:
        assert 0.5 < effect.low <= effect.effect <= effect.high < 2


def test_nothing_separates_where_nothing_does() -> None:
    alarms = sum(bool(summary(rows(0.0, seed, 30)).effects) for seed in range(40))
    assert alarms <= 5


def test_a_lucky_run_does_not_win_where_settings_are_judged() -> None:
    good = [
        row(f"good {seed}", 1.0 + 0.01 * (seed % 3) + 0.001 * seed, lr=1.0, seed=seed) for seed in range(6)
    ]
    luck = [
        row(f"luck {seed}", 0.95 if seed == 0 else 1.3 + 0.001 * seed, lr=2.0, seed=seed) for seed in range(6)
    ]
    assert summary([*good, *luck]).leaders[0].address == "luck 0"
    fleet = summary([*good, *luck], group=["seed"])
    assert (fleet.leaders[0].name, fleet.leaders[0].runs) == ("lr=1", 6)
    with pytest.raises(cw.UsageError, match="no hyperparameter 'sede'"):
        summary(good, group=["sede"])


def test_seeds_that_change_nothing_tell_no_scatter() -> None:
    known = [row(f"{lr} {seed}", lr, lr=lr, seed=seed) for lr in (1.0, 2.0) for seed in range(3)]
    (leader,) = summary(known, group=["seed"]).leaders
    assert leader.runs == 1
    assert (leader.low, leader.high) == pytest.approx((0.99, 1.01), abs=1e-3)


def test_what_names_the_run_is_no_setting() -> None:
    known = [
        row(
            f"{data} {seed}",
            1.0 + 0.1 * (data == "b") + 0.001 * seed,
            dataset_name=data,
            seed=seed,
            output_dir=f"{data}/{seed}",
        )
        for data in "ab"
        for seed in range(6)
    ]
    fleet = summary(known, group=["seed"])
    assert [(each.name, each.runs) for each in fleet.leaders] == [("dataset_name=a", 6)]
    assert fleet.looked_at == ("dataset_name",)


def test_copies_are_named() -> None:
    fleet = summary([row("a", 1.0), row("b", 1.0), row("c", 2.0)])
    assert fleet.duplicates == (("a", "b"),)
    assert (fleet.compared, [each.address for each in fleet.leaders]) == (2, ["a"])
    assert [(each.name, each.count) for each in fleet.passed_over] == [("copy of a run that is compared", 1)]
    assert summary([row("a", 1.0, seed=1), row("b", 1.0, seed=2)]).compared == 2
    assert summary([row("a", 1.0, seed=-1.0), row("b", 1.0, seed=-2.0)]).compared == 2  # of one `hash`


def test_shares_in_percent_stand_apart_from_shares_of_one() -> None:
    rates = {"a": 0.2, "b": 0.3, "c": 25.0}
    known = [replace(row(name, best), metric="eval_wer") for name, best in rates.items()]
    fleet = summary(known, metric="WER")
    assert [(each.name, each.runs) for each in fleet.leaders] == [("a", 1)]
    assert [each.name for each in fleet.passed_over] == ["eval_wer on another scale"]


def test_runs_that_are_all_alike_have_no_best() -> None:
    same = summary([row(str(seed), 1.0, seed=seed) for seed in range(33)])
    assert same.headline.startswith("All 33 runs hold the same values: healthy")
    one = summary([row(str(seed), 1.0 + seed / 50, lr=1.0, seed=seed) for seed in range(4)], group=["seed"])
    assert one.headline.endswith("they have one setting, with a mean validation loss 1.03.")


def test_of_several_runs_one_is_sound() -> None:
    known = [
        row("a", 1.0),
        replace(row("b", 2.0), severity="problem"),
        replace(row("c", 3.0), severity="problem"),
    ]
    assert summary(known).headline.startswith("1 of 3 runs is sound; ")


def test_the_folder_that_all_runs_lie_below_is_told_once() -> None:
    known = [row(f"/data/team/sweeps/{lr}", 1.0 + lr / 9, lr=lr) for lr in range(9)]
    text = views()["fleet"].formats["text"](summary(known), Style(width=80))
    assert text.count("/data/team/sweeps/") == 1
    assert "read 9 of 9 runs; all below /data/team/sweeps/" in text


def test_a_table_of_nothing_is_written(tmp_path: Path) -> None:
    write_table(tmp_path / "empty.csv", [])
    assert read_table(str(tmp_path / "empty.csv")) == []
    assert summary([]).headline == "There is no run here."


def test_a_run_that_several_paths_reach_counts_once(tmp_path: Path) -> None:
    folder, table = sweep(tmp_path / "sweep"), tmp_path / "t.csv"
    assert cw.analyze_all([folder, f"{folder}/", f"{folder}/*seed=0.csv"], jobs=1, table=table).found == 6
    assert cw.analyze_all([table, table, folder], jobs=1).found == 6


def test_a_table_is_not_asked_for_a_metric_that_it_was_not_judged_by(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    cw.analyze_all([sweep(tmp_path / "sweep")], jobs=1, table=table)
    assert cw.analyze_all([table], by="loss").compared == 6
    with pytest.raises(cw.UsageError, match="no run of the table is judged by 'eval_accuracy'"):
        cw.analyze_all([table], by="eval_accuracy")


def state(folder: Path, rate: float, steps: int = 40) -> None:
    history = [
        {"step": step, "loss": 1 + 1 / step, "learning_rate": rate * (1 - step / 400)}
        for step in range(1, steps)
    ]
    folder.mkdir(parents=True)
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": steps, "log_history": history}))


def test_the_peak_of_the_logged_learning_rate_is_a_setting_where_nothing_states_it(tmp_path: Path) -> None:
    state(tmp_path / "first", 2e-5)
    state(tmp_path / "optim.lr=0.5", 2e-5)
    found = cw.analyze_all([tmp_path], jobs=1)
    assert [row.hyperparameters for row in found.rows] == [{"learning_rate": 2e-5}, {"optim.lr": 0.5}]


def test_what_is_worth_a_look_is_told_with_its_run_and_every_metric_can_be_asked_for(tmp_path: Path) -> None:
    sweep(tmp_path / "sft", seeds=2)
    for number in range(3):
        lines = (f"{step},{0.1 + step / 100 + number / 50}" for step in range(1, 41))
        (tmp_path / f"rl{number}").mkdir()
        (tmp_path / f"rl{number}" / "log.csv").write_text("\n".join(["step,train_mean_reward", *lines, ""]))
    (tmp_path / "sft" / "lr=0.5,seed=1.csv").write_text(
        "step,train_loss\n"
        + "".join(f"{step},{'nan' if step > 20 else 2 - step / 50}\n" for step in range(1, 41))
    )
    (tmp_path / "broken.csv").write_text("hello\n")
    fleet = cw.analyze_all([tmp_path], jobs=1)
    text = views()["fleet"].formats["text"](fleet, Style(width=80))
    assert "sft/lr=0.5,seed=1.csv: Broken" in " ".join(text.split())
    assert "1 broken.csv: " in " ".join(text.split())
    assert (
        "Ask for the best of the 3 runs that are judged by training reward: --by train_mean_reward."
        in fleet.next
    )
    rewarded = cw.analyze_all([tmp_path], jobs=1, by="train_mean_reward")
    assert (rewarded.judged, rewarded.compared, rewarded.metric) == (8, 3, "train_mean_reward")
    assert [(each.name, each.count) for each in rewarded.passed_over][-1] == ("no train_mean_reward", 5)


def test_where_to_search_on_is_a_region() -> None:
    known = [row(f"{lr} {i}", abs(lr - 2) + 1 + i / 50, lr=float(lr)) for lr in (1, 2, 3) for i in range(6)]
    assert "Search on around lr = 2: between 1 and 3." in summary(known).next


def test_runs_that_are_not_compared_are_counted_by_cause(tmp_path: Path) -> None:
    sweep(tmp_path, seeds=1)
    for name, level in ("low", 0.5), ("high", 0.9), ("middle", 0.7):
        lines = (f"{step},{1 - step / 50},{level + step / 999}" for step in range(1, 31))
        (tmp_path / f"{name}.csv").write_text("\n".join(["step,train_loss,eval_accuracy", *lines, ""]))
    fleet = cw.analyze_all([f"{tmp_path}/*.csv"], jobs=1)
    assert (fleet.better, fleet.leaders[0].address) == ("higher", f"{tmp_path}/high.csv")
    assert sum(each.count for each in fleet.passed_over) + fleet.compared == fleet.judged == 5
    assert ("SFT judged by validation loss", 2) in [(each.name, each.count) for each in fleet.passed_over]
    assert "SFT judged by validation loss" in views()["fleet"].formats["text"](fleet, Style())
