"""Write runs as output folders of the Hugging Face Trainer, with a trainer_state.json in each checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from train import policy_gradient, supervised
from train.policy_gradient import Rollouts
from train.service import write_json

Entry = dict[str, float]


def write_sft(
    folder: Path,
    settings: supervised.Settings,
    log: list[supervised.Step],
    *,
    logging_steps: int,
    save_total_limit: int,
) -> None:
    """Write a supervised run that evaluates and saves at the end of each epoch."""
    history: list[Entry] = []
    seconds, tokens = 0.0, 0
    for step in log:
        tokens += step.tokens
        seconds += 0.004 * step.tokens
        epoch = step.step / settings.steps_per_epoch
        if step.step % logging_steps == 0:
            recent = log[step.step - logging_steps : step.step]
            history.append(
                {
                    "epoch": epoch,
                    "grad_norm": step.gradient_norm,
                    "learning_rate": step.learning_rate,
                    "loss": round(float(np.mean([past.train.loss for past in recent])), 4),
                    "mean_token_accuracy": float(np.mean([past.train.accuracy for past in recent])),
                    "num_tokens": float(tokens),
                    "step": step.step,
                }
            )
        if step.full_valid is not None:
            runtime = round(0.05 * settings.valid_examples, 4)
            history.append(
                {
                    "epoch": epoch,
                    "eval_loss": step.full_valid.loss,
                    "eval_mean_token_accuracy": step.full_valid.accuracy,
                    "eval_runtime": runtime,
                    "eval_samples_per_second": round(settings.valid_examples / runtime, 3),
                    "eval_steps_per_second": round(settings.valid_examples / settings.batch / runtime, 3),
                    "step": step.step,
                }
            )
    saved = [step.step for step in log if step.full_valid is not None][-save_total_limit:]
    losses = [step.train.loss for step in log]
    last = _last_entry(history[-1], losses, seconds, len(log) * settings.batch)
    state = _state(
        len(log),
        settings.epochs,
        logging_steps=logging_steps,
        save_steps=500,
        batch=settings.batch,
        epoch_steps=settings.steps_per_epoch,
    )
    _write_states(folder, state, history, last, saved)


def write_grpo(
    folder: Path,
    settings: policy_gradient.Settings,
    log: list[policy_gradient.Step],
    *,
    logging_steps: int,
    save_steps: int,
    save_total_limit: int,
) -> None:
    """Write a GRPO run of TRL, without evaluation; one epoch of as many prompts as it took."""
    history: list[Entry] = []
    tokens = 0
    for step in log:
        tokens += int(step.train.lengths.sum())
        if step.step % logging_steps == 0:
            recent = [_rollout_metrics(past, settings) for past in log[step.step - logging_steps : step.step]]
            means = {name: float(np.mean([entry[name] for entry in recent])) for name in recent[0]}
            entry = {
                **means,
                "epoch": step.step / len(log),
                "grad_norm": step.gradient_norm,
                "learning_rate": settings.rate_at(step.step),
                "num_tokens": float(tokens),
                "step": step.step,
            }
            history.append(dict(sorted(entry.items())))
    rollouts = settings.prompts * settings.group
    last = _last_entry(history[-1], [step.loss for step in log], 0.011 * tokens, len(log) * rollouts)
    state = _state(
        len(log),
        1,
        logging_steps=logging_steps,
        save_steps=save_steps,
        batch=rollouts,
        epoch_steps=len(log),
    )
    saved = list(range(save_steps, len(log) + 1, save_steps))[-save_total_limit:]
    _write_states(folder, state, history, last, saved)


def _rollout_metrics(step: policy_gradient.Step, settings: policy_gradient.Settings) -> Entry:
    """Return what TRL logs of the rollouts of a step; grade and format are its two reward functions."""
    rollouts = step.train
    spread = step.rewards.reshape(-1, settings.group).std(axis=1, ddof=1)
    grade, readable = np.nan_to_num(rollouts.grades), 0.5 * np.isfinite(rollouts.grades)
    return {
        **_lengths(rollouts),
        "clip_ratio/high_max": 0.0,
        "clip_ratio/high_mean": 0.0,
        "clip_ratio/low_mean": 0.0,
        "clip_ratio/low_min": 0.0,
        "clip_ratio/region_mean": 0.0,
        "entropy": step.entropy,
        "frac_reward_zero_std": float((spread < 1e-9).mean()),
        "loss": round(step.loss, 4),
        "reward": float(step.rewards.mean()),
        "reward_std": float(spread.mean()),
        "rewards/format_reward/mean": float(readable.mean()),
        "rewards/format_reward/std": float(readable.std(ddof=1)),
        "rewards/grade/mean": float(grade.mean()),
        "rewards/grade/std": float(grade.std(ddof=1)),
    }


def _lengths(rollouts: Rollouts) -> Entry:
    lengths, finished = rollouts.lengths, rollouts.lengths[rollouts.finished]
    return {
        "completions/clipped_ratio": float((~rollouts.finished).mean()),
        "completions/max_length": float(lengths.max()),
        "completions/max_terminated_length": float(finished.max()),
        "completions/mean_length": float(lengths.mean()),
        "completions/mean_terminated_length": float(finished.mean()),
        "completions/min_length": float(lengths.min()),
        "completions/min_terminated_length": float(finished.min()),
    }


def _last_entry(before: Entry, losses: list[float], seconds: float, samples: int) -> Entry:
    """Return the row that the Trainer adds when it is done; its loss is the mean over the whole run."""
    return {
        "epoch": before["epoch"],
        "step": before["step"],
        "total_flos": 0.0,
        "train_loss": float(np.mean(losses)),
        "train_runtime": round(seconds, 4),
        "train_samples_per_second": round(samples / seconds, 3),
        "train_steps_per_second": round(len(losses) / seconds, 3),
    }


def _state(
    steps: int, epochs: int, *, logging_steps: int, save_steps: int, batch: int, epoch_steps: int
) -> dict[str, Any]:
    return {
        "best_global_step": None,
        "best_metric": None,
        "best_model_checkpoint": None,
        "epoch": steps / epoch_steps,
        "eval_steps": 500,
        "global_step": steps,
        "is_hyper_param_search": False,
        "is_local_process_zero": True,
        "is_world_process_zero": True,
        "log_history": [],
        "logging_steps": logging_steps,
        "max_steps": steps,
        "num_input_tokens_seen": 0,
        "num_train_epochs": epochs,
        "save_steps": save_steps,
        "stateful_callbacks": {},
        "total_flos": 0.0,
        "train_batch_size": batch,
        "trial_name": None,
        "trial_params": None,
    }


def _write_states(
    folder: Path, state: dict[str, Any], history: list[Entry], last: Entry, saved: list[int]
) -> None:
    """Write the state of the finished run, and in each checkpoint the history up to there."""
    steps = state["global_step"]
    for step in saved:
        part = [entry for entry in history if entry["step"] <= step]
        target = folder / f"checkpoint-{step}"
        target.mkdir()
        write_json(target / "trainer_state.json", _state_at(state, step, part, stop=step == steps))
    write_json(folder / "trainer_state.json", _state_at(state, steps, [*history, last], stop=True))


def _state_at(state: dict[str, Any], step: int, history: list[Entry], *, stop: bool) -> dict[str, Any]:
    control = {
        "should_epoch_stop": False,
        "should_evaluate": False,
        "should_log": False,
        "should_save": True,
        "should_training_stop": stop,
    }
    return {
        **state,
        "epoch": state["epoch"] * step / state["global_step"],
        "global_step": step,
        "log_history": history,
        "stateful_callbacks": {"TrainerControl": {"args": control, "attributes": {}}},
    }
