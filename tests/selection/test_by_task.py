from __future__ import annotations

from typing import Any

import msgspec
import pytest

import curvewise as cw
from curvewise.model.task_names import task_rank
from curvewise.testing import make_run

LOSS = {1000: 0.26, 2000: 0.27, 3000: 0.33, 4000: 0.35}


def run_with(metric: str, values: list[float], **settings: Any) -> cw.Run:
    metrics = {"full_valid_loss": LOSS, metric: dict(zip(LOSS, values, strict=True))}
    return make_run(metrics=metrics, hyperparameters=settings)


@pytest.mark.parametrize(
    ("metric", "values", "step"),
    [
        ("eval_wer", [74.5, 60.1, 50.4, 40.9], 4000),
        ("full_valid_accuracy", [0.70, 0.75, 0.79, 0.74], 3000),
        ("val_f1", [0.2, 0.3, 0.5, 0.4], 3000),
        ("eval_pass@1", [0.2, 0.5, 0.4, 0.4], 2000),
        ("eval_sacrebleu", [20.0, 25.0, 28.0, 31.0], 4000),
        ("full_valid_mean_token_accuracy", [0.70, 0.75, 0.79, 0.74], 1000),  # tokens are not the task
        ("eval_entropy", [0.9, 0.5, 0.4, 0.3], 1000),  # of no known direction
        ("train_accuracy", [0.7, 0.8, 0.9, 0.99], 1000),  # of training data
    ],
)
def test_a_metric_of_the_task_leads_in_its_own_direction(metric: str, values: list[float], step: int) -> None:
    chosen = cw.choose(run_with(metric, values))
    assert chosen.best is not None
    assert chosen.best.step == step
    if step != 1000:
        assert chosen.best.metric == metric
        assert "By validation loss it would be step 1,000" in chosen.reason
        assert [row.values[metric] for row in chosen.table] == values


HIGHER = (
    "accuracy acc f1 macro_f1 f1-score exact_match em bleu sacrebleu gen_bleu rouge1 rougeL rougeLsum "
    "chrf meteor pass@1 pass@10 pass_at_1 mAP map_50 mAP@0.5 mean_average_precision ndcg@10 mrr@10 "
    "recall@10 hit_rate r2 R2 r2_score dice mean_dice dice_score auc roc_auc pr_auc mcc kappa pearsonr "
    "spearmanr cosine_spearman iou mean_iou psnr ssim combined_score accuracy_pct gsm8k_accuracy squad_f1 "
    "acc_norm top1_acc top-1_accuracy"
)
LOWER = "wer cer ter der mae mse rmse mape smape error_rate fid lpips bpb bpc bits_per_byte test_wer"
NEITHER = (
    "mean_token_accuracy token_accuracy accuracy_stderr entropy num_tokens precision recall loss runtime "
    "samples_per_second rewards/accuracies length"
)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        (name, sign)
        for names, sign in ((HIGHER, -1.0), (LOWER, 1.0), (NEITHER, None))
        for name in names.split()
    ],
)
def test_which_way_is_better_is_known_of_common_metrics_and_of_longer_names(
    name: str, sign: float | None
) -> None:
    found = task_rank(f"eval_{name}")
    assert (found and found[1]) == sign
    assert task_rank(f"train_{name}") is None


def test_what_a_trainer_keeps_its_best_by_tells_nothing_of_another_metric() -> None:
    metrics = {"eval_accuracy": [0.7, 0.9, 0.8], "eval_wer": [30.0, 20.0, 10.0]}
    settings = {"metric_for_best_model": "accuracy", "greater_is_better": True}
    run = make_run(metrics=metrics, hyperparameters=settings)
    picks = [cw.choose(run, by=by).best for by in ("Eval-WER", "wer", "Accuracy", "eval_acc")]
    assert [pick and pick.step for pick in picks] == [3, 3, 2, 2]
    upside_down = {"metric_for_best_model": "eval_score", "greater_is_better": False}
    best = cw.choose(make_run(metrics={"eval_score": [3.0, 1.0, 2.0]}, hyperparameters=upside_down)).best
    assert best is not None
    assert best.step == 2


