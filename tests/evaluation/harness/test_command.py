from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import msgspec
import pytest

import curvewise as cw
from curvewise.errors import MalformedError, UsageError
from curvewise.evaluation.harness.command import sample_from_line
from curvewise.evaluation.results_folder import EvaluationFolder, read_evaluation

BENCH = """
import json, os, sys
done = open(os.environ["CURVEWISE_DONE"]).read().split()
right = {"bad": 0, "good": 1}[sys.argv[1]]
assert sys.argv[1] == os.environ["CURVEWISE_MODEL"]
for number in range(int(os.environ.get("CURVEWISE_LIMIT", 4))):
    if str(number) in done:
        continue
    with open("paid", "a") as paid:
        paid.write(f"{sys.argv[1]} {number}\\n")
    tokens = {"input": 10, "output": 5}
    print(json.dumps({"id": number, "score": right, "cluster": number // 2, "tokens": tokens}))
"""


def contenders() -> list[cw.Contender]:
    return [cw.Contender(name=name, model=name, step=None, role="other") for name in ("bad", "good")]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bench.py").write_text(BENCH)
    return tmp_path


def command(bench: Path, *more: str, code: str | None = None, limit: int | None = None) -> cw.Command:
    if code is not None:
        (bench / "bench.py").write_text(code)
    words = [sys.executable, str(bench / "bench.py"), "{model}", *more]
    return cw.Command(command=shlex.join(words).replace("'{model}'", "{model}"), limit=limit)


@pytest.mark.parametrize("is_windows", [False, True])
def test_a_command_is_run_for_each_model_and_gone_on_with(
    bench: Path, monkeypatch: pytest.MonkeyPatch, is_windows: bool
) -> None:
    monkeypatch.setattr("curvewise.system.IS_WINDOWS", is_windows)
    prices = cw.Budget(prices={"good": cw.Price(input=1e5, output=2e5)})
    found = cw.evaluate(contenders(), command(bench, limit=3), "out", budget=prices)
    assert [sample.score for sample in found.samples["good"]] == [1.0, 1.0, 1.0]
    assert [sample.cluster for sample in found.samples["bad"]] == ["0", "0", "1"]
    assert found.samples["good"][0].cost == 2.0
    assert found.samples["bad"][0].cost is None
    cw.evaluate(contenders(), command(bench, limit=4), "out")
    assert len((bench / "paid").read_text().splitlines()) == 8


def test_ids_that_are_written_again_are_ignored(bench: Path) -> None:
    cw.evaluate(contenders(), command(bench), "out")
    found = cw.evaluate(contenders(), command(bench, code=BENCH.replace("in done", "in []")), "out")
    assert len(found.samples["good"]) == 4
    assert len((bench / "out/samples/good.jsonl").read_text().splitlines()) == 4


def test_what_came_before_a_failure_is_kept(bench: Path) -> None:
    code = BENCH + "\nif sys.argv[1] == 'good': print('out of memory', file=sys.stderr); sys.exit(3)"
    found = cw.evaluate(contenders(), command(bench, code=code), "out")
    assert len(found.samples["good"]) == 4
    assert [note.code for note in found.notes] == ["incomplete"]
    assert "good: only 4 samples" in found.notes[0].text
    assert "exit code 3: out of memory" in found.notes[0].text


def test_what_was_noted_of_a_contender_stays_when_a_session_leaves_it_out(bench: Path) -> None:
    code = BENCH + "\nif sys.argv[1] == 'good': print('out of memory', file=sys.stderr); sys.exit(3)"
    cw.evaluate(contenders(), command(bench, code=code, limit=1), "out")
    found = cw.evaluate(contenders()[:1], command(bench, code=code, limit=1), "out")
    said = "good: only 1 sample has a result: the command ended with exit code 3: out of memory."
    assert [note.text for note in found.notes] == [said]


def test_a_last_line_that_is_cut_is_told(bench: Path) -> None:
    code = BENCH + "\nprint('{\"id\": 9, \"sco', end='')"
    found = cw.evaluate(contenders()[:1], command(bench, code=code), "out")
    assert len(found.samples["bad"]) == 4
    assert 'the last line of the command is cut: \'{"id": 9' in found.notes[0].text


