"""Lines that one trainer prints in a form of its own, drawn with numbers of no run."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise import analyze, load
from curvewise.model.run import Run

SPACY = "Loaded model 'en'\n" + "".join(f"Losses {{'ner': {value}}}\n" for value in (120.5, 80.25, 60.0))
SPACY_LAYERS = "".join(
    f"Starting iteration {row}\n{{'tok2vec': 0.5, 'textcat': {value}}}\n"
    for row, value in ((1, 0.75), (2, 0.5))
)
ESPNET = "".join(
    f"{epoch}epoch results: [train] loss={loss}, time=2 hours, [valid] loss={loss + 1}, cer=0.25\n"
    for epoch, loss in ((7, 15.5), (8, 14.5))
)
OPENNMT = "".join(
    f"Epoch  {epoch},   {batch}/  200; acc:   5.00; ppl:  11.85; xent: {loss}; 51 src tok/s;  5 s elapsed\n"
    for epoch, batch, loss in ((1, 100, 9.5), (1, 200, 8.5), (2, 100, 8.0))
)
NNET3 = "".join(
    f"LOG (nnet3-train:PrintStats():nnet-training.cc:121) Average objective function for 'output' for "
    f"minibatches {first}-{first + 9} is {value} over 19538 frames.\n"
    for first, value in ((0, -3.5), (10, -2.5), (20, -2.0))
)
K2 = "".join(
    f"2031-01-02 10:1{row}:00,123 INFO Process {batch}/900({batch / 9}%) glb avg objf: {value} over "
    f"64.0 frames, cur avg objf: -9.5 over 64 frames, val avg objf: {value - 0.5} over 64.0 frames, epoch 0\n"
    for row, (batch, value) in enumerate(((100, -1.5), (200, -1.25)))
)
EMBEDDINGS = "".join(
    f"10:00:00 - EmbeddingSimilarityEvaluator: Evaluating the model on dev dataset after epoch {epoch}:\n"
    f"10:00:01 - Cosine-Similarity :\tPearson: 0.7500\tSpearman: {value}\n"
    for epoch, value in ((0, 0.5), (1, 0.625))
)
DICTIONARY = (
    "'loss': {}, 'grad_norm': 1.25, 'reward': 0.5, 'reward_std': 0.25, 'kl': 1.5e-06, 'epoch': 0.25}}"
)
HEADLESS = f"My log is\n{DICTIONARY.format(0.75)}\nand then it stopped.\n"
READ = {
    "spacy": (SPACY, "train_loss", {1: 120.5, 2: 80.25, 3: 60.0}),
    "spacy layers": (SPACY_LAYERS, "train_loss", {1: 0.75, 2: 0.5}),
    "espnet": (ESPNET, "full_valid_loss", {7: 16.5, 8: 15.5}),
    "opennmt": (OPENNMT, "train_loss", {100: 9.5, 200: 8.5, 300: 8.0}),
    "nnet3": (NNET3, "train_loss", {9: 3.5, 19: 2.5, 29: 2.0}),
    "k2": (K2, "full_valid_loss", {100: 2.0, 200: 1.75}),
    "embeddings": (EMBEDDINGS, "eval_spearman_cosine", {0: 0.5, 1: 0.625}),
    "no beginning": (HEADLESS, "train_mean_reward", {1: 0.5}),
}


def _read(tmp_path: Path, text: str) -> Run:
    path = tmp_path / "log.txt"
    path.write_text(text)
    return load(path)


@pytest.mark.parametrize("name", READ)
def test_own_forms_are_read(name: str, tmp_path: Path) -> None:
    text, metric, points = READ[name]
    series = _read(tmp_path, text)[metric]
    assert dict(zip(series.step.tolist(), series.value.tolist(), strict=True)) == points


@pytest.mark.parametrize("width", [61, 80, 112])
def test_a_dictionary_that_a_terminal_broke_is_one(width: int, tmp_path: Path) -> None:
    def broken(value: float) -> str:
        text = "{" + DICTIONARY.format(value)
        return "\n".join(text[at : at + width] for at in range(0, len(text), width))

    run = _read(tmp_path, "\n".join(map(broken, (1.23456789, 1.125, 0.98765432))))
    assert run["policy_loss"].value.tolist() == [1.23456789, 1.125, 0.98765432]
    assert run["epoch"].value.tolist() == [0.25] * 3


FASTAI = (
    "learn.fit(2)\nepoch train_loss valid_loss accuracy time\n0 2.5 3.5 0.25 00:07\n1 2.0 3.0 0.5 00:06\n"
)
RAY = """
+------------------+----------+--------+------------------+-------+----------+
| Trial name       | status   |   iter |   total time (s) |    ts |   reward |
|------------------+----------+--------+------------------+-------+----------|
| PPO_env_00000    | RUNNING  |     12 |           33.625 | 12288 |    -55.5 |
+------------------+----------+--------+------------------+-------+----------+
"""


@pytest.mark.parametrize(
    ("text", "metric", "points"),
    [(FASTAI, "full_valid_loss", {0: 3.5, 1: 3.0}), (RAY, "train_mean_reward", {12: -55.5})],
)
def test_tables_as_pages_and_ray_show_them_are_read(
    text: str, metric: str, points: dict[int, float], tmp_path: Path
) -> None:
    series = _read(tmp_path, text)[metric]
    assert dict(zip(series.step.tolist(), series.value.tolist(), strict=True)) == points


GANS = {
    "keras": "{} [D loss: {}, acc.: 50.00%] [G loss: {}]\n",
    "pytorch": "[0/25][{}/1583]\tLoss_D: {}\tLoss_G: {}\tD(x): 0.5\tD(G(z)): 0.5 / 0.25\n",
    "notebook": "Epoch [ {}/50] \\ Loss D: {}, Loss G: {}\n",
    "words": "Epoch {}/5, Discriminator Loss: {}, Generator Loss: {}\n",
}


@pytest.mark.parametrize("form", GANS)
@pytest.mark.parametrize(
    ("discriminator", "said"),
    [((0.7, 0.6, 0.65, 0.7), "No measure of quality"), ((0.7, 0.05, 0.01, 0.001), "The discriminator wins")],
)
def test_losses_against_each_other_measure_no_quality(
    form: str, discriminator: tuple[float, ...], said: str, tmp_path: Path
) -> None:
    lines = [GANS[form].format(row, loss, 0.75 + row) for row, loss in enumerate(discriminator)]
    run = _read(tmp_path, "".join(lines))
    assert run["discriminator_loss"].value.tolist() == list(discriminator)
    assert run["generator_loss"].value.tolist() == [0.75, 1.75, 2.75, 3.75]
    report = analyze(run)
    assert report.finding("missing_validation").summary.startswith(said)
    assert report.selection.best is None
