from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

import curvewise as cw
from curvewise.errors import CurvewiseError, MalformedError, UsageError
from curvewise.evaluation.harness.contract import OnSample, Outcome, Work
from curvewise.evaluation.results_folder import EvaluationFolder, read_evaluation
from curvewise.model.plan import Task

TOKENS = {"a": cw.Tokens(input=100), "b": cw.Tokens(input=300)}


class Fake(msgspec.Struct):
    """A harness that does every sample of its task at once, and may break off."""

    samples: tuple[str, ...] = ("1", "2", "3")
    epochs: int = 1
    metric: str = "score"
    fails_after: int | None = None
    knows_samples: bool = True
    asked: list[tuple[str, str, int]] = []

    def prepare(self, work: Work) -> FakeSession:
        return FakeSession(self, work)


class FakeSession:
    def __init__(self, fake: Fake, work: Work) -> None:
        known: Mapping[str, str] | None = dict.fromkeys(fake.samples, "?") if fake.knows_samples else None
        self.task = Task(name="task", harness="fake", metric=fake.metric, epochs=fake.epochs, samples=known)
        self.fake, self.work = fake, work

    def run(self, tell: OnSample) -> Outcome:
        count = 0
        for contender in self.work.contenders:
            done = self.work.done(contender.name)
            for pair in (
                (sample, 1 + epoch) for epoch in range(self.fake.epochs) for sample in self.fake.samples
            ):
                if pair in done:
                    continue
                if count == self.fake.fails_after:
                    raise UsageError("the harness broke", hint="mend it")
                count += 1
                self.fake.asked.append((contender.name, *pair))
                sample = cw.Sample(id=pair[0], epoch=pair[1], score=1.0, tokens=TOKENS.get(contender.name))
                self.work.folder.append(contender.name, [sample])
                tell(contender.name, sample)
        return Outcome()

    def close(self) -> None:
        """Nothing is open."""


def contenders(*names: str) -> list[cw.Contender]:
    return [cw.Contender(name=name, model=f"model {name}", step=None, role="other") for name in names]


def test_what_is_done_is_counted_against_what_is_to_be_done_now(tmp_path: Path) -> None:
    plans: list[cw.Plan] = []

    def look(plan: cw.Plan) -> bool:
        plans.append(plan)
        return True

    cw.evaluate(contenders("a"), Fake(samples=("1",), epochs=3), tmp_path)
    fake = Fake(samples=("1", "2", "3"))
    found = cw.evaluate(contenders("a"), fake, tmp_path, before=look)
    assert plans[0].done == {"a": 1}
    assert not plans[0].is_complete  # three results there are, but of one sample
    assert fake.asked == [("a", "2", 1), ("a", "3", 1)]
    assert not found.notes


def test_the_plan_estimates_what_is_left_by_what_was_taken(tmp_path: Path) -> None:
    plans: list[cw.Plan] = []

    def look(plan: cw.Plan) -> bool:
        plans.append(plan)
        return False

    everyone, task = contenders("a", "b", "new"), Fake(samples=("1", "2", "3", "4"))
    cw.evaluate(everyone[:2], Fake(samples=("1", "2")), tmp_path)
    prices = dict.fromkeys("ab", cw.Price(input=1e6, output=0.0)) | {"new": cw.Price(input=2e6, output=0.0)}
    cw.evaluate(everyone, task, tmp_path, before=look)
    cw.evaluate(everyone, task, tmp_path, before=look, budget=cw.Budget(prices=prices))
    cw.evaluate(everyone[:1], Fake(samples=("1",)), tmp_path, before=look)
    cw.evaluate(everyone, task, tmp_path / "new", before=look)
    tokens = 2 * 100 + 2 * 300 + 4 * 200  # the newcomer takes what the others do on average
    assert [plan.estimate for plan in plans] == [
        (tokens, 0.0),
        (tokens, 2 * 100 + 2 * 300 + 4 * 400),
        None,
        None,
    ]


@pytest.mark.parametrize("knows_samples", [True, False])
def test_a_harness_that_breaks_leaves_a_note_for_each_contender(tmp_path: Path, knows_samples: bool) -> None:
    with pytest.raises(UsageError, match="broke"):
        cw.evaluate(contenders("a", "b"), Fake(fails_after=2, knows_samples=knows_samples), tmp_path)
    notes = read_evaluation(str(tmp_path)).notes
    assert [note.code for note in notes] == ["incomplete", "incomplete"]
    count = "2 of 3" if knows_samples else "only 2"
    assert notes[0].text == f"a: {count} samples have a result: it was stopped."


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (["a"], [cw.Contender(name="a", model="other", step=None, role="other")], "as model a, not other"),
        (["a"], [cw.Contender(name="x", model="model a", step=None, role="other")], "by the name 'a'"),
        (["a"], contenders("b", "b"), "two contenders have the name 'b'"),
        (["a"], [], "no contender"),
    ],
)
def test_contenders_have_to_fit_those_of_before(
    tmp_path: Path, first: list[str], second: list[cw.Contender], problem: str
) -> None:
    cw.evaluate(contenders(*first), Fake(), tmp_path)
    with pytest.raises(UsageError, match=problem):
        cw.evaluate(second, Fake(), tmp_path)


