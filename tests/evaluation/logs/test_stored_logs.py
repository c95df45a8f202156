from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import curvewise as cw
from curvewise.errors import InputError, MalformedError


def contender(model: str) -> cw.Contender:
    return cw.Contender(name="step 70", model=model, step=70, role="peak")


def inspect_log(
    model: str = "openai/ft:x:ckpt-step-70", *, results: bool = True, **change: Any
) -> dict[str, Any]:
    usage = {"input_tokens": 10, "output_tokens": 5, "input_tokens_cache_read": 3, "reasoning_tokens": 2}
    grader = {"openai/grader": {"input_tokens": 99, "output_tokens": 99}}
    samples = [
        {
            "id": number,
            "epoch": 1,
            "scores": {"exact": {"value": grade}, "style": {"value": 0.5}},
            "metadata": {"cluster": "doc", "topic": number},
            "model_usage": {model: usage} | grader,
            "total_time": 1.5,
        }
        for number, grade in enumerate("CI")
    ]
    samples.append({"id": 2, "epoch": 1, "scores": None, "error": {"message": "boom\n  trace"}})
    spec = {"model": model, "task": "support", "packages": {"inspect_ai": "0.3.285"}}
    log = {"version": 2, "status": "success", "eval": spec, "samples": samples}
    return log | ({"results": {"scores": []}} if results else {}) | change


def write_json(folder: Path, name: str, log: dict[str, Any]) -> str:
    (folder / name).write_text(json.dumps(log))
    return str(folder)


def test_logs_of_inspect(tmp_path: Path) -> None:
    logs = cw.StoredLogs(paths=(write_json(tmp_path, "a.json", inspect_log()),))
    prices = cw.Budget(prices={"step 70": cw.Price(input=1e6, output=1e6, cached=0.0)})
    found = cw.gather([contender("ft:x:ckpt-step-70")], logs, tmp_path / "out", budget=prices)
    assert found.harness == "Inspect AI 0.3.285"
    assert found.samples["step 70"] == (
        cw.Sample(
            id="0",
            score=1.0,
            cluster="doc",
            tokens=cw.Tokens(input=10, output=5, cached=3, reasoning=2),
            cost=15.0,
            seconds=1.5,
        ),
        cw.Sample(
            id="1",
            score=0.0,
            cluster="doc",
            tokens=cw.Tokens(input=10, output=5, cached=3, reasoning=2),
            cost=15.0,
            seconds=1.5,
        ),
        cw.Sample(id="2", score=None, error="boom"),
    )


def test_another_scorer_and_family(tmp_path: Path) -> None:
    path = write_json(tmp_path, "a.json", inspect_log())
    reading = cw.Reading(scorer="style", cluster="topic")
    found = cw.gather([], cw.StoredLogs(paths=(path,), reading=reading), tmp_path / "out")
    samples = found.samples["openai/ft:x:ckpt-step-70"]
    assert [(sample.score, sample.cluster) for sample in samples[:2]] == [(0.5, "0"), (0.5, "1")]
    with pytest.raises(MalformedError, match="it has exact, style"):
        cw.StoredLogs(paths=(path,), reading=cw.Reading(scorer="none")).read()


def test_the_name_of_a_scorer_may_have_a_slash(tmp_path: Path) -> None:
    log = inspect_log()
    for sample in log["samples"][:2]:
        sample["scores"] = {"package/exact": {"value": {"facts": 1.0, "style": 0.0}}}
    path = write_json(tmp_path, "a.json", log)
    for scorer in ("package/exact/facts", "package/exact/style"):
        reading = cw.Reading(scorer=scorer)
        (read,) = cw.StoredLogs(paths=(path,), reading=reading).read()
        assert read.samples[0].score == float(scorer.endswith("facts"))
    with pytest.raises(MalformedError, match="several parts: facts, style") as caught:
        cw.StoredLogs(paths=(path,)).read()
    assert caught.value.field == "sample 0: package/exact"


def test_a_zip_is_read_without_inspect(tmp_path: Path) -> None:
    log = inspect_log()
    with zipfile.ZipFile(tmp_path / "a.eval", "w") as archive:
        for sample in log.pop("samples"):
            archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
        archive.writestr("header.json", json.dumps(log))
    assert [len(each.samples) for each in cw.StoredLogs(paths=(str(tmp_path / "a.eval"),)).read()] == [3]
    (tmp_path / "b.eval").write_bytes(b"PK no zip")
    with pytest.raises(MalformedError, match="cannot be read"):
        cw.StoredLogs(paths=(str(tmp_path / "b.eval"),)).read()


