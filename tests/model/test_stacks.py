"""What each stack logs, by the names in its own source, and what that means."""

from __future__ import annotations

import pytest

from curvewise.model.column_names import name_columns
from curvewise.model.metrics import infer_kind

STACKS = {
    "SkyRL 0.3": (
        "rft",
        "reward/avg_raw_reward=train_mean_reward policy/policy_loss=policy_loss policy/policy_kl=kl "
        "policy/policy_entropy=entropy policy/loss_metrics/clip_ratio=clipped_update_share "
        "policy/policy_lr=learning_rate critic/critic_loss=critic_loss "
        "generate/avg_num_tokens=completion_tokens_mean eval/all/avg_score=full_valid_mean_reward "
        "eval/gsm8k/avg_score=valid_grader_reward/gsm8k",
    ),
    "OpenRLHF 0.11": (
        "rft",
        "train/policy_loss=policy_loss train/reward=train_mean_reward train/kl=kl "
        "train/actor_lr=learning_rate train/actor_grad_norm=grad_norm "
        "train/group_reward_std=train_reward_std train/response_length=completion_tokens_mean "
        "train/truncated=clipped_completion_share train/critic_loss=critic_loss "
        "eval/eval_gsm8k_pass1=valid_grader_reward/gsm8k "
        "eval/eval_response_length_mean=valid_completion_tokens_mean",
    ),
    "OpenRLHF, supervised": (
        "sft",
        "train/gpt_loss=train/gpt_loss train/loss_mean=train_loss eval/eval\xa0gpt_loss=full_valid_loss",
    ),
    "OpenRLHF, preferences": (
        "dpo",
        "train/loss=train_loss train/acc_mean=train_reward_accuracy "
        "train/chosen_reward=train_chosen_reward train/reject_reward=train_rejected_reward "
        "eval/eval_loss=full_valid_loss eval/acc_mean=full_valid_reward_accuracy",
    ),
    "prime-rl, orchestrator": (
        "rft",
        "train/agg/effective/policy/reward/mean=train_grader_reward/policy "
        "train/agg/all/policy/reward/mean=train/agg/all/policy/reward/mean "
        "train/agg/effective/num_output_tokens/mean=completion_tokens_mean",
    ),
    "prime-rl, evaluation": (
        "rft",
        "eval/aime/effective/policy/avg@16=valid_grader_reward/aime",
    ),
    "prime-rl, trainer": (
        "rft",
        "loss/mean=policy_loss entropy/all/mean=entropy mismatch_kl/all/mean=mismatch_kl "
        "optim/lr=learning_rate",
    ),
    "prime-rl, supervised": (
        "sft",
        "loss/mean=train_loss val/loss=full_valid_loss optim/grad_norm=grad_norm",
    ),
    "slime": (
        "rft",
        "rollout/raw_reward=train_mean_reward rollout/response_len/mean=completion_tokens_mean "
        "train/loss=train/loss train/pg_loss=policy_loss train/lr-pg_0=learning_rate train/kl_loss=kl "
        "eval/aime=valid_grader_reward/aime eval/aime-truncated_ratio=eval/aime-truncated_ratio "
        "eval/aime/response_len/mean=valid_completion_tokens_mean/aime",
    ),
    "AReaL 1.0": (
        "rft",
        "ppo_actor/task_reward/avg=train_mean_reward rollout/reward=rollout/reward "
        "eval-rollout/reward=full_valid_mean_reward ppo_actor/update/entropy/avg=entropy "
        "ppo_actor/update/actor_loss/avg=policy_loss "
        "ppo_actor/update/clip_ratio/avg=clipped_update_share "
        "ppo_actor/no_eos_ratios/avg=clipped_completion_share ppo_actor/update/grad_norm=grad_norm",
    ),
    "AReaL, supervised": (
        "sft",
        "sft/loss/avg=train_loss sft-eval/loss/avg=full_valid_loss sft/lr=learning_rate",
    ),
    "AReaL, preferences": (
        "dpo",
        "dpo/loss/avg=train_loss dpo/reward_accuracy/avg=train_reward_accuracy "
        "dpo-eval/loss/avg=full_valid_loss dpo-eval/reward_margin/avg=full_valid_reward_margin",
    ),
    "AReaL, reward model": (
        "dpo",
        "rw/loss/avg=train_loss rw/correct_ratio/avg=train_reward_accuracy "
        "rw/pos_score/avg=train_chosen_reward rw-eval/correct_ratio/avg=full_valid_reward_accuracy",
    ),
    "ROLL": (
        "rft",
        "critic/score/mean=train_mean_reward critic/entropy/mean=entropy critic/kl=kl "
        "critic/loss=critic_loss tokens/response_length/mean=completion_tokens_mean "
        "actor/pg_loss=policy_loss actor/ppo_ratio_clipfrac=clipped_update_share "
        "val_correct/all/mean=full_valid_mean_reward val_correct/math/mean=valid_grader_reward/math",
    ),
    "rLLM": (
        "rft",
        "reward/solver/mean=train_grader_reward/solver val/math/pass@1=valid_grader_reward/math "
        "episode/response_tokens=completion_tokens_mean train/entropy=entropy",
    ),
    "NeMo RL": (
        "rft",
        "train/loss=policy_loss train/reward=train_mean_reward train/kl_penalty=kl "
        "train/gen_kl_error=mismatch_kl train/approx_entropy=entropy "
        "train/mean_gen_tokens_per_sample=completion_tokens_mean "
        "train/truncation_rate=clipped_completion_share validation/accuracy=full_valid_mean_reward",
    ),
    "NeMo RL, supervised": (
        "sft",
        "train/loss=train_loss validation/val_loss=full_valid_loss",
    ),
    "NeMo RL, preferences": (
        "dpo",
        "train/loss=train_loss train/accuracy=train_reward_accuracy "
        "train/rewards_chosen_mean=train_chosen_reward validation-default/loss=full_valid_loss/default "
        "validation-default/accuracy=full_valid_reward_accuracy/default",
    ),
    "ART 0.5": (
        "rft",
        "train/reward=train_mean_reward val/reward=full_valid_mean_reward loss/train=policy_loss "
        "loss/entropy=entropy loss/kl_policy_ref=kl loss/grad_norm=grad_norm "
        "loss/learning_rate=learning_rate",
    ),
    "verl 0.9": (
        "rft",
        "critic/score/mean=train_mean_reward critic/rewards/mean=critic/rewards/mean "
        "actor/lr=learning_rate val-core/openai/gsm8k/acc/mean@2=valid_grader_reward/openai/gsm8k/acc "
        "val-core/openai/gsm8k/acc/best@2/mean=val-core/openai/gsm8k/acc/best@2/mean",
    ),
    "Tinker": (
        "rft",
        "env/all/reward/total=train_mean_reward test/env/all/reward/total=full_valid_mean_reward "
        "kl_policy_base=kl optim/kl_sample_train_v1=optim/kl_sample_train_v1 optim/lr=learning_rate",
    ),
    "Tinker, its short loop": (
        "rft",
        "reward/total=train_mean_reward optim/lr=learning_rate",
    ),
    "Tinker, preferences": (
        "dpo",
        "dpo_loss=train_loss accuracy=train_reward_accuracy margin=train_reward_margin "
        "chosen_reward=train_chosen_reward rejected_reward=train_rejected_reward "
        "test/nll=full_valid_loss",
    ),
    "torchtune, PPO": (
        "rft",
        "rlhf_reward=train_mean_reward loss=loss policy_loss=policy_loss value_loss=critic_loss kl=kl "
        "clipfrac=clipped_update_share response_lengths=completion_tokens_mean",
    ),
    "torchtune, GRPO": (
        "rft",
        "rewards=train_mean_reward kl_loss=kl loss=loss policy_loss=policy_loss",
    ),
    "TRL 1.16, reward model": (
        "dpo",
        "loss=train_loss accuracy=train_reward_accuracy margin=train_reward_margin "
        "min_reward=min_reward max_reward=max_reward mean_reward=mean_reward "
        "eval_accuracy=full_valid_reward_accuracy",
    ),
    "TRL 1.16, self-distillation": (
        "rft",
        "loss=policy_loss self_distillation/reward_mean=train_mean_reward "
        "self_distillation/rewards/f=train_grader_reward/f "
        "completions/mean_length=completion_tokens_mean",
    ),
    "TRL 1.16, distillation": (
        "sft",
        "loss=train_loss entropy=entropy completions/mean_length=completion_tokens_mean "
        "eval_loss=full_valid_loss",
    ),
}


@pytest.mark.parametrize("stack", STACKS)
def test_kind_and_names(stack: str) -> None:
    kind, told = STACKS[stack]
    pairs = [pair.replace("\xa0", " ").rsplit("=", 1) for pair in told.split(" ")]
    named = name_columns([column for column, _ in pairs], {})
    assert named == dict(pairs)
    assert infer_kind(named.values()) == kind
