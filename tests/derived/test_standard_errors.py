from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import curvewise as cw


@pytest.mark.parametrize("ending", ["_stderr", ",stderr", "_std_err", "_se"])
def test_a_column_of_standard_errors_belongs_to_its_metric(ending: str, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    name = f'"val_loss{ending}"'
    file.write_text(f"step,train_loss,val_loss,{name}\n1,1.0,1.1,0.1\n2,0.9,,\n3,0.8,0.9,0.2\n")
    run = cw.load(file)
    errors = run["full_valid_loss"].standard_error
    assert errors is not None
    assert errors.tolist() == [0.1, 0.2]
    assert not any("err" in metric for metric in run.metrics)


def test_where_an_error_is_blank_it_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("step,val_loss,val_loss_stderr\n1,1.1,0.1\n2,0.9,\n")
    errors = cw.load(file)["full_valid_loss"].standard_error
    assert errors is not None
    assert np.isnan(errors[1])


def test_a_column_without_its_metric_stays(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("step,val_loss,other_stderr\n1,1.1,0.1\n2,0.9,0.2\n")
    assert "other_stderr" in cw.load(file).metrics
