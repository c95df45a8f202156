"""Everything that reads what others wrote, by name: each format, source and service, and other files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import zipfile_zstd  # noqa: F401 - it adds Zstandard to zipfile

import curvewise as cw
from curvewise import plugin
from curvewise.archives.archive import archives_in, verify_archive
from curvewise.cli import main
from curvewise.deployment.journal import JOURNAL, Entry, Journal
from curvewise.deployment.resource import Resource
from curvewise.errors import CurvewiseError
from curvewise.evaluation.harness.command import sample_from_line
from curvewise.evaluation.logs.inspect_logs import ZSTANDARD
from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.fleet.table import is_table
from curvewise.joining import run_from
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import sources
from curvewise.testing.mutation import mutated
from tests.evaluation.deciding import evaluation, right
from tests.evaluation.logs.test_stored_logs import inspect_log
from tests.sources.loopback import Answer, Asked
from tests.sources.services import Service, services
from tests.test_contracts import SAMPLES, _reader, modules_of

LARGEST = 20_000
"""Bytes of a sample; larger ones are cut to whole lines, for the sake of speed."""
RENDERED = 20
"""Of so many runs one is written in every format."""

Files = dict[str, bytes]


class Reader(NamedTuple):
    """What reads a folder of files, and folders that it can read."""

    read: Callable[[Path, Random], object]
    seeds: list[Files]

    def mutant(self, random: Random) -> Files:
        """Return the files of a seed, one or two of them damaged."""
        files = dict(random.choice(self.seeds))
        for _ in range(random.choice((1, 1, 2)) if len(files) > 1 else 1):
            name = random.choice(list(files))
            if len(files) > 1 and random.random() < 0.05:
                del files[name]
            else:
                files[name] = mutated(files[name], random)
        return files


def readers(places: Path, corpus: Path | None = None) -> dict[str, Reader]:
    """Every reader by name, with seeds: examples, the files of a corpus, and places laid out in a folder."""
    made = {f"format {name}": Reader(_read_file, []) for name in plugin.formats()}
    real = [file.read_bytes() for file in sorted(corpus.rglob("*.*"))] if corpus is not None else []
    once = [*SAMPLES, *_constants(), *map(_cut, real)]
    for content in dict.fromkeys([*once, *(2 * each for each in once)]):  # a second run in the same file
        with suppress(CurvewiseError):
            made[f"format {_reader(content)}"].seeds.append({"sample": content})
    for name in sources():
        (places / name).mkdir(parents=True)
        made[f"source {name}"] = Reader(_read_places, list(_places(name, places / name)))
    for name, service in services().items():
        if service.is_json:
            made[f"service {name}"] = Reader(partial(_read_service, service), [{"unused": b"1"}])
    made["logs"] = Reader(_read_logs, list(_logs()))
    made["evaluation"] = Reader(_read_evaluation, [_evaluation()])
    made["score lists"] = Reader(
        _read_score_lists, [{"s.json": json.dumps(text).encode()} for text in _LISTS]
    )
    made["scores"] = Reader(_read_scores, [{name: text.encode()} for name, text in _SCORES.items()])
    made["report"] = Reader(_read_report, [{"r.json": content} for content in _reports()])
    made["journal"] = Reader(_read_journal, [{JOURNAL: _journal()}])
    made["config"] = Reader(_read_profile, [{"curvewise.toml": _PROFILE}])
    made["harness line"] = Reader(_read_sample, [{"line": line} for line in _LINES])
    made["objects"] = Reader(_read_object, [{"value": json.dumps(value).encode()} for value in _OBJECTS])
    made["fleet table"] = Reader(_read_fleet_table, list(_fleet_tables(places / "fleet")))
    made["prune"] = Reader(_read_outputs, [_outputs()])
    made["card"] = Reader(_insert_card, [{"README.md": content} for content in _CARDS])
    return {name: reader for name, reader in made.items() if reader.seeds}


def _constants() -> Iterator[bytes]:
    """Yield what the tests of formats hold as constants and some format reads."""
    for module in modules_of("formats"):
        for value in vars(module).values():
            match value:
                case bytes():
                    yield value
                case str() if "\n" in value:
                    yield value.encode()
                case dict() | [dict(), *_]:
                    try:
                        yield json.dumps(value).encode()
                    except TypeError:  # it is no file
                        continue


def _places(name: str, folder: Path) -> Iterator[Files]:
    """Yield the places that the test of a source lays out; none where they are elsewhere."""
    for place in map(Path, import_module(f"tests.sources.test_{name}").places(folder)):
        top = place.parent if place.is_file() else place
        inside = [place] if place.is_file() else [file for file in sorted(place.rglob("*")) if file.is_file()]
        if inside:
            yield {str(file.relative_to(top)): file.read_bytes() for file in inside}


def _cut(content: bytes) -> bytes:
    if len(content) <= LARGEST or not content.startswith((b"{", b"[")):
        return content[: content.find(b"\n", LARGEST) + 1 or None] if len(content) > LARGEST else content
    return content


def judge(run: cw.Run, random: Random) -> None:
    """Do with a run what `check` does, and now and then what every other command does."""
    report = cw.analyze(run)
    crashed = [finding for finding in report.findings if finding.status == "crashed"]
    assert not crashed, f"{crashed[0].check} crashed: {crashed[0].reason}"
    cw.encode(report)
    if random.randrange(RENDERED) == 0:
        for reporter in plugin.reporters().values():
            reporter([cw.analyze(run, points=reporter.points)]).encode()
        cw.forecast(run)
        cw.encode(cw.candidates(run))
        cw.encode(cw.compare([report, report]))


def _read_file(folder: Path, random: Random) -> None:
    content = (folder / "sample").read_bytes()
    judge(run_from(RunFiles((Document("sample", content),), "sample"), "sample"), random)


def _read_places(folder: Path, random: Random) -> None:
    files = [file for file in folder.iterdir() if file.is_file()]
    path = files[0] if len(list(folder.iterdir())) == 1 and files and random.random() < 0.5 else folder
    cw.encode(cw.runs(path))
    for run in cw.load_all(path, on_error=str):
        judge(run, random)
    for place in archives_in(folder):
        verify_archive(place)
    if random.randrange(RENDERED) == 0:
        cw.encode(cw.analyze_all([folder], jobs=1))


def _read_service(service: Service, folder: Path, random: Random) -> None:
    def answered(asked: Asked) -> Answer:
        found = service.answer(asked)
        return found._replace(body=mutated(found.body, random)) if random.random() < 0.5 else found

    with service.asked_directly(answered):
        for run in cw.load_all(service.address, on_error=str):
            judge(run, random)


def _read_logs(folder: Path, random: Random) -> None:
    logs = cw.StoredLogs(paths=(str(folder),))
    contender = cw.Contender(name="step 70", model="ft:x:ckpt-step-70", step=70, role="peak")
    found = cw.gather([contender] if random.random() < 0.5 else [], logs, folder / "out")
    cw.encode(cw.decide(found))


def _read_evaluation(folder: Path, random: Random) -> None:
    stored = EvaluationFolder(folder)
    stored.plan()
    found = cw.load_evaluation(str(folder))
    cw.encode(cw.decide(found))
    stored.write_header(found)
    cw.with_scores(_RUN, found)
    cw.read_scores(folder)


def _read_score_lists(folder: Path, random: Random) -> None:
    found = cw.load_evaluation(str(folder / "s.json"))
    cw.encode(cw.decide(found))
    judge(cw.with_scores(_RUN, found), random)


def _read_scores(folder: Path, random: Random) -> None:
    for file in folder.iterdir():
        scores = cw.read_scores(file)
        cw.encode(cw.compare([_report(), msgspec.structs.replace(_report())], scores=scores))


def _read_report(folder: Path, random: Random) -> None:
    reports = cw.runs_or_reports(folder / "r.json")
    held = [report for report in reports if isinstance(report, cw.Report)]
    for reporter in plugin.reporters().values() if held else ():
        reporter(held).encode()
    cw.encode(cw.compare([*held, _report()]))


def _read_journal(folder: Path, random: Random) -> None:
    Journal(folder).remaining()


def _read_profile(folder: Path, random: Random) -> None:
    cw.analyze(_RUN, profile=cw.read_profile(folder / "curvewise.toml"))


def _read_sample(folder: Path, random: Random) -> None:
    sample = sample_from_line((folder / "line").read_bytes(), (0.0, 1.0))
    EvaluationFolder(folder / "out").append("a", [sample])
    EvaluationFolder(folder / "out").samples("a")


def _read_object(folder: Path, random: Random) -> None:
    try:
        value = json.loads((folder / "value").read_bytes())
    except (ValueError, RecursionError):  # no program holds it
        return
    judge(cw.load(value), random)


def _read_fleet_table(folder: Path, random: Random) -> None:
    (table,) = folder.iterdir()
    if is_table(str(table)):
        cw.encode(cw.analyze_all([table]))
    cw.analyze_all([table], jobs=1)


def _read_outputs(folder: Path, random: Random) -> None:
    plan = cw.prunable(str(folder / "outputs"), decisions=[str(folder / "decision.json")])
    assert not [each for each in plan.removable if each.step == max(e.step for e in plan.checkpoints)]
    cw.encode(cw.prune(plan))


def _insert_card(folder: Path, random: Random) -> None:
    report = folder.parent / "card.json"
    report.write_text(cw.encode(_report()))
    command(["card", str(report), "--insert", str(folder / "README.md")])


def command(arguments: list[str]) -> None:
    """Run a command: it ends in what it says, and never in a bug of ours."""
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(said), suppress(SystemExit):
        main(arguments)
    assert "a bug in curvewise" not in said.getvalue(), said.getvalue()


_RUN = cw.Run.from_series(
    {
        "train_loss": (range(10, 90, 10), [2.0, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]),
        "full_valid_loss": ([20, 40, 70], [1, 0.9, 1.2]),
    },
    name="tune",
)
_OBJECTS: tuple[Any, ...] = (
    [
        {"loss": 2.0, "epoch": 0.5, "step": 10},
        {"eval_loss": 2.1, "epoch": 0.5, "step": 10},
        {"train_loss": 1.5},
    ],
    {"log_history": [{"loss": 2.0, "step": 10}, {"eval_loss": 2.1, "step": 10}], "global_step": 10},
    {"loss": [2.0, 1.0, 0.5], "val_loss": [2.1, 1.2, 1.3]},
    [2.0, 1.5, 1.0, 0.9],
)
_CARDS = (
    b"# Model\n\n<!-- curvewise: begin -->\nold\n<!-- curvewise: end -->\nrest\n",
    b"---\nlicense: mit\n---\n# Model\n",
)
_LISTS = (
    {"base": {"scores": [0, 1, 1, None] * 5}, "step 70": {"scores": [1, 1, 1, 0.5] * 5, "model": "m"}},
    {"base": {"scores": {"a": 0.5, "b": 1}, "role": "base"}, "step 20": {"scores": {"a": 1, "b": None}}},
)
_SCORES = {
    "a.csv": "run,score,n,error\ntune,0.81,200,\nother,0.7,100,0.02\n",
    "b.json": '{"tune": 0.81, "other": {"score": 0.7, "n": 100}}',
    "c.json": '[{"run": "tune", "score": 0.81, "error": 0.1}, {"run": "b", "score": 1}]',
}
_PROFILE = b"[checks.overfitting]\nmax_rise = 1.3\n\n[checks.divergence]\n"
_LINES = (
    b'{"id": "7", "score": 1, "cluster": "doc 3", "tokens": {"input": 812, "output": 95}, "cost": 0.002}',
    b'{"id": 7, "score": true, "tokens": 90, "epoch": 2, "seconds": 1.5}',
    b'{"id": "8", "error": "timeout"}',
)


def _logs() -> Iterator[Files]:
    yield {"a.json": json.dumps(inspect_log()).encode()}
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, ZSTANDARD):
        yield {"a.eval": zipped(inspect_log(), kind)}
    rows = [
        {"doc_id": n, "doc": {"topic": "t"}, "exact_match": n % 2, "metrics": ["exact_match"]}
        for n in range(9)
    ]
    time = "2026-01-02T03-04-05.6"
    yield {
        f"samples_gsm8k_{time}.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows),
        f"results_{time}.json": b'{"model_name": "step-70", "results": {}}',
    }
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}
    events = [
        {"spec": {"completion_fns": ["ft:x:ckpt-step-70"], "eval_name": "support", "run_id": "r"}},
        *({"sample_id": f"s.{n}", "type": "match", "data": {"correct": n % 2 == 0}} for n in range(6)),
        *({"sample_id": f"s.{n}", "type": "sampling", "data": {"usage": usage}} for n in range(6)),
        {"sample_id": "s.9", "type": "metrics", "data": {"score": 0.5}},
        {"sample_id": "s.8", "type": "error", "data": {"message": "boom"}},
        {"final_report": {"accuracy": 0.5}},
    ]
    yield {"a.jsonl": b"".join(json.dumps(event).encode() + b"\n" for event in events)}


def zipped(log: dict[str, Any], kind: int) -> bytes:
    """Return a log of Inspect AI as its archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for number, sample in enumerate(log.pop("samples")):
            archive.writestr(f"samples/{number}_epoch_1.json", json.dumps(sample))
        archive.writestr("header.json", json.dumps(log))
    return out.getvalue()


