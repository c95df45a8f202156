"""Logs as users have them: result files of Azure OpenAI, trainer states, a trainer log, and a console."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from train.service import Cell, write_table

from causes import preferences, rewards, supervised

EVAL_SECONDS = 0.013
"""Seconds that an evaluation takes for each example."""
OTHERS = 0.25
"""Share of runs outside of Azure that each of the rarer trainers logs."""


def write_supervised(folder: Path, log: supervised.Log, rng: np.random.Generator) -> Path:
    """Write a supervised run as its recipe says, outside of Azure by one of three trainers."""
    if log.recipe.azure:
        return azure_sft(folder, log)
    trainer = rng.random()
    if trainer < OTHERS:
        return llama_factory_sft(folder, log)
    return trainer_sft(folder, log, accuracy=trainer < 2 * OTHERS)


def azure_sft(folder: Path, log: supervised.Log) -> Path:
    """Write results.csv of a supervised job."""
    rows: list[dict[str, Cell]] = []
    for step in log.steps:
        full = log.evaluations.get(step.step)
        rows.append(
            {
                "step": step.step,
                "train_loss": _nine(step.train.loss),
                "train_mean_token_accuracy": _nine(step.train.accuracy),
                "valid_loss": None if step.minibatch is None else _nine(step.minibatch.loss),
                "valid_mean_token_accuracy": None
                if step.minibatch is None
                else _nine(step.minibatch.accuracy),
                "full_valid_loss": None if full is None else _nine(full.loss),
                "full_valid_mean_token_accuracy": None if full is None else _nine(full.accuracy),
            }
        )
    return azure(folder, rows)


def trainer_sft(folder: Path, log: supervised.Log, *, accuracy: bool) -> Path:
    """Write trainer_state.json of a supervised run; TRL logs the accuracy of tokens too."""
    every = max(1, log.planned // 40)
    entries: list[dict[str, Any]] = []
    for step in log.steps:
        if step.step % every == 0:
            recent = [past.train for past in log.steps[step.step - every : step.step]]
            known = {"mean_token_accuracy": float(np.mean([score.accuracy for score in recent]))}
            entries.append(
                {
                    "loss": round(float(np.mean([score.loss for score in recent])), 4),
                    "grad_norm": step.gradient_norm,
                    "learning_rate": step.rate,
                    **(known if accuracy else {}),
                    "step": step.step,
                }
            )
        if (full := log.evaluations.get(step.step)) is not None:
            known = {"eval_mean_token_accuracy": full.accuracy} if accuracy else {}
            entries.append({"eval_loss": full.loss, **known, **runtime(log.recipe.valid), "step": step.step})
    return trainer_state(
        folder,
        entries,
        planned=log.planned,
        per_epoch=log.per_epoch,
        every=every,
        saved=list(log.evaluations),
        batch=log.task.batch,
    )


def llama_factory_sft(folder: Path, log: supervised.Log) -> Path:
    """Write trainer_log.jsonl of a supervised run of LLaMA-Factory, which knows no gradients."""
    every = max(1, log.planned // 40)
    rows: list[dict[str, Any]] = []
    for step in log.steps:
        place = {
            "current_steps": step.step,
            "total_steps": log.planned,
            "epoch": round(step.step / log.per_epoch, 2),
            "percentage": round(100 * step.step / log.planned, 2),
            "elapsed_time": f"0:{step.step // 60 % 60:02}:{step.step % 60:02}",
        }
        if step.step % every == 0:
            recent = [past.train.loss for past in log.steps[step.step - every : step.step]]
            rows.append({"loss": round(float(np.mean(recent)), 4), "lr": step.rate, **place})
        if (full := log.evaluations.get(step.step)) is not None:
            rows.append({"eval_loss": full.loss, **place})
    path = folder / "trainer_log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_rewards(folder: Path, log: rewards.Log, rng: np.random.Generator) -> Path:
    """Write a reinforcement run as its recipe says, outside of Azure by one of two trainers."""
    if log.recipe.azure:
        return azure_rft(folder, log)
    return verl_console(folder, log) if rng.random() < OTHERS else trainer_grpo(folder, log)


_GRADER = "graders/python/grader-5f0a3938be33"


def azure_rft(folder: Path, log: rewards.Log) -> Path:
    """Write results.csv of a reinforcement job."""
    return azure(folder, [_rft_row(step) for step in log.steps])


def _rft_row(step: rewards.Step) -> dict[str, Cell]:
    tokens = float(step.outputs.lengths.mean())
    valid = None if step.valid is None else step.valid[1]
    row: dict[str, Cell] = {
        "step": step.step,
        "train_mean_reward": float(np.nan_to_num(step.graded.rewards, nan=-1.0).mean()),
        "full_valid_mean_reward": None if valid is None else _mean(valid.rewards),
        "full_valid_mean_parse_error": None,
        "completion_tokens_mean": tokens,
        "mean_unresponsive_rewards": 0,
        "usage/samples/train_reasoning_tokens_mean": tokens - 1,
        "usage/samples/valid_reasoning_tokens_mean": None,
        "usage/samples/train_reasoning_tokens_count": len(step.outputs.lengths),
        "usage/samples/valid_reasoning_tokens_count": None,
        "sampling_duration": 0.9 * tokens,
        "training_duration": 1.1 * tokens,
        "eval_duration": 1e-4 if valid is None else 12.5,
        "total_duration": 2.0 * tokens,
        "reasoning_tokens_mean": tokens - 1,
    }
    for split, graded in (("train", step.graded), ("valid", valid)):
        errors = None if graded is None else (graded.parse_errors, np.zeros(1), graded.other_errors)
        count = None if graded is None else len(graded.rewards)
        for order, name in enumerate(("sample_parse_error", "invalid_variable_error", "other_error")):
            path = f"errors/{_GRADER}/errors/{split}_{name}"
            row[f"{path}_mean"] = None if errors is None else float(errors[order].mean())
            row[f"{path}_count"] = count
    for split, graded in (("train", step.graded), ("valid", valid)):
        row[f"scores/{_GRADER}/{split}_reward_mean"] = None if graded is None else _mean(graded.rewards)
    return row


def _mean(rewards: np.ndarray) -> float | None:
    """Return the mean over the outputs that got a grade."""
    return float(np.nanmean(rewards)) if np.isfinite(rewards).any() else None


def trainer_grpo(folder: Path, log: rewards.Log) -> Path:
    """Write trainer_state.json of a GRPO run of TRL."""
    recipe, last = log.recipe, log.steps[-1].step
    every = max(1, last // 60)
    tokens = np.cumsum([int(step.outputs.lengths.sum()) for step in log.steps])
    entries: list[dict[str, Any]] = []
    for step in log.steps:
        if step.step % every == 0:
            recent = [_grpo_metrics(past, recipe) for past in log.steps[step.step - every : step.step]]
            entries.append(
                {
                    **{name: float(np.mean([entry[name] for entry in recent])) for name in recent[0]},
                    "grad_norm": step.update.gradient_norm,
                    "learning_rate": step.rate,
                    "num_tokens": float(tokens[step.step - 1]),
                    "step": step.step,
                }
            )
        if step.valid is not None:
            outputs, graded = step.valid
            known = {f"eval_{name}": value for name, value in _rollouts(outputs, graded, 2).items()}
            entries.append({"eval_loss": 0.0, **known, **runtime(len(outputs.text)), "step": step.step})
    saved = [step.step for step in log.steps if step.valid is not None]
    return trainer_state(
        folder, entries, planned=last, per_epoch=last, every=every, saved=saved, batch=recipe.group
    )


def verl_console(folder: Path, log: rewards.Log) -> Path:
    """Write what verl prints of a run."""
    lines = []
    for step in log.steps:
        graded = np.nan_to_num(step.graded.rewards)
        lengths = step.outputs.lengths
        shown = {
            "global_seqlen/mean": float(lengths.sum()),
            "actor/entropy": step.update.entropy,
            "actor/pg_loss": step.update.loss,
            "actor/pg_clipfrac": 0.0,
            "actor/grad_norm": step.update.gradient_norm,
            "actor/lr": step.rate,
            **({"actor/kl_loss": step.update.divergence} if log.recipe.beta else {}),
            "critic/score/mean": float(graded.mean()),
            "critic/score/max": float(graded.max()),
            "critic/score/min": float(graded.min()),
            "critic/rewards/mean": float(graded.mean()),
            "response_length/mean": float(lengths.mean()),
            "response_length/max": float(lengths.max()),
            "response_length/min": float(lengths.min()),
            "response_length/clip_ratio": float((~step.outputs.finished).mean()),
        }
        if step.valid is not None:
            validated = float(np.nan_to_num(step.valid[1].rewards).mean())
            shown = {"val-core/made/reward/mean@1": validated, **shown}
        values = (f"{name}:{value!r}" for name, value in shown.items())
        lines.append(" - ".join([f"step:{step.step}", *values]))
    path = folder / "train.log"
    path.write_text("\n".join(lines) + "\n")
    return path


def _grpo_metrics(step: rewards.Step, recipe: rewards.Recipe) -> dict[str, float]:
    """Return what TRL logs of a step."""
    lengths, finished = step.outputs.lengths, step.outputs.lengths[step.outputs.finished]
    return {
        "loss": round(step.update.loss, 4),
        **_rollouts(step.outputs, step.graded, recipe.group),
        "completions/max_length": float(lengths.max()),
        "completions/min_length": float(lengths.min()),
        "completions/mean_terminated_length": float(finished.mean()) if len(finished) else 0.0,
        "entropy": step.update.entropy,
        "clip_ratio/region_mean": 0.0,
        **({"kl": step.update.divergence} if recipe.beta else {}),
    }


def _rollouts(outputs: rewards.Outputs, graded: rewards.Graded, group: int) -> dict[str, float]:
    values = np.nan_to_num(graded.rewards)
    spread = values.reshape(-1, group).std(axis=1, ddof=1)
    return {
        "reward": float(values.mean()),
        "reward_std": float(spread.mean()),
        "rewards/grade/mean": float(values.mean()),
        "rewards/grade/std": float(values.std(ddof=1)),
        "frac_reward_zero_std": float((spread < 1e-9).mean()),
        "completions/mean_length": float(outputs.lengths.mean()),
        "completions/clipped_ratio": float((~outputs.finished).mean()),
    }


def write_preferences(folder: Path, log: preferences.Log, _: np.random.Generator) -> Path:
    """Write trainer_state.json of a DPO run of TRL."""
    every = max(1, log.planned // 40)
    entries: list[dict[str, Any]] = []
    evaluations = {step.step: step.metrics for step in log.evaluations}
    for step in log.steps:
        if step.step % every == 0:
            recent = [past.metrics for past in log.steps[step.step - every : step.step]]
            means = {name: float(np.mean([metrics[name] for metrics in recent])) for name in recent[0]}
            means["loss"] = round(means["loss"], 4)
            shown = {"grad_norm": step.gradient_norm, "learning_rate": step.rate, "step": step.step}
            entries.append(means | shown)
        if step.step in evaluations:
            known = {f"eval_{name}": value for name, value in evaluations[step.step].items()}
            entries.append({**known, **runtime(log.recipe.valid), "step": step.step})
    return trainer_state(
        folder,
        entries,
        planned=log.planned,
        per_epoch=log.per_epoch,
        every=every,
        saved=list(evaluations),
        batch=preferences.BATCH,
    )


def runtime(examples: int) -> dict[str, float]:
    """Return what the Trainer says of the speed of an evaluation."""
    seconds = round(EVAL_SECONDS * examples, 4)
    return {
        "eval_runtime": seconds,
        "eval_samples_per_second": round(examples / seconds, 3),
        "eval_steps_per_second": round(max(1, examples // 8) / seconds, 3),
    }


def azure(folder: Path, rows: Sequence[Mapping[str, Cell]]) -> Path:
    """Write rows as results.csv."""
    write_table(folder / "results.csv", rows)
    return folder / "results.csv"


def trainer_state(
    folder: Path,
    entries: Sequence[Mapping[str, Any]],
    *,
    planned: int,
    per_epoch: int,
    every: int,
    saved: Sequence[int],
    batch: int,
) -> Path:
    """Write trainer_state.json; a checkpoint is saved at each of some steps, if these lie regularly."""
    last = max(entry["step"] for entry in entries)
    history: list[dict[str, Any]] = [{"epoch": entry["step"] / per_epoch, **entry} for entry in entries]
    if last == planned:
        losses = [entry["loss"] for entry in entries if "loss" in entry]
        history.append(
            {
                "epoch": last / per_epoch,
                "step": last,
                "total_flos": 0.0,
                "train_loss": float(np.mean(losses)),
                "train_runtime": round(0.2 * last, 4),
                "train_samples_per_second": round(batch / 0.2, 3),
                "train_steps_per_second": 5.0,
            }
        )
    state = {
        "best_metric": None,
        "best_model_checkpoint": None,
        "epoch": last / per_epoch,
        "eval_steps": saved[0] if saved else 500,
        "global_step": last,
        "is_hyper_param_search": False,
        "is_local_process_zero": True,
        "is_world_process_zero": True,
        "log_history": history,
        "logging_steps": every,
        "max_steps": planned,
        "num_input_tokens_seen": 0,
        "num_train_epochs": -(-planned // per_epoch),
        "save_steps": saved[0] if saved else 500,
        "stateful_callbacks": {},
        "total_flos": 0.0,
        "train_batch_size": batch,
        "trial_name": None,
        "trial_params": None,
    }
    (folder / "trainer_state.json").write_text(json.dumps(state, indent=2))
    return folder / "trainer_state.json"


def _nine(value: float) -> float:
    """Round to the nine digits of a result file."""
    return float(f"{value:.9g}")
