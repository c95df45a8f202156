from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_runs_that_show_it(diagnosed: Callable[[str], Report]) -> None:
    for exhibit in ("kl_blowup", "clipped_updates"):
        report = diagnosed(exhibit)
        assert report.diagnosis.name == "kl_blowup"
        assert exhibit in report.diagnosis.findings
        assert report.diagnosis.use is not None
    assert diagnosed("kl_blowup").diagnosis.summary.startswith("KL blow-up: the KL divergence")