def _evaluation() -> Files:
    made = evaluation({"base": right(6, 12), "step 70": right(9, 12)})
    header = msgspec.structs.replace(made, samples={}, scale=(0.0, 1.0))
    lines = {
        name: b"".join(msgspec.json.encode(s) + b"\n" for s in own) for name, own in made.samples.items()
    }
    plan = {"task": "support", "epochs": 1, "samples": {str(n): "digest" for n in range(12)}}
    return {
        "evaluation.json": msgspec.json.encode(header),
        "plan.json": json.dumps(plan).encode(),
        **{f"samples/{name}.jsonl": content for name, content in lines.items()},
    }


def _fleet_tables(folder: Path) -> Iterator[Files]:
    folder.mkdir()
    for number in range(9):
        (folder / f"lr=1e-{number % 3},seed={number}.csv").write_text(
            "step,train_loss,full_valid_loss\n"
            + "".join(f"{n},{9 / n},{9 / n + number}\n" for n in range(1, 9))
        )
    for ending in ("jsonl", "csv", "parquet"):
        table = folder.parent / f"fleet.{ending}"
        cw.analyze_all([folder], table=table, jobs=1)
        yield {table.name: table.read_bytes()}


def _outputs() -> Files:
    steps = range(10, 60, 10)
    history = [{"step": step, "loss": 9 / step, "eval_loss": abs(step - 30) / 10} for step in steps]
    state = {"log_history": history, "global_step": 50, "max_steps": 50}
    weights = {f"outputs/checkpoint-{step}/model.safetensors": b"weights" for step in steps}
    decision = cw.decide(evaluation({"base": right(6, 12), "step 20": right(9, 12)}))
    return {
        **weights,
        "outputs/checkpoint-50/trainer_state.json": json.dumps(state).encode(),
        "outputs/decision.json": cw.encode(decision).encode(),
        "decision.json": cw.encode(decision).encode(),
    }


def _reports() -> Iterator[bytes]:
    yield cw.encode(_report()).encode()
    yield cw.encode_reports([_report(), _report()]).encode()


@cache
def _report() -> cw.Report:
    return cw.analyze(_RUN)


def _journal() -> bytes:
    resource = Resource("00000000-0000-4000-8000-000000000001", "lab", "mine")
    entries = [
        Entry(event=event, name="d", model="m", resource=resource) for event in ("asked", "gone", "asked")
    ]
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