def test_scores_of_another_kind_are_not_mixed(tmp_path: Path) -> None:
    cw.evaluate(contenders("a"), Fake(), tmp_path)
    with pytest.raises(UsageError, match="scores of another kind: score; these would be: style"):
        cw.evaluate(contenders("a"), Fake(metric="style"), tmp_path)


def test_a_price_of_nobody_is_refused(tmp_path: Path) -> None:
    budget = cw.Budget(prices={"aa": cw.Price(input=1.0, output=1.0)})
    with pytest.raises(UsageError, match=r"price of 'aa'(.|\n)*name one of 'a', 'b'"):
        cw.evaluate(contenders("a", "b"), Fake(), tmp_path / "out", budget=budget)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "[]", '{"task": "ta', '{"task": 1}'])
@pytest.mark.parametrize("name", ["plan.json", "evaluation.json"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: str) -> None:
    cw.evaluate(contenders("a"), Fake(), tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(MalformedError) as caught:
        cw.evaluate(contenders("a"), Fake(), tmp_path)
    assert caught.value.file == str(tmp_path / name)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CurvewiseError, match="cannot write"):
        cw.evaluate(contenders("a"), Fake(), tmp_path / "file" / "out")


def write_log(folder: Path, name: str, model: str, scores: Mapping[str, float | None], **more: object) -> str:
    samples = [
        {"id": sample, "epoch": 1, "model_usage": {model: {"input_tokens": 10}}}
        | ({"error": {"message": "boom"}} if score is None else {"scores": {"exact": {"value": score}}})
        for sample, score in scores.items()
    ]
    log = {"status": "success", "eval": {"model": model, "task": "task"}, "results": {}, "samples": samples}
    if log["status"] == "success":
        log["results"] = {"scores": []}
    (folder / f"{name}.json").write_text(json.dumps(log | more))
    return str(folder / f"{name}.json")


def test_a_success_in_a_later_log_replaces_a_failure(tmp_path: Path) -> None:
    first = write_log(tmp_path, "1", "a", {"x": None, "y": 0.0})
    second = write_log(tmp_path, "2", "a", {"x": 1.0, "y": 1.0})
    found = cw.gather([], cw.StoredLogs(paths=(first, second)), tmp_path / "out")
    assert {each.id: each.score for each in found.samples["a"]} == {"x": 1.0, "y": 0.0}


def test_logs_that_hold_less_than_others_or_broke_off_are_noted(tmp_path: Path) -> None:
    whole = write_log(tmp_path, "1", "a", {"x": 1.0, "y": 0.0})
    less = write_log(tmp_path, "2", "b", {"x": 1.0})
    cut = write_log(tmp_path, "3", "c", {"x": 1.0, "y": 0.0}, status="cancelled")
    found = cw.gather([], cw.StoredLogs(paths=(whole, less, cut)), tmp_path / "out")
    assert [note.text for note in found.notes] == [
        "b: 1 of 2 samples have a result: no log has more.",
        "c: 2 samples have a result: its log has the status 'cancelled'.",
    ]


def test_a_price_for_all_holds_for_models_found_in_logs(tmp_path: Path) -> None:
    logs = cw.StoredLogs(paths=(write_log(tmp_path, "1", "a", {"x": 1.0}),))
    found = cw.gather([], logs, tmp_path / "out", price=cw.Price(input=1e5, output=0.0), currency="USD")
    assert found.samples["a"][0].cost == 1.0
    assert list(found.prices) == ["a"]


def test_logs_of_another_task_are_not_added_to_a_folder(tmp_path: Path) -> None:
    cw.gather([], cw.StoredLogs(paths=(write_log(tmp_path, "1", "a", {"x": 1.0}),)), tmp_path / "out")
    other = write_log(tmp_path, "2", "b", {"x": 0.0}, eval={"model": "b", "task": "other"})
    with pytest.raises(UsageError, match="an evaluation of task, not of other"):
        cw.gather([], cw.StoredLogs(paths=(other,)), tmp_path / "out")
    with pytest.raises(UsageError, match="scores of another kind"):
        logs = cw.StoredLogs(paths=(str(tmp_path / "1.json"),), reading=cw.Reading(scale=(0.0, 2.0)))
        cw.gather([], logs, tmp_path / "out")
    assert list(EvaluationFolder(tmp_path / "out").samples("b")[0]) == []


def test_later_logs_are_added_to_those_of_before(tmp_path: Path) -> None:
    price = cw.Budget(prices={"a": cw.Price(input=1.0, output=1.0)})
    a, b = contenders("a", "b")
    first = cw.StoredLogs(paths=(write_log(tmp_path, "1", "model a", {"x": 1.0}),))
    found = cw.gather([a, b], first, tmp_path / "out", run="job", budget=price)
    assert {note.code for note in found.notes} == {"no_log", "incomplete"}
    second = cw.StoredLogs(paths=(write_log(tmp_path, "2", "model b", {"x": 1.0}),))
    found = cw.gather([a, b], second, tmp_path / "out")
    assert [each.name for each in found.contenders] == ["a", "b"]
    assert (found.run, list(found.prices), found.notes) == ("job", ["a"], ())
