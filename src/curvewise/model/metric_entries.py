"""The table of the metric catalogue: one entry a metric, names separated by spaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from curvewise.model.metric import Direction, Metric, Split, Taken

NATS, SHARE, REWARD, TOKENS, SECONDS, COUNT = (
    "nats per token", "share, 0 to 1", "grader's units", "tokens", "seconds", "count",
)  # fmt: skip
SCORE = "task's units"
BATCH: Taken = "one minibatch"
LOG: Taken = "a mean since the last log"
FULL: Taken = "a full pass"
ROLLOUTS: Taken = "a mean over rollouts"


def _metric(
    name: str,
    meaning: str,
    unit: str,
    better: Direction | None = None,
    split: Split | None = None,
    taken: Taken = "one number",
    **aliases: str,
) -> Metric:
    names = {source: tuple(value.split()) for source, value in aliases.items()}
    return Metric(
        name=name, meaning=meaning, unit=unit, better=better, split=split, taken=taken, aliases=names
    )


def entries(grader_errors: Mapping[str, str]) -> Iterator[Metric]:
    """Every entry, in the order in which `curvewise metrics` lists them."""
    yield from _losses()
    yield from _accuracies()
    yield from _rewards()
    yield from _tokens()
    for split in ("train", "valid"):
        yield from _rollout_errors("train" if split == "train" else "valid", grader_errors)
    yield from _evaluations()
    yield from _preferences()
    yield from _optimisation()
    yield from _durations()


def _losses() -> Iterator[Metric]:
    yield _metric(
        "train_loss", "Loss on the training batches; should fall.", NATS, "lower", "train", BATCH,
        openai="train_loss", openai_legacy="training_loss", huggingface="loss",
        llamafactory="loss", keras="loss train_loss total_loss train_losses training_losses avr_loss step_loss cross_entropy_loss", olmo="train/crossentropyloss train/CrossEntropyLoss",
        lightning="train_loss train_loss_epoch train_loss_step train/loss",
        bedrock="training_loss", tinker="train_mean_nll dpo_loss", together="train/loss", vertex="/train_total_loss train_total_loss",
        mistral="train_loss", neox="lm_loss train/lm_loss", nemo="reduced_train_loss",
        composer="loss/train/total metrics/train/languagecrossentropy", openrlhf="train/loss_mean gpt_loss",
        prime_rl="loss/mean", areal="sft/loss/avg dpo/loss/avg rw/loss/avg",
    )  # fmt: skip
    yield _metric(
        "policy_loss", "Loss of the policy's update; its level says nothing of the model.", "none", None, "train", BATCH,
        huggingface="loss/policy_avg", baselines="loss/policy_loss", verl="actor/pg_loss",
        slime="train/pg_loss", skyrl="policy/policy_loss", areal="ppo_actor/update/actor_loss/avg",
        stable_baselines="train/policy_gradient_loss policy_gradient_loss actor_loss pg_loss actor/loss losses/policy_loss ppo/loss/policy",
    )  # fmt: skip
    yield _metric(
        "critic_loss", "Loss of the critic, which predicts the reward.", "none", None, "train", BATCH,
        huggingface="loss/value_avg", baselines="loss/value_loss", verl="critic/vf_loss", slime="train/value_loss",
        openrlhf="train/critic_loss", skyrl="critic/critic_loss critic/vf_loss",
        stable_baselines="train/value_loss vf_loss losses/value_loss ppo/loss/value",
        areal="ppo_critic/update/loss/avg", roll="critic/loss", torchtune="value_loss",
    )  # fmt: skip
    yield _metric(
        "generator_loss", "Loss of a generator against a discriminator that learns as well; measures no quality.",
        "none", None, "train", BATCH,
        keras="g_loss loss_g lossg gen_loss loss_gen generator_loss loss_generator errg g_loss_total",
    )  # fmt: skip
    yield _metric(
        "discriminator_loss", "Loss of the discriminator that the generator is to fool; measures no quality.",
        "none", None, "train", BATCH,
        keras="d_loss loss_d lossd disc_loss loss_disc discriminator_loss loss_discriminator errd d_loss_total",
    )  # fmt: skip
    yield _metric(
        "valid_loss", "Loss on one minibatch of the validation set, taken in a fixed rotation: noisy.",
        NATS, "lower", "valid", BATCH,
        openai="valid_loss", openai_legacy="validation_loss",
    )  # fmt: skip
    yield _metric(
        "full_valid_loss", "Loss over the whole validation set; of several sets, one metric for each.",
        NATS, "lower", "valid", FULL,
        openai="full_valid_loss", huggingface="eval_loss eval_*_loss", llamafactory="eval_loss",
        keras="val_loss valid_loss validation_loss dev_loss val_losses valid_losses validation_losses", lightning="val_loss valid_loss val/loss val_loss_epoch",
        bedrock="validation_loss", tinker="test/nll", together="eval/loss", vertex="/eval_total_loss eval_total_loss",
        mistral="valid_loss", neox="validation/lm_loss eval_lm_loss", composer="metrics/eval/languagecrossentropy", openrlhf="eval/eval_gpt_loss", nemo="validation-*/loss",
        skyrl="eval/*/loss", areal="sft-eval/loss/avg dpo-eval/loss/avg rw-eval/loss/avg",
    )  # fmt: skip


def _accuracies() -> Iterator[Metric]:
    for split, prefix, taken in (
        ("train", "train", BATCH),
        ("valid", "valid", BATCH),
        ("valid", "full_valid", FULL),
    ):
        where = {"train": "the training batch", "valid": "one validation minibatch",
                 "full_valid": "the whole validation set"}[prefix]  # fmt: skip
        openai = {
            "train": "train_mean_token_accuracy train_accuracy",
            "valid": "valid_mean_token_accuracy validation_mean_token_accuracy",
            "full_valid": "full_valid_mean_token_accuracy",
        }[prefix]
        legacy = {"train": "training_token_accuracy", "valid": "validation_token_accuracy", "full_valid": ""}[
            prefix
        ]
        huggingface = {"train": "mean_token_accuracy", "valid": "", "full_valid": "eval_mean_token_accuracy"}[
            prefix
        ]
        yield _metric(
            f"{prefix}_mean_token_accuracy", f"Share of tokens predicted right on {where}.", SHARE, "higher",
            "train" if split == "train" else "valid", taken,
            openai=openai, openai_legacy=legacy, huggingface=huggingface,
        )  # fmt: skip
    yield _metric(
        "train_sequence_accuracy", "Share of completions predicted right as a whole.", SHARE, "higher", "train", BATCH,
        openai_legacy="training_sequence_accuracy",
    )  # fmt: skip
    yield _metric(
        "valid_sequence_accuracy", "Share of completions of one validation minibatch that are right as a whole.",
        SHARE, "higher", "valid", BATCH, openai_legacy="validation_sequence_accuracy",
    )  # fmt: skip
    yield _metric(
        "train_accuracy", "Share of training examples that are classified right.", SHARE, "higher", "train", LOG,
        keras="accuracy acc train_acc train_accuracy", lightning="train_acc train_acc_epoch train_acc_step",
        llamafactory="train_accuracy", openrlhf="train/acc_mean",
    )  # fmt: skip
    yield _metric(
        "full_valid_accuracy", "Share of validation examples that are classified right.", SHARE, "higher", "valid", FULL,
        keras="val_accuracy val_acc valid_accuracy", lightning="val_acc val_acc_epoch",
        huggingface="eval_accuracy eval_acc eval_*_accuracy", openrlhf="eval/acc_mean", nemo="validation-*/accuracy",
    )  # fmt: skip


def _rewards() -> Iterator[Metric]:
    yield _metric(
        "train_mean_reward",
        "Mean reward over the rollouts of a step; on OpenAI and Azure a rollout that got no grade counts as -1.",
        REWARD, "higher", "train", ROLLOUTS,
        openai="train_mean_reward", huggingface="reward objective/scores self_distillation/reward_mean reward_mean",
        tinker="env/all/reward/total reward/total", llamafactory="reward",
        vertex="/train_mean_reward", baselines="eprewmean", verl="critic/score/mean critic/rewards/mean",
        openrlhf="train/reward", skyrl="reward/avg_raw_reward", slime="rollout/raw_reward", prime_rl="reward/mean",
        stable_baselines="rollout/ep_rew_mean", areal="ppo_actor/task_reward/avg grpo_actor/task_reward/avg rollout/reward",
        torchtune="rewards rlhf_reward",
        rllib="episode_reward_mean env_runners/episode_return_mean env_runners/episode_reward_mean sampler_results/episode_reward_mean",
    )  # fmt: skip
    yield _metric(
        "full_valid_mean_reward", "Mean reward over the rollouts of the whole validation set.",
        REWARD, "higher", "valid", FULL,
        openai="full_valid_mean_reward", huggingface="eval_reward", tinker="test/env/all/reward/total",
        vertex="/eval_mean_reward", skyrl="eval/all/avg_score", stable_baselines="eval/mean_reward",
        prime_rl="val_reward/mean val._reward", areal="eval-rollout/reward", nemo="val_reward",
        roll="val_correct/all/mean val/score/mean",
        rllib="evaluation/episode_reward_mean evaluation/env_runners/episode_return_mean evaluation/sampler_results/episode_reward_mean",
    )  # fmt: skip
    yield _metric(
        "train_grader_reward", "Mean reward of the training rollouts that were graded, by grader.",
        REWARD, "higher", "train", ROLLOUTS,
        openai="scores/graders/*/train_reward_mean", huggingface="rewards/*/mean self_distillation/rewards/*",
        prime_rl="train/agg/effective/*/reward/mean", rllm="reward/*/mean",
    )  # fmt: skip
    yield _metric(
        "valid_grader_reward", "Mean reward of the validation rollouts that were graded, by grader.",
        REWARD, "higher", "valid", ROLLOUTS,
        openai="scores/graders/*/valid_reward_mean", huggingface="eval_rewards/*/mean",
        verl="val/test_score/* val-core/*/mean@*", openrlhf="eval/eval_*_pass1", skyrl="eval/*/avg_score",
        prime_rl="eval/*/effective/*/avg@*", roll="val_correct/*/mean", rllm="val/*/pass@1",
    )  # fmt: skip
    yield _metric(
        "train_reward_std", "Standard deviation of the reward within the groups of a step.", REWARD, None, "train", ROLLOUTS,
        huggingface="reward_std self_distillation/reward_std", verl="critic/score/std", openrlhf="train/group_reward_std",
        areal="ppo_actor/task_reward/std",
    )  # fmt: skip
    yield _metric(
        "zero_std_group_share", "Share of prompt groups whose rollouts all earn the same: nothing to learn from.",
        SHARE, "lower", "train", ROLLOUTS, huggingface="frac_reward_zero_std",
    )  # fmt: skip
    yield _metric(
        "mean_unresponsive_rewards", "Share of rollouts with nothing to score.", SHARE, "lower", "train", ROLLOUTS,
        openai="mean_unresponsive_rewards train_mean_unresponsive_rewards unresponsive_rewards_mean",
    )  # fmt: skip
    yield _metric(
        "train_ungraded_rate", "Share of training rollouts that got no grade; solved from the two means of the reward.",
        SHARE, "lower", "train", ROLLOUTS,
    )  # fmt: skip
    yield _metric(
        "train_rollouts",
        "Rollouts of a step, graded or not; solved from the reward means.",
        COUNT,
        None,
        "train",
    )
    yield _metric(
        "train_graded_rollouts", "Rollouts of a step that got a grade, by grader.", COUNT, None, "train",
    )  # fmt: skip
    yield _metric(
        "valid_graded_rollouts", "Rollouts of an evaluation that got a grade, by grader.", COUNT, None, "valid",
    )  # fmt: skip


def _tokens() -> Iterator[Metric]:
    yield _metric(
        "completion_tokens_mean", "Tokens of a training rollout, reasoning included.", TOKENS, None, "train", ROLLOUTS,
        openai="completion_tokens_mean", huggingface="completions/mean_length completion_length",
        tinker="env/all/ac_tokens_per_turn", vertex="/train_generation_length", verl="response_length/mean",
        openrlhf="train/response_length response_length", skyrl="generate/avg_num_tokens", slime="rollout/response_len/mean",
        prime_rl="train/agg/effective/num_output_tokens/mean decode_len/mean", nemo="mean_gen_tokens_per_sample",
        roll="token/response_length/mean tokens/response_length/mean", rllm="episode/response_tokens",
        torchtune="response_lengths",
    )  # fmt: skip
    yield _metric(
        "valid_completion_tokens_mean", "Tokens of a validation rollout, reasoning included.", TOKENS, None, "valid", ROLLOUTS,
        huggingface="eval_completions/mean_length", vertex="/eval_generation_length", nemo="validation/avg_length",
        openrlhf="eval/eval_response_length_mean", slime="eval/*/response_len/mean",
    )  # fmt: skip
    yield _metric(
        "reasoning_tokens_mean", "Reasoning tokens of a training rollout.", TOKENS, None, "train", ROLLOUTS,
        openai="reasoning_tokens_mean usage/samples/train_reasoning_tokens_mean usages/samples/train_reasoning_tokens_mean",
        vertex="/train_thinking_token_length",
    )  # fmt: skip
    yield _metric(
        "valid_reasoning_tokens_mean", "Reasoning tokens of a validation rollout.", TOKENS, None, "valid", ROLLOUTS,
        openai="valid_reasoning_tokens_mean usage/samples/valid_reasoning_tokens_mean usages/samples/valid_reasoning_tokens_mean",
        vertex="/eval_thinking_token_length",
    )  # fmt: skip
    yield _metric(
        "clipped_completion_share", "Share of rollouts that were cut at the length limit.", SHARE, "lower", "train", ROLLOUTS,
        huggingface="completions/clipped_ratio", verl="response_length/clip_ratio", slime="rollout/truncated_ratio",
        prime_rl="is_truncated/mean", openrlhf="train/truncated", nemo="truncation_rate", areal="ppo_actor/no_eos_ratios/avg",
    )  # fmt: skip


def _rollout_errors(split: Split, grader_errors: Mapping[str, str]) -> Iterator[Metric]:
    if split == "valid":
        yield _metric(
            "full_valid_mean_parse_error", "Share of validation rollouts that the grader could not parse.",
            SHARE, "lower", "valid", FULL, openai="full_valid_mean_parse_error",
        )  # fmt: skip
    bare = ("", "train/") if split == "train" else ("valid/", "eval/", "val_")  # none means training
    for error, meaning in grader_errors.items():
        means = " ".join(f"{prefix}{error}_mean {prefix}{error}_rate" for prefix in bare)
        counts = " ".join(
            f"{prefix}{error}{ending}" for prefix in (f"{split}_", *bare) for ending in ("_count", "s")
        )
        yield _metric(
            f"{split}_{error}_rate", f"Share of rollouts for which {meaning}, by grader.", SHARE, "lower", split, ROLLOUTS,
            openai=f"errors/graders/*/errors/{split}_{error}_mean errors/graders/*/{split}_{error}_mean {split}_{error}_mean "
            f"errors/*/errors/{split}_{error}_mean errors/*/{split}_{error}_mean {means}",
        )  # fmt: skip
        yield _metric(
            f"{split}_{error}_count",
            f"Rollouts of a step for which {meaning}; in result files of Azure, all that were looked at.",
            COUNT, "lower", split, openai=counts,
        )  # fmt: skip
    yield _metric(
        f"{split}_tool_calls", "Successful calls of a step, by tool.", COUNT, None, split,
        openai=f"{split}_tool_calls_to_*",
    )  # fmt: skip
    yield _metric(
        f"{split}_tool_error_rate", "Share of the calls that failed, by tool.", SHARE, "lower", split, ROLLOUTS,
        openai=f"{split}_error_count_*",
    )  # fmt: skip
    yield _metric(
        f"{split}_tool_tokens_mean", "Tokens that one call returns, by tool.", TOKENS, None, split, ROLLOUTS,
        openai=f"{split}_token_usage_mean_*",
    )  # fmt: skip
    yield _metric(
        f"{split}_tool_latency", "Time that one call takes, by tool.", SECONDS, "lower", split, ROLLOUTS,
        openai=f"{split}_latency_*",
    )  # fmt: skip
    yield _metric(
        f"{split}_grader_latency", "Time that the grader takes for one rollout, by grader.", SECONDS, "lower", split, ROLLOUTS,
        openai=f"timing/graders/*/timing/{split}_execution_latency_mean timing/graders/*/{split}_execution_latency_mean",
    )  # fmt: skip


def _evaluations() -> Iterator[Metric]:
    yield _metric(
        "evaluation_score", "Mean score on the real task, as an evaluation measured it; a failed sample counts as 0.",
        SCORE, "higher", "valid", FULL,
    )  # fmt: skip
    yield _metric(
        "evaluation_score_relative",
        "Mean score on the real task less the mean of all checkpoints on the same samples: for comparing them.",
        SCORE, "higher", "valid", FULL,
    )  # fmt: skip


def _preferences() -> Iterator[Metric]:
    for split, prefix, alias, taken in (("train", "train", "", LOG), ("valid", "full_valid", "eval_", FULL)):
        side: Split = "train" if split == "train" else "valid"
        for name, key, meaning, unit, better in (
            ("reward_margin", "rewards/margins", "Implicit reward of the chosen minus that of the rejected answer.", "nats", "higher"),
            ("reward_accuracy", "rewards/accuracies", "Share of pairs in which the chosen answer has the higher implicit reward.", SHARE, "higher"),
            ("chosen_reward", "rewards/chosen", "Implicit reward of the chosen answers.", "nats", "higher"),
            ("rejected_reward", "rewards/rejected", "Implicit reward of the rejected answers.", "nats", "lower"),
            ("chosen_logps", "logps/chosen", "Log-probability of the chosen answers.", "nats", "higher"),
            ("rejected_logps", "logps/rejected", "Log-probability of the rejected answers.", "nats", None),
        ):  # fmt: skip
            direction: Direction | None = "higher" if better == "higher" else "lower" if better else None
            llamafactory = "accuracy" if (prefix, name) == ("train", "reward_accuracy") else ""
            yield _metric(
                f"{prefix}_{name}", meaning, unit, direction, side, taken,
                huggingface=f"{alias}{key}", llamafactory=llamafactory, **_of_pairs(prefix, name),
            )  # fmt: skip


def _of_pairs(prefix: str, name: str) -> dict[str, str]:
    """Names of stacks that log plain numbers of the pairs, each in words of its own."""
    split = "-eval" if prefix == "full_valid" else ""
    areal = {"chosen_reward": f" rw{split}/pos_score/avg", "rejected_reward": f" rw{split}/neg_score/avg",
             "reward_accuracy": f" rw{split}/correct_ratio/avg"}  # fmt: skip
    names = {"areal": f"dpo{split}/{name}/avg{areal.get(name, '')}"}
    if name in {"chosen_reward", "rejected_reward"}:
        of, where = name.removesuffix("_reward"), "validation-*/" if split else ""
        names |= {"nemo": f"{where}rewards_{of}_mean"}
        if not split:
            names |= {"tinker": name, "openrlhf": "reject_reward" if of == "rejected" else name}
    return names


def _optimisation() -> Iterator[Metric]:
    yield _metric("grad_norm", "Norm of the gradient before clipping.", "none", None, "train", BATCH,
                  huggingface="grad_norm", together="train/grad_norm", verl="actor/grad_norm", prime_rl="optim/grad_norm grad._norm",
                  openrlhf="train/actor_grad_norm", skyrl="policy/grad_norm policy/raw_grad_norm", art="loss/grad_norm",
                  areal="ppo_actor/update/grad_norm sft/grad_norm dpo/grad_norm rw/grad_norm")  # fmt: skip
    yield _metric("learning_rate", "Learning rate of the optimiser.", "none", None, None,
                  huggingface="learning_rate", llamafactory="lr learning_rate", keras="lr learning_rate",
                  tinker="learning_rate optim/lr", together="train/learning_rate", lightning="lr-Adam lr-AdamW",
                  verl="actor/lr", openrlhf="train/actor_lr", skyrl="policy/policy_lr policy/lr", art="loss/learning_rate",
                  slime="train/lr-pg_0", areal="ppo_actor/update/lr sft/lr dpo/lr rw/lr")  # fmt: skip
    yield _metric("epoch", "Passes over the training data so far.", "epochs", None, None,
                  huggingface="epoch", llamafactory="epoch", bedrock="epoch_number", together="train/epoch",
                  tinker="epoch")  # fmt: skip
    yield _metric("entropy", "Entropy of the policy's next-token distribution.", "nats per token", None, "train", ROLLOUTS,
                  huggingface="entropy policy/entropy_avg", tinker="optim/entropy", baselines="loss/policy_entropy",
                  verl="actor/entropy actor/entropy_loss", slime="train/entropy_loss", skyrl="policy/policy_entropy",
                  prime_rl="entropy/all/mean", nemo="approx_entropy", areal="ppo_actor/update/entropy/avg",
                  roll="critic/entropy/mean", art="loss/entropy")  # fmt: skip
    yield _metric("kl", "Divergence of the policy from the reference model.", "nats", None, "train", ROLLOUTS,
                  huggingface="kl objective/kl", tinker="kl_policy_base optim/kl_sample_train_v1", verl="critic/kl actor/kl_loss",
                  openrlhf="train/kl", slime="train/kl_loss", skyrl="policy/policy_kl loss/avg_kl", nemo="kl_penalty",
                  rllm="train/kl_sample_train_v1", art="loss/kl_policy_ref loss/kl_div", torchtune="kl_loss",
                  prime_rl="ref_kl/all/mean ref_kl", stable_baselines="kl_div kl_divergence mean_kl")  # fmt: skip
    yield _metric("update_kl", "Divergence of the policy from the one before the update.", "nats", None, "train", ROLLOUTS,
                  huggingface="policy/approxkl_avg ppo/policy/approxkl", verl="actor/ppo_kl ppo_kl",
                  stable_baselines="train/approx_kl approx_kl approxkl losses/approx_kl", slime="train/ppo_kl",
                  areal="ppo_actor/update/approx_kl/avg", roll="actor/approxkl")  # fmt: skip
    yield _metric("mismatch_kl", "Divergence of the policy in training from the one that made the rollouts.", "nats", "lower",
                  "train", ROLLOUTS, prime_rl="mismatch_kl/all/mean mismatch_kl/mean mismatch_kl", nemo="gen_kl_error",
                  verl="rollout_corr/kl")  # fmt: skip
    yield _metric("clipped_update_share", "Share of the tokens of an update that are clipped.", SHARE, "lower", "train", BATCH,
                  huggingface="clip_ratio/region_mean clip_ratio policy/clipfrac_avg", baselines="loss/clipfrac",
                  verl="actor/pg_clipfrac", slime="train/pg_clipfrac", skyrl="policy/loss_metrics/clip_ratio policy/ppo_clip_ratio policy/clip_ratio",
                  areal="ppo_actor/update/clip_ratio/avg", roll="actor/ppo_ratio_clipfrac", torchtune="clipfrac",
                  stable_baselines="train/clip_fraction clip_fraction clip_frac losses/clipfrac ppo/policy/clipfrac")  # fmt: skip
    yield _metric("teacher_kl", "Divergence of the policy from the teacher that a distillation follows.", "nats", "lower",
                  "train", ROLLOUTS, tinker="teacher_kl", huggingface="distillation_loss distill_loss kd_loss reverse_kl self_distillation/distillation_loss")  # fmt: skip
    yield _metric("train_tokens", "Tokens trained on so far.", TOKENS, None, "train",
                  huggingface="num_tokens num_input_tokens_seen", openai_legacy="elapsed_tokens")  # fmt: skip
    yield _metric("train_examples", "Examples trained on so far.", COUNT, None, "train",
                  openai_legacy="elapsed_examples")  # fmt: skip


def _durations() -> Iterator[Metric]:
    for part in ("sampling", "training", "eval", "total"):
        yield _metric(
            f"{part}_duration", f"Time of {'one whole step' if part == 'total' else f'the {part} part of a step'}.",
            SECONDS, "lower", None, openai=f"{part}_duration",
        )  # fmt: skip
