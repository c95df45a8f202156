from __future__ import annotations

from threading import Barrier, Event, Lock

import pytest

from curvewise.services.concurrency import in_parallel


def test_results_keep_the_order_of_the_calls() -> None:
    first, second = Event(), Event()

    def slow() -> int:
        assert second.wait(10)
        first.set()
        return 1

    def fast() -> int:
        second.set()
        return 2

    assert in_parallel([slow, fast]) == [1, 2]
    assert first.is_set()


def test_calls_run_at_the_same_time() -> None:
    together = Barrier(4, timeout=10)
    assert sorted(in_parallel([together.wait] * 4)) == [0, 1, 2, 3]


def test_no_more_at_once_than_allowed() -> None:
    lock, now, most = Lock(), 0, 0

    def call() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1

    in_parallel([call] * 20, at_once=2)
    assert most <= 2


def test_the_first_error_in_order_is_raised_after_all_have_ended() -> None:
    done: list[int] = []

    def fail(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(ValueError, match="one"):
        in_parallel([lambda: fail("one"), lambda: fail("two"), lambda: done.append(3)])
    assert done == [3]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_number_of_calls(count: int) -> None:
    assert in_parallel([lambda: 7] * count) == [7] * count