def test_a_line_that_is_no_sample_names_command_and_line(bench: Path) -> None:
    code = 'print(\'{"id": 1, "score": 1}\'); print("loading"); print(\'{"id": 2, "score": 1}\')'
    with pytest.raises(MalformedError, match=r"this is not JSON.*bench\.py.*wrote 'loading'") as caught:
        cw.evaluate(contenders(), command(bench, code=code), "out")
    assert caught.value.line == 2
    assert [sample.id for sample in read_evaluation("out").samples["bad"]] == ["1"]


def test_a_command_may_write_a_file(bench: Path) -> None:
    code = 'import sys; print("hello"); open(sys.argv[2], "a").write(\'{"id": "a", "score": 0.5}\\n\')'
    found = cw.evaluate(contenders(), command(bench, "{output}", code=code), "out")
    assert [sample.score for sample in found.samples["good"]] == [0.5]


def test_what_a_killed_session_left_unread_is_read(bench: Path) -> None:
    (bench / "out" / "logs").mkdir(parents=True)
    (bench / "out/logs/good.001.jsonl").write_text('{"id": 0, "score": 1}\n{"id": 1, "score": 1}\n{"id"')
    found = cw.evaluate(contenders()[1:], command(bench), "out")
    assert len(found.samples["good"]) == 4
    assert (bench / "paid").read_text().split("\n")[:-1] == ["good 2", "good 3"]


def test_a_budget_ends_a_command(bench: Path) -> None:
    code = BENCH + "\nimport time; time.sleep(60)"
    found = cw.evaluate(contenders()[1:], command(bench, code=code), "out", budget=cw.Budget(tokens=50))
    done = [sample.id for sample in found.samples["good"]]
    assert done in (["0", "1", "2"], ["0", "1", "2", "3"])  # the last may have been paid for by then
    assert "the budget is spent" in found.notes[0].text


def test_a_name_that_begins_another_keeps_its_own_results(bench: Path) -> None:
    names = ("gpt-4.1", "gpt-4")
    models = [cw.Contender(name=name, model=name, step=None, role="other") for name in names]
    code = BENCH.replace('{"bad": 0, "good": 1}', '{"gpt-4": 0, "gpt-4.1": 1}')
    found = cw.evaluate(models, command(bench, code=code), "out")
    assert [sample.score for sample in found.samples["gpt-4.1"]] == [1.0] * 4
    assert [sample.score for sample in found.samples["gpt-4"]] == [0.0] * 4


def test_the_last_line_that_a_killed_session_left_needs_no_end(bench: Path) -> None:
    (bench / "out" / "logs").mkdir(parents=True)
    (bench / "out/logs/good.001.jsonl").write_text('{"id": 0, "score": 1}\n{"id": 1, "score": 1}')
    cw.evaluate(contenders()[1:], command(bench), "out")
    assert (bench / "paid").read_text().split("\n")[:-1] == ["good 2", "good 3"]


def test_a_success_counts_before_a_failure_of_the_same_sample(bench: Path) -> None:
    lines = '{"id": 1, "error": "busy"}', '{"id": 1, "score": 1}', '{"id": 1, "score": 0}'
    code = "\n".join(f"print({line!r})" for line in lines)
    found = cw.evaluate(contenders()[1:], command(bench, code=code), "out")
    assert [sample.score for sample in found.samples["good"]] == [1.0]


def test_the_largest_sample_of_the_others_is_kept_free_for_the_first(bench: Path) -> None:
    budget = cw.Budget(tokens=65)
    found = cw.evaluate(contenders(), command(bench), "out", budget=budget)
    assert len(found.samples["bad"]) == 4  # of 15 tokens each
    assert not found.samples["good"]
    assert "good" not in (bench / "paid").read_text()
    assert "good: no sample has a result: the budget is spent." in [note.text for note in found.notes]


def test_failures_that_were_done_again_have_been_paid_for(bench: Path) -> None:
    tokens = '"tokens": {"input": 30, "output": 0}'
    failing = f"""print('{{"id": 1, "error": "busy", {tokens}}}')"""
    right = f"""print('{{"id": 1, "score": 1, {tokens}}}')"""
    for code in (failing, right):
        cw.evaluate(contenders()[1:], command(bench, code=code), "out", retry_failures=True)
    budget = cw.Budget(tokens=80)
    found = cw.evaluate(contenders()[1:], command(bench, code=BENCH), "out", budget=budget)
    assert [sample.id for sample in found.samples["good"]] == ["1"]
    assert not (bench / "paid").exists()


