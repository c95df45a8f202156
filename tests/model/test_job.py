from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.model.job import Job, job_from_api

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "id", "status", "model", "method", "error", "result_files", "created_at", "finished_at",
    "estimated_finish", "trained_tokens", "fine_tuned_model", "user_provided_suffix", "suffix",
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "phase", "rests"),
    [
        ("validating_files", "waiting", False), ("queued", "waiting", False), ("pending", "waiting", False),
        ("running", "running", False), ("paused", "paused", True), ("succeeded", "over", True),
        ("failed", "over", True), ("cancelled", "over", True), ("a new word", "running", False),
        ("", "running", False),
    ],
)  # fmt: skip
def test_where_a_job_stands(status: str, phase: str, rests: bool) -> None:
    job = Job(id="ftjob-1", status=status)
    assert (job.phase, job.rests) == (phase, rests)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, None), ({}, None), ({"code": None, "message": None, "param": None}, None),
        ({"code": "quota", "message": "no more", "param": None}, "no more (quota)"),
    ],
)  # fmt: skip
def test_the_empty_error_of_a_healthy_job_is_none(error: Any, expected: str | None) -> None:
    assert job_from_api({"id": "ftjob-1", "error": error}).error == expected


def test_a_job_as_the_api_gives_it() -> None:
    job = job_from_api(
        {
            "id": "ftjob-1", "status": "succeeded", "model": "base", "fine_tuned_model": "tuned",
            "method": {"type": "reinforcement"}, "user_provided_suffix": "mine", "created_at": 10,
            "finished_at": 20, "trained_tokens": 0, "result_files": ["file-1", None],
        },
        "azure",
    )  # fmt: skip
    assert (job.provider, job.kind, job.name, job.base_model, job.final_model) == (
        "azure", "rft", "mine", "base", "tuned",
    )  # fmt: skip
    assert (job.created_at, job.finished_at, job.trained_tokens) == (10.0, 20.0, 0)
    assert job.result_files == ("file-1",)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_a_field_of_another_type_counts_as_absent(value: dict[str, Any]) -> None:
    job = job_from_api(value)
    assert isinstance(job.id, str)
    assert isinstance(job.status, str)
    assert job.created_at is None or job.created_at == job.created_at
    assert all(isinstance(name, str) for name in job.result_files)