def test_success_without_results_is_an_error(tmp_path: Path) -> None:
    path = write_json(tmp_path, "a.json", inspect_log(results=False))
    with pytest.raises(InputError, match="status 'success', and 3 samples and no result: boom"):
        cw.StoredLogs(paths=(path,)).read()
    path = write_json(tmp_path, "a.json", inspect_log(samples=[]))
    with pytest.raises(InputError, match="no sample"):
        cw.StoredLogs(paths=(path,)).read()


def test_logs_of_several_tasks_cannot_be_compared(tmp_path: Path) -> None:
    write_json(tmp_path, "a.json", inspect_log())
    other = inspect_log()
    other["eval"]["task"] = "other"
    with pytest.raises(InputError, match="several tasks: support, other"):
        cw.gather([], cw.StoredLogs(paths=(write_json(tmp_path, "b.json", other),)), tmp_path / "out")


def test_outputs_of_lm_evaluation_harness(tmp_path: Path) -> None:
    time = "2026-01-02T03-04-05.6"
    lines = [
        {
            "doc_id": number,
            "doc": {"topic": "t"},
            "exact_match": score,
            "filter": name,
            "metrics": ["exact_match"],
        }
        for name, scores in (("strict", (1.0, 0.0)), ("flexible", (1.0, 1.0)))
        for number, score in enumerate(scores)
    ]
    (tmp_path / f"samples_gsm8k_{time}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / f"results_{time}.json").write_text(json.dumps({"model_name": "step-70", "results": {}}))
    reading = cw.Reading(cluster="topic")
    (log,) = cw.StoredLogs(paths=(str(tmp_path),), reading=reading).read()
    assert (log.model, log.task, log.metric) == ("step-70", "gsm8k", "exact_match")
    assert [(sample.id, sample.score, sample.cluster) for sample in log.samples] == [
        ("0", 1.0, "t"),
        ("1", 0.0, "t"),
    ]
    (tmp_path / "samples_empty.jsonl").write_text("")
    with pytest.raises(InputError, match="holds no sample"):
        cw.StoredLogs(paths=(str(tmp_path),)).read()


def test_logs_of_openai_evals(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}
    lines: list[dict[str, Any]] = [
        {"spec": {"completion_fns": ["step-70"], "eval_name": "support.dev.v0"}},
        {"sample_id": "s.0", "type": "sampling", "data": {"usage": usage}},
        {"sample_id": "s.0", "type": "sampling", "data": {"usage": usage}},
        {"sample_id": "s.0", "type": "match", "data": {"correct": True}},
        {"sample_id": "s.1", "type": "metrics", "data": {"score": 0.25}},
        {"sample_id": "s.2", "type": "error", "data": {"message": "timeout"}},
        {"final_report": {"accuracy": 0.5}},
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (log,) = cw.StoredLogs(paths=(str(tmp_path),)).read()
    assert (log.model, log.task) == ("step-70", "support.dev.v0")
    assert log.samples == (
        cw.Sample(id="s.0", score=1.0, tokens=cw.Tokens(input=20, output=6, cached=4)),
        cw.Sample(id="s.1", score=0.25),
        cw.Sample(id="s.2", score=None, error="timeout"),
    )


def test_what_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("[1, 2]")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match="no log that can be read"):
        cw.StoredLogs(paths=(str(tmp_path),)).read()
    with pytest.raises(InputError, match="no such file"):
        cw.StoredLogs(paths=(str(tmp_path / "absent"),)).read()


def test_a_candidate_without_a_log_is_named(tmp_path: Path) -> None:
    path = write_json(tmp_path, "a.json", inspect_log())
    found = cw.gather([contender("another")], cw.StoredLogs(paths=(path,)), tmp_path / "out")
    assert [each.name for each in found.contenders] == ["openai/ft:x:ckpt-step-70", "step 70"]
    assert "No log has results of step 70." in [note.text for note in found.notes]


def test_of_a_refused_call_the_answer_is_told_and_not_the_request(tmp_path: Path) -> None:
    log = inspect_log()
    log["samples"][2]["error"] = {
        "message": "ModelGenerateError('\\nRequest:\\n{\\n  }\\n\\nNotFoundError(404)')"
    }
    (read,) = cw.StoredLogs(paths=(write_json(tmp_path, "a.json", log),)).read()
    assert read.samples[2].error == "NotFoundError(404)')"


@pytest.mark.parametrize("ending", [".json", ".eval"])
def test_what_a_scorer_could_not_score_is_a_failure(tmp_path: Path, ending: str) -> None:
    log = inspect_log(results=True)
    log["results"] = {"scores": [{"metrics": {"stderr": {"value": float("nan")}}}]}
    log["samples"][0]["scores"] = {"exact": {"value": float("nan"), "reason": "no answer"}}
    log["samples"][1]["scores"] = {"exact": {"value": {"facts": float("nan")}}}
    if ending == ".json":
        write_json(tmp_path, "a.json", log)
    else:
        with zipfile.ZipFile(tmp_path / "a.eval", "w") as archive:
            for sample in log.pop("samples"):
                archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
            archive.writestr("header.json", json.dumps(log))
    (read,) = cw.StoredLogs(paths=(str(tmp_path),)).read()
    assert [sample.score for sample in read.samples] == [None, None, None]
    assert read.samples[0].error == "exact could not score it: no answer"


def test_a_log_that_was_cut_is_an_error_and_not_left_out(tmp_path: Path) -> None:
    write_json(tmp_path, "a.json", inspect_log())
    (tmp_path / "b.json").write_text(json.dumps(inspect_log("openai/other"))[:-40])
    with pytest.raises(MalformedError, match="cut short") as caught:
        cw.StoredLogs(paths=(str(tmp_path),)).read()
    assert caught.value.file == str(tmp_path / "b.json")


def test_every_path_has_to_hold_a_log(tmp_path: Path) -> None:
    write_json(tmp_path, "a.json", inspect_log())
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("text")
    for name in ("empty", "notes.txt"):
        with pytest.raises(InputError, match="no log that can be read") as caught:
            cw.StoredLogs(paths=(str(tmp_path / "a.json"), str(tmp_path / name))).read()
        assert caught.value.file == str(tmp_path / name)


@pytest.mark.parametrize(
    "change",
    [
        {"samples": [7]},
        {"samples": {"a": 1}},
        {"samples": [{"epoch": 1}]},
        {"samples": [{"id": 1, "epoch": "first"}]},
        {"samples": [{"id": 1, "scores": [1]}]},
        {"samples": [{"id": 1, "scores": {"exact": {}}}]},
        {"samples": [{"id": 1, "model_usage": {"m": {"input_tokens": "many"}}}]},
        {"samples": [{"id": 1, "metadata": [1]}]},
        {"samples": [{"id": 1, "total_time": "long"}]},
        {"samples": [{"id": 1, "scores": {"exact": {"value": 10**400}}}]},
        {"eval": {"model": 7}},
        {"eval": {"model": "m", "packages": 3}},
        {"status": 7},
    ],
)
def test_a_log_with_something_else_in_it_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    write_json(tmp_path, "a.json", inspect_log("m", **change))
    with pytest.raises(MalformedError) as caught:
        cw.StoredLogs(paths=(str(tmp_path),)).read()
    assert caught.value.file == str(tmp_path / "a.json")


def test_a_zip_that_is_damaged_inside_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.eval"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"status": "success", "eval": {"model": "m" * 500}}))
    content = bytearray(file.read_bytes())
    content[45:60] = bytes(15)
    file.write_bytes(content)
    with pytest.raises(MalformedError) as caught:
        cw.StoredLogs(paths=(str(file),)).read()
    assert caught.value.file == str(file)


def test_a_sample_of_openai_evals_without_a_result_is_a_failure(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3}
    lines: list[dict[str, Any]] = [
        {"spec": {"completion_fns": ["step-70"], "eval_name": "support"}},
        {"sample_id": "s.0", "type": "match", "data": {"correct": True}},
        {"sample_id": "s.1", "type": "sampling", "data": {"usage": usage}},
    ]
    file = tmp_path / "log.jsonl"
    file.write_text("\n\n".join(map(json.dumps, lines)))
    (log,) = cw.StoredLogs(paths=(str(file),)).read()
    assert log.samples[1] == cw.Sample(
        id="s.1", score=None, tokens=cw.Tokens(input=12, output=3), error="it has no result"
    )
    assert log.unfinished == "its log has no report"
    with file.open("a") as more:
        more.write('\n{"sample_id": "s.2", "type"')
    with pytest.raises(MalformedError) as caught:
        cw.StoredLogs(paths=(str(file),)).read()
    assert (caught.value.file, caught.value.line) == (str(file), 6)


def test_lines_of_lm_evaluation_harness_may_hold_nan(tmp_path: Path) -> None:
    lines = ['{"doc_id": 0, "acc": 1.0, "perplexity": NaN}', "", '{"doc_id": 1, "acc": 0.0, "perplexity": 3}']
    (tmp_path / "samples_arc.jsonl").write_text("\n".join(lines))
    (log,) = cw.StoredLogs(paths=(str(tmp_path),)).read()
    assert [sample.score for sample in log.samples] == [1.0, 0.0]
    (tmp_path / "samples_arc.jsonl").write_text("\n".join([*lines, '{"doc_id": 2']))
    with pytest.raises(MalformedError) as caught:
        cw.StoredLogs(paths=(str(tmp_path),)).read()
    assert caught.value.line == 4