def test_further_metrics_that_choose_otherwise_are_named() -> None:
    metrics = {
        "full_valid_loss": [0.3, 0.25, 0.28, 0.33],
        "eval_f1": [0.3, 0.66, 0.6, 0.58],
        "eval_accuracy": [0.5, 0.6, 0.79, 0.65],
        "eval_recall@5": [0.3, 0.66, 0.65, 0.65],
    }
    chosen = cw.choose(make_run(every=100, metrics=metrics, validation_examples=100_000))
    assert chosen.best is not None
    assert (chosen.best.step, chosen.best.metric) == (200, "eval_f1")
    assert "eval_accuracy is best at step 300 (0.79)." in chosen.reason
    assert "recall" not in chosen.reason


def test_a_name_that_training_and_validation_share_means_that_of_the_validation() -> None:
    run = make_run(metrics={"train_accuracy": [0.7, 0.8, 0.9], "full_valid_accuracy": [0.5, 0.7, 0.6]})
    run = msgspec.structs.replace(run, logged_as={"train_accuracy": "accuracy"})
    picks = [cw.choose(run, by=by).best for by in ("accuracy", "train_accuracy")]
    assert [pick and pick.step for pick in picks] == [2, 3]


def test_the_author_names_the_metric() -> None:
    both = {"eval_wer": [74.5, 40.1, 50.4, 60.9], "eval_cer": [9.0, 8.0, 3.0, 4.0]}
    metrics = {
        "full_valid_loss": LOSS,
        **{name: dict(zip(LOSS, own, strict=True)) for name, own in both.items()},
    }
    steps = {}
    for settings in (
        {},
        {"metric_for_best_model": "cer"},
        {"metric_for_best_model": "loss"},
        {"best_metric": 3.0, "best_global_step": 3000},
    ):
        best = cw.choose(make_run(metrics=metrics, hyperparameters=settings)).best
        steps[str(settings.get("metric_for_best_model", settings.get("best_metric")))] = best and best.step
    assert steps == {"None": 2000, "cer": 3000, "loss": 1000, "3.0": 3000}
    run = make_run(metrics=metrics)
    picks = [cw.choose(run, by=by).best for by in ("eval_cer", "cer", "loss", "full_valid_loss")]
    assert [pick and pick.step for pick in picks] == [3000, 3000, 1000, 1000]
    with pytest.raises(cw.UsageError, match="no metric 'bleu'"):
        cw.choose(run, by="bleu")


def test_a_run_with_only_accuracies_can_be_chosen_from() -> None:
    run = make_run(metrics={"full_valid_accuracy": {0: 0.486, 1: 0.607, 2: 0.612, 3: 0.593}})
    chosen = cw.choose(run)
    assert chosen.best is not None
    assert (chosen.best.step, [pick.step for pick in chosen.tied]) == (2, [1, 3])
    assert [row.step for row in chosen.table] == [0, 1, 2, 3]


def test_accuracy_on_few_examples_is_a_tie() -> None:
    metrics = {
        "full_valid_loss": LOSS,
        "full_valid_accuracy": dict(zip(LOSS, [0.44, 0.5, 0.56, 0.5], strict=True)),
    }
    sure = cw.choose(make_run(metrics=metrics, validation_examples=32_000))
    doubt = cw.choose(make_run(metrics=metrics, validation_examples=32))
    assert (len(sure.tied), len(doubt.tied)) == (0, 3)


def test_only_an_existing_checkpoint_is_chosen() -> None:
    metrics = {"full_valid_loss": LOSS, "eval_wer": dict(zip(LOSS, [74.5, 60.1, 50.4, 40.9], strict=True))}
    chosen = cw.choose(make_run(metrics=metrics, checkpoints=[1000, 2000]))
    assert chosen.best is not None
    assert chosen.best.step == 2000


def test_a_value_that_is_not_the_best_logged_is_not_called_so() -> None:
    values = [0.3, 0.88, 0.87, 0.86, 0.87, 0.5, 0.3, 0.3]
    selection = cw.choose(make_run(metrics={"full_valid_loss": [1.0] * 8, "eval_f1": values}))
    assert selection.best is not None
    assert selection.best.step > 2
    assert "once noise is smoothed (logged: 0.88 at step 2)" in selection.best.why


