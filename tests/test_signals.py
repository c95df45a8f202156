from __future__ import annotations

import signal
import threading

from curvewise.signals import background_printer

from .interrupted_stream import InterruptedStream


def test_a_line_of_a_signal_amid_another_line_is_told() -> None:
    raw = InterruptedStream()
    stream = raw.as_text()
    before = signal.getsignal(signal.SIGINT)
    try:
        with background_printer(lambda line: print(line, file=stream)) as tell:
            signal.signal(signal.SIGINT, lambda *_: tell("stopping"))
            print("working", file=stream)
    finally:
        signal.signal(signal.SIGINT, before)
    assert raw.data == b"working\nstopping\n"


def test_lines_keep_their_order_and_no_thread_is_left() -> None:
    told: list[str] = []
    with background_printer(told.append) as tell:
        for line in "abc":
            tell(line)
    assert told == ["a", "b", "c"]
    assert not [thread for thread in threading.enumerate() if thread.name == "background printer"]
