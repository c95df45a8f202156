"""Real files of real runs: each is read, or refused for a reason, as written down here."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from curvewise.errors import CurvewiseError, MalformedError, MixedRunsError, UnknownFormatError
from curvewise.loading import load

FORMATS = {
    "bedrock": "tabular",
    "custom_csv": "tabular",
    "keras_csv": "tabular",
    "lightning_csv": "tabular",
    "llamafactory_trainer_log": "trainer_log",
    "openai_checkpoints_json": "openai_checkpoints",
    "openai_events_json": "openai_events",
    "openai_legacy_csv": "openai_results",
    "openai_rft_csv": "openai_rft_results",
    "openai_sft_csv": "openai_results",
    "ppo_progress_csv": "tabular",
    "tinker_jsonl": "jsonl_metrics",
    "trainer_state": "trainer_state",
    "trainer_state_excerpt": "trainer_state",
    "wandb_export_csv": "wandb_export",
}

# A file by the beginning of its name; its kind; of one metric its points, last step and last value.
READ = """
bedrock/aws-samples__step_wise              sft train_loss               45       45   0.00422
bedrock/aws-samples__validation             sft full_valid_loss           3       45    0.0167
custom_csv/adhikarinarayan                  sft train_loss               90      450     1.885
keras_csv/DeepDiagnosis                     sft full_valid_loss         100      100     2.302
keras_csv/microsoft-foundry                 sft full_valid_loss           8        8     1.238
lightning_csv/Goreg12345                    sft train_loss               28     1399    0.2234
llamafactory_trainer_log/chandlerzuo        dpo train_loss               33      330    0.1345
llamafactory_trainer_log/hiyouga__ora_2023  sft full_valid_loss           9      900    1.1104
llamafactory_trainer_log/hiyouga__rec       sft train_loss               46      460    0.4866
llamafactory_trainer_log/hiyouga__son       sft train_loss                7       70    0.7809
llamafactory_trainer_log/hiyouga__ta_sft    sft full_valid_loss           3      351 0.0004058
llamafactory_trainer_log/hykun1989          dpo train_loss              202      202    0.4962
llamafactory_trainer_log/rameyjm7           sft train_loss              656     6560    0.3717
openai_checkpoints_json/MicrosoftDocs       sft full_valid_loss           3      100    1.8265
openai_events_json/MicrosoftDocs            sft train_loss                6      100  0.001648
openai_events_json/unknown__mutate          sft train_loss                1      240  3.46e-06
openai_legacy_csv/Murd1976                  sft train_loss              167      167    0.2085
openai_legacy_csv/RoboRate                  sft valid_loss               54      425    0.7822
openai_legacy_csv/minimaxir                 sft valid_loss               39      834    0.1684
openai_rft_csv/aparna                       rft full_valid_mean_reward   24      115     0.859
openai_sft_csv/QuantumApple99               sft valid_loss               59       59     1.333
openai_sft_csv/ankitg28                     sft full_valid_loss           3      300    0.1884
openai_sft_csv/ece1786                      sft valid_loss               24      231     6.643
openai_sft_csv/ltphongssvn                  sft full_valid_loss           1      158    0.9935
openai_sft_csv/openai__function             sft train_loss              309      309       0.0
openai_sft_csv/tadiwamark__step_metrics.csv sft valid_loss               85       85      1.25
openai_sft_csv/tadiwamark__step_metrics_1_  sft valid_loss               25      250    0.4581
ppo_progress_csv/openai__lts                rft train_mean_reward      3051 49987584     19.26
ppo_progress_csv/openai__ults               rft train_mean_reward      3051 49987584      8.85
tinker_jsonl/arvindcr4__exp                 rft train_mean_reward       100       99       1.0
trainer_state/IMJONEZZ                      rft train_mean_reward       250      250     1.333
trainer_state/LusterSourav__trainer_state   sft full_valid_loss           5      224     1.071
trainer_state/LusterSourav__translation     sft full_valid_loss           5       81    0.9121
trainer_state/RTiberiu                      sft full_valid_loss           3     2346    0.2156
trainer_state/Rusheel86                     rft train_mean_reward        40      200   -0.4868
trainer_state/XXX616519                     sft train_loss              120      600    0.0818
trainer_state/aigoncharov                   sft full_valid_loss/g0       31    12030     2.749
trainer_state/chandlerzuo                   dpo train_reward_margin      33      330   0.00249
trainer_state/hiyouga___sft                 sft full_valid_loss           3      351 0.0004058
trainer_state/hiyouga___checkpoint          sft full_valid_loss           9      900     1.761
trainer_state/hiyouga__M2                   sft full_valid_loss           1      100     1.591
trainer_state/hiyouga__a_2023               sft full_valid_loss           9      900    1.1104
trainer_state/laminair                      sft train_loss                1      500    0.2624
trainer_state/nihappy213                    sft train_loss               37      370    0.0063
trainer_state_excerpt/unknown               sft full_valid_loss           3      981       nan
wandb_export_csv/EleutherAI                 sft train_loss              400    95400     2.928
"""

FILES = [line.split() for line in READ.strip().splitlines()]

# The codes of the notes that the reader must give.
NOTES = {
    "keras_csv/DeepDiagnosis": ["row_number_as_step"],
    "llamafactory_trainer_log/hiyouga__ora_2023": ["best_reevaluated"],
    "llamafactory_trainer_log/hiyouga__rec": ["repeated_steps"],
    "llamafactory_trainer_log/hiyouga__son": ["repeated_steps"],
    "llamafactory_trainer_log/hiyouga__ta_sft": ["evaluation_pass"],
    "llamafactory_trainer_log/rameyjm7": ["restarted_steps", "repeated_steps"],
    "openai_events_json/MicrosoftDocs": ["incomplete_page"],
    "openai_rft_csv/aparna": ["ungraded_as_minus_one"],
    "openai_sft_csv/ankitg28": ["assumed_epochs"],
    "openai_sft_csv/tadiwamark__step_metrics_1_": ["base64"],
}

REFUSED: list[tuple[str, type[CurvewiseError], str]] = [
    # the documentation prints the data of an event without its step
    ("openai_events_json/openai-docs", MalformedError, "no step"),
    # scores of an evaluation of three models: no training run
    ("openai_rft_json/aparna", UnknownFormatError, "no known metrics file"),
]

# Read without a metric of the catalogue: a list of checkpoints, and a file not called like its metric.
OTHERS = ["tinker_jsonl/arvindcr4__periments", "mlflow/10-Academy"]

FOLDERS_OF_ONE_RUN = ["bedrock", "tinker_jsonl"]
FOLDERS_OF_SEVERAL_RUNS = [
    "keras_csv",
    "llamafactory_trainer_log",
    "openai_sft_csv",
    "ppo_progress_csv",
    "trainer_state",
]


def locate(corpus: Path, beginning: str) -> Path:
    folder, _, name = beginning.partition("/")
    found = [path for path in (corpus / folder).iterdir() if path.name.startswith(name)]
    assert len(found) == 1, f"{beginning} stands for {len(found)} files"
    return found[0]


@pytest.mark.parametrize("row", FILES, ids=[row[0] for row in FILES])
def test_is_read(corpus: Path, row: list[str]) -> None:
    beginning, kind, metric, points, last_step, last = row
    run = load(str(locate(corpus, beginning)))
    series = run[metric]
    assert (run.formats, run.kind) == ((FORMATS[beginning.partition("/")[0]],), kind)
    assert (len(series), series.last_step) == (int(points), int(last_step))
    assert np.isclose(series.value[-1], float(last), rtol=1e-3, atol=0, equal_nan=True)
    assert [note.code for note in run.notes] == NOTES.get(beginning, [])


@pytest.mark.parametrize(("beginning", "error", "reason"), REFUSED, ids=[row[0] for row in REFUSED])
def test_is_refused(corpus: Path, beginning: str, error: type[CurvewiseError], reason: str) -> None:
    with pytest.raises(error, match=re.escape(reason)) as caught:
        load(str(locate(corpus, beginning)))
    assert caught.value.hint
    assert caught.value.file


def test_tinker_checkpoints_are_names_to_deploy(corpus: Path) -> None:
    run = load(str(locate(corpus, OTHERS[0])))
    assert [saved.step for saved in run.checkpoints or ()] == [20, 40, 60, 80, 100]
    assert all("/sampler_weights/" in (saved.model or "") for saved in run.checkpoints or ())


def test_an_mlflow_metric_is_called_like_its_file(corpus: Path) -> None:
    path = locate(corpus, OTHERS[1])
    run = load(str(path))
    assert run[path.name].value[[0, -1]].round(1).tolist() == [332.7, 234.8]


@pytest.mark.parametrize("folder", FOLDERS_OF_ONE_RUN)
def test_the_files_of_one_run_are_joined(corpus: Path, folder: str) -> None:
    parts = [load(str(path)) for path in sorted((corpus / folder).iterdir())]
    assert set(load(str(corpus / folder)).metrics) >= {name for part in parts for name in part.metrics}


@pytest.mark.parametrize("folder", FOLDERS_OF_SEVERAL_RUNS)
def test_several_runs_in_a_folder_are_refused(corpus: Path, folder: str) -> None:
    with pytest.raises(MixedRunsError):
        load(str(corpus / folder))


def test_every_file_has_an_expected_outcome(corpus: Path) -> None:
    beginnings = [*(row[0] for row in FILES), *(row[0] for row in REFUSED), *OTHERS]
    expected = {locate(corpus, beginning) for beginning in beginnings}
    assert {path for path in corpus.glob("*/*") if path.is_file()} == expected
