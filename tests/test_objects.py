"""What a program holds gives the same run as the file that it would write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise import CurvewiseError, InputError, Run, UsageError, load
from curvewise.joining import run_from
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles

NAN = float("nan")
LOG = [
    {"loss": 2.0, "grad_norm": 1.0, "learning_rate": 1e-4, "epoch": 0.5, "step": 10},
    {"eval_loss": 2.1, "eval_runtime": 1.0, "eval_samples_per_second": 64.0, "epoch": 0.5, "step": 10},
    {"loss": 1.0, "grad_norm": NAN, "learning_rate": 5e-5, "epoch": 1.0, "step": 20},
    {"loss": NAN, "grad_norm": NAN, "learning_rate": 1e-5, "epoch": 1.5, "step": 30},
    {"train_loss": 1.5, "train_runtime": 9.0, "epoch": 1.5, "step": 30},
]
LISTS = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.1, 1.2, NAN]}


@dataclass
class TrainerState:
    """The fields of that of transformers which are read, and one that is no JSON."""

    log_history: list[dict[str, float]] = field(default_factory=lambda: LOG)
    global_step: int = 30
    epoch: float = 1.5
    max_steps: int = 60
    stateful_callbacks: object = None


class Pandas:
    """As much of a DataFrame of pandas as is asked of it: NaN stands for a missing value."""

    def __init__(self, rows: list[dict[str, Any]], index: str | None = None) -> None:
        self.columns = np.array(
            list(dict.fromkeys(key for row in rows for key in row if key != index)), dtype=object
        )
        self.index = SimpleNamespace(names=[index])
        self.rows = rows

    def isna(self) -> None:
        raise NotImplementedError

    def reset_index(self) -> Pandas:
        return Pandas(self.rows)

    def __getitem__(self, name: str) -> PandasColumn:
        return PandasColumn([row.get(name, NAN) for row in self.rows])


class PandasColumn:
    """A column of it."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def astype(self, kind: type) -> PandasColumn:
        assert kind is object
        return self

    def notna(self) -> list[bool]:
        return [value == value for value in self.values]

    def where(self, keep: list[bool], other: object) -> PandasColumn:
        return PandasColumn([value if kept else other for value, kept in zip(self.values, keep, strict=True)])

    def tolist(self) -> list[Any]:
        return self.values


def from_file(text: str) -> Run:
    return run_from(RunFiles((Document("log", text.encode()),), "log"), "log")


def lines(rows: list[Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def alike(run: Run) -> Run:
    """Leave out what tells an object from a file."""
    return msgspec.structs.replace(run, name="", source="")


def trainer(**args: object) -> object:
    return SimpleNamespace(state=TrainerState(), args=SimpleNamespace(**args))


STATE = json.dumps(asdict(TrainerState()))


@pytest.mark.parametrize(
    ("held", "written"),
    [
        (LOG, lines(LOG)),
        (tuple(LOG), lines(LOG)),
        ((row for row in LOG), lines(LOG)),
        ([{key: np.float64(value) for key, value in row.items()} for row in LOG], lines(LOG)),
        (TrainerState(stateful_callbacks=print), STATE),
        (trainer(), STATE),
        (trainer(output_dir="/nowhere"), STATE),
        (LISTS, json.dumps(LISTS)),
        ({key: np.array(values) for key, values in LISTS.items()}, json.dumps(LISTS)),
        (SimpleNamespace(history=LISTS, epoch=[0, 1, 2]), json.dumps({"epoch": [1, 2, 3], **LISTS})),
        (SimpleNamespace(history=LISTS), json.dumps(LISTS)),
        (
            pa.table({"step": [1, 2], "loss": [2.0, None], "val_loss": [NAN, 1]}),
            "step,loss,val_loss\n1,2.0,nan\n2,,1.0\n",
        ),
        (pa.table({"loss": [2.0, 1.0]}), '{"loss": [2.0, 1.0]}'),
        (pa.table({"step": [1], "loss": [2.0]}).to_reader(), "step,loss\n1,2.0\n"),
        (Pandas(LOG), lines(LOG)),
        (Pandas(LOG, index="step"), lines(LOG)),
        ({"object": "list", "data": []}, '{"object": "list", "data": []}'),
    ],
)
def test_it_is_read_as_the_file_would_be(held: object, written: str) -> None:
    mine, theirs = outcome(lambda: load(held)), outcome(lambda: from_file(written))
    assert mine == theirs


def outcome(read: Callable[[], Run]) -> Run | tuple[type, str]:
    try:
        return alike(read())
    except CurvewiseError as error:
        return type(error), error.problem.partition(": ")[2] or error.problem


VALUES = (
    st.none() | st.floats() | st.integers(-5, 10**6) | st.sampled_from(["0.5", "nan", "late"]) | st.booleans()
)
KEYS = st.sampled_from(
    [
        "step",
        "epoch",
        "loss",
        "eval_loss",
        "eval_runtime",
        "learning_rate",
        "reward",
        "current_steps",
        "total_steps",
    ]
)


@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1), min_size=2, max_size=8))
def test_dict_lines_give_the_same_run_as_their_file(rows: list[dict[str, Any]]) -> None:
    assert repr(outcome(lambda: load(rows))) == repr(outcome(lambda: from_file(lines(rows))))


def test_a_trainer_tells_where_its_checkpoints_lie(tmp_path: Path) -> None:
    for step in (10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}/model.safetensors").write_bytes(b"x")
    run = load(trainer(output_dir=str(tmp_path)))
    assert [saved.step for saved in run.checkpoints or ()] == [10, 20]


