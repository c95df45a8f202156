from __future__ import annotations

import signal

import pytest

from curvewise.deployment._signals import ending_raises, undisturbed
from tests.interrupted_stream import InterruptedStream


@pytest.mark.parametrize(
    ("number", "ending"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)],
)
def test_what_a_library_makes_of_a_signal_does_not_hide_it(
    number: signal.Signals, ending: type[BaseException]
) -> None:
    with pytest.raises(ending) as caught, ending_raises():
        try:
            signal.raise_signal(number)
        except BaseException:
            raise RuntimeError("a generator did not stop") from None
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_an_error_without_a_signal_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="broken"), ending_raises():
        raise RuntimeError("broken")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_first_signal_is_answered_also_amid_a_line() -> None:
    raw = InterruptedStream()
    stream = raw.as_text()
    with undisturbed(lambda line: print(line, file=stream)):
        print("a: being removed", file=stream)
    first, second = raw.data.decode().splitlines()
    assert first == "a: being removed"
    assert "once more leaves them" in second