def test_attempts_that_are_done_are_told_one_by_one(bench: Path) -> None:
    code = """
import json, os
done = open(os.environ["CURVEWISE_DONE"]).read().splitlines()
for epoch in range(1, 1 + int(os.environ["CURVEWISE_EPOCHS"])):
    if f"a b\\t{epoch}" not in done:
        open("paid", "a").write(f"{epoch}\\n")
        print(json.dumps({"id": "a b", "epoch": epoch, "score": 1}), flush=True)
        if not done:
            raise SystemExit("cut")
"""
    task = msgspec.structs.replace(command(bench, code=code), epochs=3)
    for count in (1, 3):
        found = cw.evaluate(contenders()[1:], task, "out")
        assert [sample.epoch for sample in found.samples["good"]] == list(range(1, count + 1))
    assert (bench / "paid").read_text() == "1\n2\n3\n"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_what_a_command_has_started_ends_with_it(bench: Path) -> None:
    (bench / "bench.py").write_text(BENCH + "\nimport time; time.sleep(60)")
    wrapper = f"""sh -c '{sys.executable} {bench / "bench.py"} {{model}}; true'"""
    cw.evaluate(contenders()[1:], cw.Command(command=wrapper), "out", budget=cw.Budget(tokens=20))
    until = time.monotonic() + 30
    while True:
        try:
            with EvaluationFolder("out").lock():  # every process of the command holds it
                break
        except UsageError:
            assert time.monotonic() < until, "one of them still runs"
            time.sleep(0.01)


def test_a_program_that_the_system_cannot_run_is_named(bench: Path) -> None:
    (bench / "bench").write_bytes(b"\x7fELF no program")
    (bench / "bench").chmod(0o755)
    with pytest.raises(UsageError, match="bench' cannot be run"):
        cw.evaluate(contenders(), cw.Command(command="./bench {model}"), "out")


def test_another_scale_is_another_measure(bench: Path) -> None:
    cw.evaluate(contenders(), command(bench), "out")
    changed = msgspec.structs.replace(command(bench), scale=(0.0, 10.0))
    with pytest.raises(UsageError, match="these would be: score, 0 to 10"):
        cw.evaluate(contenders(), changed, "out")


@pytest.mark.parametrize("words", ["", "no-such-program-at-all {model}", "'open quote"])
def test_a_command_that_cannot_be_run(bench: Path, words: str) -> None:
    with pytest.raises(UsageError):
        cw.evaluate(contenders(), cw.Command(command=words), "out")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[1]", "no JSON object"),
        (b'{"score": 1}', "has no id"),
        (b'{"id": 1}', "neither a score nor an error"),
        (b'{"id": 1, "score": 7}', "not from 0 to 1"),
        (b'{"id": 1, "score": 1, "epoch": "x"}', "epoch"),
        (b'{"id": 1, "score": 1, "tokens": {"input": "many"}}', "tokens"),
        (b'{"id": 1, "score": 1, "tokens": {"input": -4}}', "at least 0"),
        (b'{"id": 1, "score": 1, "cost": -0.5}', "at least 0"),
        (b'{"id": 1, "score": 1, "epoch": 0}', "epochs from 1"),
        (b'{"id": "1\\n2", "score": 1}', "id of a sample is one line"),
        (b'{"id": "", "score": 1}', "id of a sample is one line"),
        (b'{"id": 1, "score": NaN}', "not JSON"),
        (b'{"id": 1, "score": "NaN"}', "expected a finite number"),
        (b'{"id": 1, "score": 1.0000001}', "the score 1.0000001 is not"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_lines_that_are_no_samples(line: bytes, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        sample_from_line(line, (0.0, 1.0))


def test_a_failure_needs_no_score() -> None:
    sample = sample_from_line(b'{"id": 1, "score": 1, "error": "timeout"}', (0.0, 1.0))
    assert sample.score is None
    assert sample.error == "timeout"


def test_another_command_needs_another_folder(bench: Path) -> None:
    cw.evaluate(contenders(), command(bench), "out")
    with pytest.raises(UsageError, match="holds an evaluation of"):
        cw.evaluate(contenders(), command(bench, "--other"), "out")