COSTS = [0.42 + 0.002 * (n - 7) ** 2 for n in range(1, 21)]
FLAT = [
    0.7857, 0.8078, 0.826, 0.843, 0.85, 0.8571, 0.862, 0.8604, 0.8588, 0.8561,
    0.8531, 0.8502, 0.8452, 0.8406, 0.833, 0.8286, 0.8193, 0.81, 0.7984, 0.7889,
]  # fmt: skip


@pytest.mark.parametrize(
    ("losses", "values", "step"),
    [
        (COSTS, FLAT, 7),  # where both were logged best, though smoothing moves the metric to step 8
        ([2.0, 1.9, *COSTS[:-2]], FLAT, 8),  # the loss prefers another one, which is less likely the best
        ([1.0, 0.9, 0.8, 0.85, 0.9, 0.95], [0.5, 0.9, 0.9, 0.9, 0.9, 0.9], 3),  # equally likely
        (None, FLAT, 8),  # nothing decides
        (COSTS, [0.5 + 0.02 * n for n in range(20)], 20),  # the metric tells them apart
        ([0.61, 0.5, 0.47, 0.53, 0.64, 0.74], [0.698, 0.78, 0.803, 0.8005, 0.806, 0.798], 5),  # the best
    ],
)
def test_between_equal_ties_of_the_metric_the_lower_loss_decides(
    losses: list[float] | None, values: list[float], step: int
) -> None:
    loss = {} if losses is None else {"full_valid_loss": losses}
    run = make_run(metrics={**loss, "eval_accuracy": values})
    chosen = cw.choose(run)
    assert chosen.best is not None
    assert chosen.best.step == step
    assert chosen.best.step not in [pick.step for pick in chosen.tied]
    assert ("among ties the lower validation loss decides" in chosen.reason) == (step in (3, 7))


def test_a_step_without_a_loss_loses_no_tie_for_it() -> None:
    chosen = cw.choose(make_run(metrics={"full_valid_loss": {3: 0.5, 7: 0.42}, "eval_accuracy": FLAT}))
    assert chosen.best is not None
    assert chosen.best.step == 8
    assert "the lower validation loss decides" not in chosen.reason


REWARD = {100: 0.2, 200: 0.5, 300: 0.7, 400: 0.8, 500: 0.9}


@pytest.mark.parametrize(
    ("metrics", "kind", "by", "step"),
    [
        ({"full_valid_mean_reward": REWARD}, "rft", "eval_gsm8k", 300),
        ({"full_valid_mean_reward": REWARD}, "rft", "train_tool_error_rate", 200),  # less is better
        ({"full_valid_mean_reward": REWARD}, "rft", "full_valid_mean_reward", 500),
        ({"full_valid_mean_reward": REWARD}, "rft", "reward", 500),
        ({"full_valid_loss": {step: 1 - value for step, value in REWARD.items()}}, "dpo", "eval_gsm8k", 300),
        ({"full_valid_loss": {step: 1 - value for step, value in REWARD.items()}}, "dpo", "loss", 500),
    ],
)
def test_every_kind_of_run_is_chosen_from_by_a_metric_that_is_named(
    metrics: dict[str, dict[int, float]], kind: cw.Kind, by: str, step: int
) -> None:
    own = {
        "eval_gsm8k": dict(zip(REWARD, [0.2, 0.3, 0.6, 0.4, 0.3], strict=True)),
        "train_tool_error_rate": dict(zip(REWARD, [700.0, 300.0, 500.0, 600.0, 900.0], strict=True)),
    }
    run = make_run(metrics={**metrics, **own}, kind=kind)
    chosen = cw.choose(run, by=by)
    assert chosen.best is not None
    assert chosen.best.step == step
    named = [each.step for each in cw.candidates(run, by=by).contenders]
    assert named[0] == step
    if step != 500:
        assert "it would be step 500" in chosen.reason
    unnamed = cw.choose(run).best
    assert unnamed is not None
    assert unnamed.step == 500


