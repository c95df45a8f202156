"""By which format a file is recognised, whatever its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise import plugin
from tests.sources.folders import (
    CSV,
    find,
    lay_out,
    state,
    trainer_log,
)

SAMPLES = {
    "trainer_state": state(50),
    "trainer_log": trainer_log(50),
    "jsonl_metrics": '{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n',
    "tabular": CSV,
    "wandb_export": '"Step","a - loss","a - loss__MIN","a - loss__MAX"\n"1","2","2","2"\n',
    "tinker_checkpoints": '{"name": "a", "batch": 1, "sampler_path": "tinker://a"}\n{"batch": 2}\n',
    "mlflow_metric": "1628697792090 3.5 0\n",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_one_format_recognises_each_sample(name: str, tmp_path: Path) -> None:
    document = find(lay_out(tmp_path, {"file": SAMPLES[name]}) + "/file", {}).documents[0]
    specific = [
        each.name for each in plugin.formats().values() if not each.generic and each.recognise(document)
    ]
    generic = [each.name for each in plugin.formats().values() if each.generic and each.recognise(document)]
    assert (specific or generic) == [name]
