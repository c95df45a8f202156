from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.secrets import Redaction, Secret
from tests.providers.conftest import CANARY

OURS = Redaction([Secret(CANARY)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"key {CANARY}.", "key [redacted]."),
        (CANARY.upper(), "[redacted]"),
        (f"{CANARY}{CANARY}", "[redacted][redacted]"),
        (
            "Incorrect API key provided: sk-cana***************WXYZ.",
            "Incorrect API key provided: [redacted].",
        ),
        ("key sk-canary-01...YZ", "key [redacted]"),
        ("key sk-can\u2026WXYZ!", "key [redacted]!"),
        ("ends in ***WXYZ", "ends in [redacted]"),
        ("twice sk-ca***YZ and sk-ca***YZ", "twice [redacted] and [redacted]"),
        ("Authorization: Bearer abc.DEF-123_4", "Authorization: Bearer [redacted]"),
        ("token eyJhbGciOiJub25l.eyJzdWIiOiIxMjM0.sig-natu_re", "token [redacted]"),
        ("another's sk-proj-abcdefghij_klmnopqrstuvwx", "another's [redacted]"),
        ("another's sk-abcdefghijklmnopqrstuvwx", "another's [redacted]"),
        ("another's sk-ab***yz", "another's [redacted]"),
        ("https://user:pass@host/path", "https://[redacted]@host/path"),
        ("https://host/f?sv=2024&sig=a%2Fb%3D&se=1", "https://host/f?sv=2024&sig=[redacted]&se=1"),
        ("https://host/f?api-key=12ab", "https://host/f?api-key=[redacted]"),
        ("https://host/f?a=1&X-Amz-Signature=12ab", "https://host/f?a=1&X-Amz-Signature=[redacted]"),
    ],
)
def test_secrets_are_replaced(text: str, expected: str) -> None:
    assert OURS.text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Step 20/300: training loss=0.43, validation loss=0.5",
        "ft:gpt-4o-mini-2024-07-18:acme:sk-learn-classifier-v2-final:AbC123:ckpt-step-20",
        "gpt-4.1-mini-2025-04-14.ft-0123456789abcdef0123456789abcdef-task-force",
        "Validating training file: file-abc123... done",
        "*** Training started ***",
        "Bearer authentication is needed",
        "https://host/v1/files?limit=100&after=file-abc",
        "max_token=4096; a key is missing",
        "write to someone@example.com",
        "wait... and see",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert OURS.text(text) == text


def test_a_short_key_is_a_word_and_stays() -> None:
    assert Redaction([Secret("none")]).text("there are none") == "there are none"


def test_values_are_redacted_deep_down_and_numbers_kept() -> None:
    value: Any = {"a": [1.5, None, True, {"b": f"x{CANARY}"}], CANARY: 0.0}
    assert OURS.value(value) == {"a": [1.5, None, True, {"b": "x[redacted]"}], "[redacted]": 0.0}


def test_bytes_lose_only_what_is_known() -> None:
    data = b"\xff\x00sk-ab***yz https://u:p@h " + CANARY.encode() + b",1.50\r\n"
    assert OURS.data(data) == b"\xff\x00sk-ab***yz https://u:p@h [redacted],1.50\r\n"
    assert Redaction().data(data) == data


def test_an_escape_in_json_hides_nothing() -> None:
    escaped = json.dumps({"m": CANARY}).replace("s", "\\u0073")
    assert "canary" in escaped
    assert OURS.touches(escaped)
    assert not OURS.touches('{"m": "Step 1/2: training loss=0.4"}')


def test_a_secret_that_comes_later_is_known_from_then_on() -> None:
    redaction = Redaction()
    redaction.add(Secret("late-secret-1"))
    redaction.add(Secret("late-secret-1"))
    assert redaction.text("late-secret-1 late-secret-2") == "[redacted] late-secret-2"


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_no_writing_of_a_secret_gets_through(secret: str, before: str, after: str) -> None:
    redaction = Redaction([Secret(secret)])
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret.upper()):
        text = f"{before}{form}{after}"
        data = redaction.data(text.encode("utf-8", "replace")).decode()
        for shown in (redaction.text(text), data):
            assert form not in shown.replace("[redacted]", " ")


PIECES = (
    CANARY, CANARY.upper(), "Bearer ", "bearer", "eyJ", "abcdefgh1", ".", "...", "sk-", "SK-", "proj-", "***",
    "https", "://", "user:pass", "@", "?", "&", ";", "api-key", "sig", "=", "WXYZ", " ", "\n", "sk-can",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_looking_for_signs_first_changes_nothing(text: str) -> None:
    searched = OURS.text(f"{text} \N{SNOWMAN}")  # beyond ASCII, all shapes are looked for
    assert f"{OURS.text(f'{text} ')}\N{SNOWMAN}" == searched


def test_a_long_text_takes_no_time_to_speak_of() -> None:
    for text in ("A" * 300_000, "sk-" * 100_000, "." * 300_000, "://" + "a" * 300_000, "?" + "key" * 100_000):
        OURS.text(text)


def test_no_representation_shows_a_secret() -> None:
    assert "canary" not in f"{OURS!r} {Secret(CANARY)!r} {Secret(CANARY)}"
