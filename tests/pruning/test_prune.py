from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import curvewise
from curvewise import InputError, UsageError

LOSSES = {10: 1.8, 20: 1.4, 30: 1.0, 40: 1.4, 50: 1.6, 60: 1.8, 70: 1.9, 80: 2.0}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """An output folder with a checkpoint at each evaluation; the best is at step 30."""
    folder = tmp_path / "outputs"
    history = []
    for step, loss in LOSSES.items():
        history.append({"step": step, "epoch": step / 10, "loss": 2 / step, "learning_rate": 1e-4})
        history.append({"step": step, "epoch": step / 10, "eval_loss": loss, "eval_runtime": 1.0})
        checkpoint = folder / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "model.safetensors").write_bytes(bytes(1000))
    state = {"log_history": history, "global_step": 80, "max_steps": 80, "epoch": 8.0}
    (folder / "checkpoint-80" / "trainer_state.json").write_text(json.dumps(state))
    return folder


def kept(plan: curvewise.Pruning) -> dict[int, str]:
    return {each.step: each.kept for each in plan.checkpoints if each.kept}


def left(folder: Path) -> set[int]:
    return {int(path.name[11:]) for path in folder.glob("checkpoint-*")}


def test_the_best_its_ties_and_the_last_are_kept(outputs: Path) -> None:
    plan = curvewise.prunable(str(outputs))
    assert kept(plan) == {30: "best", 80: "last"}
    assert plan.frees == 6000
    assert left(outputs) == LOSSES.keys()
    done = curvewise.prune(plan)
    assert left(outputs) == {30, 80}
    assert (len(done.deleted), done.failed) == (6, ())


@pytest.mark.parametrize(
    ("keep", "steps"), [(("last",), {80}), (("best",), {30, 80}), ((), {80}), (("best", "ties"), {30, 80})]
)
def test_the_last_is_kept_whatever_the_rules_say(
    outputs: Path, keep: tuple[str, ...], steps: set[int]
) -> None:
    assert kept(curvewise.prunable(str(outputs), keep=keep)).keys() == steps


@pytest.mark.parametrize("where", ["inside", "outside"])
@pytest.mark.parametrize("by", ["step", "model", "name"])
def test_what_a_decision_names_is_kept(outputs: Path, tmp_path: Path, where: str, by: str) -> None:
    model = {"model": str(outputs / "checkpoint-50"), "name": "checkpoint-50"}.get(by)
    standing = {"name": "x", "step": 50 if by == "step" else None, "model": model}
    decision = (outputs if where == "inside" else tmp_path) / "decision.json"
    decision.write_text(json.dumps({"standings": [standing], "winner": "x", "schema_version": 1}))
    plan = curvewise.prunable(str(outputs), decisions=[] if where == "inside" else [str(decision)])
    assert kept(plan)[50] == "a decision names it"


def test_what_the_trainer_chose_is_kept(outputs: Path) -> None:
    file = outputs / "checkpoint-80" / "trainer_state.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "best_global_step": 20}))
    assert kept(curvewise.prunable(str(outputs)))[20] == "the trainer chose it"


def test_links_are_not_followed(outputs: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (outputs / "checkpoint-40").rename(elsewhere)
    (outputs / "checkpoint-40").symlink_to(elsewhere)
    (outputs / "checkpoint-50" / "shared.bin").symlink_to(elsewhere / "model.safetensors")
    os.link(elsewhere / "model.safetensors", outputs / "checkpoint-60" / "again.bin")
    plan = curvewise.prunable(str(outputs))
    assert kept(plan)[40] == "a symbolic link, which is not followed"
    assert plan.frees == 5000
    curvewise.prune(plan)
    assert (elsewhere / "model.safetensors").read_bytes() == bytes(1000)
    assert left(outputs) == {30, 40, 80}


def test_a_checkpoint_that_became_a_link_meanwhile_is_left(outputs: Path, tmp_path: Path) -> None:
    plan = curvewise.prunable(str(outputs))
    (outputs / "checkpoint-50").rename(tmp_path / "precious")
    (outputs / "checkpoint-50").symlink_to(tmp_path / "precious")
    done = curvewise.prune(plan)
    assert (tmp_path / "precious" / "model.safetensors").exists()
    assert ["checkpoint-50" in each for each in done.failed] == [True]


def test_what_cannot_be_pruned_is_refused(outputs: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(outputs)
    for path in ("link", "none"):
        with pytest.raises(InputError):
            curvewise.prunable(str(tmp_path / path))
    with pytest.raises(UsageError, match="there is no rule 'beest'"):
        curvewise.prunable(str(outputs), keep=["beest"])
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(InputError, match="no decision"):
        curvewise.prunable(str(outputs), decisions=[str(tmp_path / "no.json")])