def test_the_loss_of_a_policy_chooses_nothing() -> None:
    run = make_run(metrics={"train_mean_reward": REWARD, "train_loss": LOSS}, kind="rft")
    with pytest.raises(cw.UsageError, match="the loss of a policy does not say how good it is"):
        cw.choose(run, by="train_loss")
    with pytest.raises(cw.UsageError, match="no metric 'loss'"):
        cw.choose(run, by="loss")


def test_one_set_of_several_can_be_named() -> None:
    sets = {"full_valid_loss/code": [1.0, 0.9, 0.8, 0.7], "full_valid_loss/chat": [1.0, 0.7, 1.2, 1.4]}
    run = make_run(metrics={name: dict(zip(LOSS, own, strict=True)) for name, own in sets.items()})
    picks = [cw.choose(run, by=name).best for name in sets]
    assert [pick and pick.step for pick in picks] == [4000, 2000]


CODE, CHAT = [0.5, 0.6, 0.7], [0.9, 0.7, 0.2]
SETS = {"eval_code_accuracy": CODE, "eval_chat_accuracy": CHAT}


@pytest.mark.parametrize(
    ("metrics", "by", "metric", "step"),
    [
        (SETS, None, "full_valid_accuracy/*", 1),
        ({**SETS, "eval_chat_accuracy": CHAT[::-1]}, None, "full_valid_accuracy/*", 3),
        (SETS, "accuracy", "full_valid_accuracy/*", 1),
        (SETS, "eval_code_accuracy", "full_valid_accuracy/code", 3),
        ({"eval/wer/en": CODE, "eval/wer/de": CHAT}, None, "eval/wer/*", 3),
        ({"eval/wer/en": CODE, "eval/wer/de": CHAT, "eval/wer": CODE}, None, "eval/wer", 1),  # of all
        ({"eval/wer/en": CODE}, None, "eval/wer/en", 1),
        ({"eval/f1": CODE, "eval/rouge1": CHAT}, None, "eval/f1", 3),  # two metrics, and no sets of one
    ],
)  # fmt: skip
def test_of_several_sets_the_mean_of_the_metric_leads(
    metrics: dict[str, list[float]], by: str | None, metric: str, step: int
) -> None:
    run = cw.Run.from_series({"step": [1, 2, 3], "loss": [1.0, 0.9, 0.8], **metrics})
    chosen = cw.choose(run, by=by)
    assert chosen.best is not None
    assert (chosen.best.metric, chosen.best.step) == (metric, step)
    assert all(row.values[metric] is not None for row in chosen.table)
    assert not metric.endswith("/*") or cw.analyze(run).notes == ()


def test_the_first_epoch_may_be_numbered_0() -> None:
    accuracy = {0: 0.9, 1: 0.6, 2: 0.5}
    trained = make_run(metrics={"train_loss": dict.fromkeys(accuracy, 1.0), "eval_accuracy": accuracy})
    before = make_run(metrics={"train_loss": {1: 1.0, 2: 0.5}, "eval_accuracy": accuracy})
    picks = [cw.choose(run).best for run in (trained, before)]
    assert [pick and pick.step for pick in picks] == [0, 1]


def test_a_metric_that_is_the_same_everywhere_tells_nothing() -> None:
    best = cw.choose(run_with("eval_wer", [1.0] * 4)).best
    assert best is not None
    assert (best.step, best.metric) == (1000, "full_valid_loss")
    assert best.why.endswith("eval_wer is 1 at every evaluation and tells nothing")


def test_perplexity_is_judged_where_no_loss_is_logged() -> None:
    perplexity = dict(zip(LOSS, [60.0, 40.0, 45.0, 50.0], strict=True))
    loss_too = {"full_valid_loss": LOSS, "val_ppl": perplexity}
    picks = [cw.choose(make_run(metrics=held)).best for held in ({"val_ppl": perplexity}, loss_too)]
    assert [pick and (pick.step, pick.metric) for pick in picks] == [
        (2000, "val_ppl"),
        (1000, "full_valid_loss"),
    ]