def test_a_trainer_of_lightning_tells_where_its_log_lies(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,step,train_loss,val_loss\n0,4,2.0,\n0,9,,1.5\n")
    assert load(SimpleNamespace(logger=SimpleNamespace(log_dir=str(tmp_path)))) == load(tmp_path)


def test_numbers_without_a_name_are_losses_and_it_is_said() -> None:
    run = load([np.float32(2.0), 1.5, 1])
    assert run["train_loss"].value.tolist() == [2.0, 1.5, 1.0]
    assert run.note("nameless_values") is not None


def test_a_column_with_a_name_is_no_training_loss() -> None:
    def to_frame() -> Pandas:
        return Pandas([{"step": 10, "eval_loss": 2.0}, {"step": 20, "eval_loss": 1.0}], index="step")

    run = load(SimpleNamespace(name="eval_loss", to_frame=to_frame, to_list=list))
    assert {name: series.step.tolist() for name, series in run.metrics.items()} == {
        "full_valid_loss": [10, 20]
    }


def test_a_wrong_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no kind 'sfx'"):
        load(LOG, kind=cast("Any", "sfx"))


def test_names_can_be_mapped() -> None:
    assert "train_loss" in load([{"it": 1, "nll": 2.0}], mapping={"step": "it", "train_loss": "nll"})


class Query:
    """A query of polars that was not carried out."""

    columns = ("step", "loss")

    def __init__(self) -> None:
        self.columns = ["step", "loss"]  # type: ignore[assignment]  # a list, as there

    def __getitem__(self, name: str) -> object:
        raise TypeError("LazyFrame is not subscriptable")


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        (None, "type NoneType"),
        (3, "type int"),
        (b"step,loss", "type bytes"),
        (object(), "type object"),
        ([], "the list is empty"),
        ([[1.0, 2.0]], "the list holds list"),
        ([1, "a"], "the list holds int and str"),
        ([{"loss": 1.0}, 2.0], "the list holds dict and float"),
        (np.zeros((2, 2)), "the ndarray holds list"),
        ({"price": [1, 2]}, "no metric is recognised: it holds an object with the keys 'price'"),
        ([{"loss": 2.0}], "no metric is recognised"),
        ({"step": [1, 2, 3], "loss": [2.0, 1.0]}, "its lists have 2 and 3 values"),
        (Query(), "LazyFrame is not subscriptable"),
    ],
)
def test_a_wrong_shape_gets_a_sentence(held: object, problem: str) -> None:
    with pytest.raises((InputError, UsageError), match=problem) as caught:
        load(held)
    assert caught.value.hint


RUN = Run.from_series(
    {
        "train_loss": ([1, 2, 3], [2.0, NAN, 1.0]),
        "valid_loss": ([3], [1.5]),
        "full_valid_loss/code": ([2, 4], [1.6, float("inf")]),
    }
)


def test_a_run_gives_its_metrics_back() -> None:
    assert Run.from_series(RUN.to_dict()) == RUN
    table = pa.table(RUN)
    assert table.column_names == ["step", "train_loss", "valid_loss", "full_valid_loss/code"]
    assert table["valid_loss"].to_pylist() == [None, None, 1.5, None]
    assert load(RUN)["train_loss"] == RUN["train_loss"]
    assert Run.from_series({}).to_dict() == {"step": []}


def test_pandas_is_asked_for_only_by_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(CurvewiseError, match="the package `pandas` is not installed") as caught:
        RUN.to_frame()
    assert caught.value.hint == "`run.to_dict()` needs nothing; pip install pandas"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_real_frames(library: str) -> None:
    frames = pytest.importorskip(library)
    assert load(frames.DataFrame(LOG)).metrics == load(LOG).metrics
    assert repr(load(frames.DataFrame(LOG))["train_loss"].value.tolist()) == "[2.0, 1.0, nan]"
    assert "full_valid_loss" in load(frames.DataFrame({"eval_loss": [2.0, 1.0]})["eval_loss"])
    if library == "pandas":
        assert load(RUN.to_frame())["full_valid_loss/code"] == RUN["full_valid_loss/code"]


SERIES: Mapping[str, Any] = {"loss": [2.0, 1.0], "eval_loss": [2.1, None], "my_score": np.array([1, 2])}


def test_series_by_any_known_name() -> None:
    run = Run.from_series({"step": [10, 20], **SERIES})
    assert {name: series.step.tolist() for name, series in run.metrics.items()} == {
        "train_loss": [10, 20], "full_valid_loss": [10], "my_score": [10, 20],
    }  # fmt: skip
    assert run.called("full_valid_loss") == "eval_loss"
    assert Run.from_series(SERIES)["train_loss"].step.tolist() == [1, 2]
    assert "valid_loss" in Run.from_series({"valid_loss": [1.0]})  # a canonical name stays


@pytest.mark.parametrize(
    ("metrics", "problem"),
    [
        ([1.0], "the metrics are a list"),
        ({"loss": 1.0}, "loss: the values are of the type float"),
        ({"loss": "abc"}, "loss: the values are of the type str"),
        ({"loss": [1.0, 2.0], "eval_loss": [1.0]}, "different lengths: loss 2, eval_loss 1"),
        ({"loss": ["a", "b", "c"]}, "loss: there is something else than numbers"),
        ({"loss": ([1, 2], [[1.0], [2.0]])}, "loss: "),
        ({"loss": ([1, 2], [1.0, object()])}, "loss: there is something else than numbers"),
        ({"loss": ([1.5, 2], [1.0, 2.0])}, "step: step 1.5 is not a whole number"),
    ],
)
def test_a_wrong_series_gets_a_sentence(metrics: Any, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Run.from_series(metrics)
