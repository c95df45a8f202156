"""Tables with one row a value."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from curvewise.errors import MixedRunsError
from curvewise.loading import load

EXAMPLE = b"metric,step,value\nval/loss,20,1.5\ntrain/loss,10,2.0\ntrain/loss,20,1.0\nval/loss,10,\n"
"""A file of this format; the contract of formats holds of it."""


def test_each_metric_stands_over_its_own_steps_whatever_the_order(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_bytes(EXAMPLE)
    run = load(tmp_path / "metrics.csv")
    assert run["train_loss"].value.tolist() == [2.0, 1.0]
    assert run["full_valid_loss"].step.tolist() == [20]
    assert run.notes == ()


@pytest.mark.parametrize(
    "header",
    ["run_uuid,key,step,value", "run.hash,metric.name,step,value", "run,metricName,step,metricValue"],
)
def test_exports_of_databases_and_trackers(header: str, tmp_path: Path) -> None:
    rows = "".join(f"r,loss,{step},{2 / step}\nr,eval_loss,{step},{3 / step}\n" for step in (1, 2, 3))
    (tmp_path / "a.csv").write_text(f"{header}\n{rows}")
    assert load(tmp_path / "a.csv")["full_valid_loss"].value.tolist() == [3.0, 1.5, 1.0]
    (tmp_path / "b.csv").write_text(f"{header}\n{rows}s,loss,1,2.0\n")
    with pytest.raises(MixedRunsError):
        load(tmp_path / "b.csv")


def test_an_export_of_neptune(tmp_path: Path) -> None:
    (tmp_path / "A-1_part_0.parquet").write_bytes(neptune("A-1"))
    run = load(tmp_path / "A-1_part_0.parquet")
    assert run["train_loss"].step.tolist() == [1, 2, 3]
    assert run["full_valid_loss"].step.tolist() == [3]


def neptune(run: str) -> bytes:
    """Write a run in the schema of neptune-exporter 0.1."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    from decimal import Decimal

    rows: list[tuple[str, str, Decimal | None, float]] = [
        ("train/loss", "float_series", Decimal(step), 2 / step) for step in (1, 2, 3)
    ]
    rows += [("val/loss", "float_series", Decimal(3), 1.5), ("sys/size", "float", None, 9.0)]
    count = len(rows)
    table = pa.table(
        {
            "project_id": pa.array(["ana/tuning"] * count),
            "run_id": pa.array([run] * count),
            "attribute_path": pa.array([row[0] for row in rows]),
            "attribute_type": pa.array([row[1] for row in rows]),
            "step": pa.array([row[2] for row in rows], pa.decimal128(18, 6)),
            "timestamp": pa.array([0] * count, pa.timestamp("ms", tz="UTC")),
            "int_value": pa.nulls(count, pa.int64()),
            "float_value": pa.array([row[3] for row in rows], pa.float64()),
            "string_value": pa.nulls(count, pa.string()),
            "string_set_value": pa.nulls(count, pa.list_(pa.string())),
            "file_value": pa.nulls(count, pa.struct([("path", pa.string())])),
        }
    )
    out = BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()
