"""A stand-in of a model server: an OpenAI-compatible API on loopback with models of known skill.

It answers ``POST /v1/chat/completions``, tools included. A model that is offered a tool calls it once, with
what the question asks about, and then answers with what the tool returned: the right answer. How often it
is right, and how much it writes, is known in advance, and so is what every call takes, to the token.

>>> from tests.standin.models import ModelServer, Skill
>>> with ModelServer({"step-70": Skill(right=0.9, words=40)}) as server:
...     server.url
'http://127.0.0.1:.../v1'
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec

from tests.standin.messages import Answer, json_answer
from tests.standin.wire import Loopback

KEY = "sk-standin-opens-nothing-0000"
SHARED = 0.8
"""Share of the questions whose difficulty is the same for all models; the rest is each model's own luck."""


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """How good a model is, and how much it writes.

    Parameters
    ----------
    right
        Share of the questions that it answers rightly.
    words
        Tokens that it writes before it answers.
    reasoning
        How many of them are reasoning.
    cached
        Tokens of each second call that come out of the cache.
    """

    right: float
    words: int
    reasoning: int = 0
    cached: int = 0


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was answered.

    Parameters
    ----------
    model, question
        Who was asked what.
    turn
        0 for the question, 1 after the result of a tool, and so on.
    digest
        Of all that was sent.
    prompt, completion, cached, reasoning
        Tokens, as the answer states them: ``prompt`` with cached ones, ``completion`` with reasoning.
    at
        When the answer was sent, by ``time.time``.
    """

    model: str
    question: str
    turn: int
    digest: str
    prompt: int
    completion: int
    cached: int
    reasoning: int
    at: float = 0.0


class ModelServer(Loopback):
    """Models on loopback; use it with ``with``.

    Parameters
    ----------
    models
        Skill by name.
    latency
        Seconds before each answer.
    failing
        Questions that contain one of these words are answered with an error of the server.
    """

    def __init__(
        self, models: Mapping[str, Skill], *, latency: float = 0.0, failing: tuple[str, ...] = ()
    ) -> None:
        self.models = models
        self.latency = latency
        self.failing = failing
        self.paid: list[Paid] = []
        self._lock = Lock()

    @property
    def url(self) -> str:
        """Base URL, as ``OPENAI_BASE_URL`` has it."""
        return f"{super().url}/v1"

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a call, and count it once it is answered."""
        del method, target, headers  # there is one thing to ask for, and nobody is refused
        status, content, paid = self.answer(json.loads(body))
        if self._listener is not None:
            self._listener.closing.wait(self.latency)
        if paid is not None:
            self.count(msgspec.structs.replace(paid, at=time.time()))
        return json_answer(content, status)

    def repeated(self) -> dict[str, int]:
        """Count the calls that were answered more than once, by digest."""
        counts = Counter(call.digest for call in self.paid)
        return {digest: count for digest, count in counts.items() if count > 1}

    def answer(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], Paid | None]:
        """Answer a request: status, body, and what it costs."""
        skill = self.models.get(body.get("model", ""))
        if skill is None:
            return 404, _error(f"The model {body.get('model')!r} does not exist"), None
        messages = body["messages"]
        question = next(_text(message) for message in messages if message["role"] == "user")
        if any(word in question for word in self.failing):
            return 400, _error("The server had an error processing your request"), None
        results = [_text(message) for message in messages if message["role"] == "tool"]
        if body.get("tools") and not results:
            message = _call(body["tools"][0]["function"], question)
            words = len(question.split())
        else:
            found = results[-1] if results else question
            right = luck(body["model"], question) < skill.right
            answer = found if right else f"not {found}"
            message = {"role": "assistant", "content": f"{'well ' * skill.words}ANSWER: {answer}"}
            words = skill.words + 2
        cached = skill.cached if results else 0
        paid = Paid(
            model=body["model"],
            question=question,
            turn=len(results),
            digest=hashlib.sha256(json.dumps([body["model"], messages]).encode()).hexdigest(),
            prompt=sum(len(_text(message).split()) + 4 for message in messages) + cached,
            completion=words,
            cached=cached,
            reasoning=min(skill.reasoning, words),
        )
        return 200, _completion(body["model"], message, paid), paid

    def count(self, paid: Paid) -> None:
        """Count a call."""
        with self._lock:
            self.paid.append(paid)


def luck(model: str, question: str) -> float:
    """Return a number from 0 to 1 that is fixed for a model and a question; it is right below its skill.

    Most questions are as hard for one model as for another.
    """
    own, shared = _uniform(model, question), _uniform("", question)
    return shared if _uniform("shared", question) < SHARED else own


def _uniform(*parts: str) -> float:
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:6]) / 2**48


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _call(function: Mapping[str, Any], question: str) -> dict[str, Any]:
    """Call a tool with the last word of the question, without its mark."""
    names = list(function.get("parameters", {}).get("properties", {}))
    arguments = json.dumps({names[0]: question.split()[-1].rstrip("?.")}) if names else "{}"
    called = {"name": function["name"], "arguments": arguments}
    identity = f"call_{hashlib.sha256(question.encode()).hexdigest()[:12]}"
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": identity, "type": "function", "function": called}],
    }


def _completion(model: str, message: dict[str, Any], paid: Paid) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{paid.digest[:16]}",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
            }
        ],
        "usage": {
            "prompt_tokens": paid.prompt,
            "completion_tokens": paid.completion,
            "total_tokens": paid.prompt + paid.completion,
            "prompt_tokens_details": {"cached_tokens": paid.cached},
            "completion_tokens_details": {"reasoning_tokens": paid.reasoning},
        },
    }


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
