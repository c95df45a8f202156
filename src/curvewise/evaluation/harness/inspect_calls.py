"""Model calls of Inspect AI: answered from the cache, held to the budget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import anyio
import msgspec
from inspect_ai.model import Model, ModelAPI, ModelOutput

from curvewise.evaluation.harness.answer_cache import AnswerCache, CachedAnswer, digest
from curvewise.evaluation.harness.budget import Spending
from curvewise.evaluation.logs.inspect_samples import tokens_from_usage
from curvewise.model.evaluation import Tokens

TRANSPORT = {
    "max_connections", "adaptive_connections", "max_retries", "timeout", "attempt_timeout",
    "stream_idle_timeout", "cache", "cache_prompt", "batch",
}  # fmt: skip
"""Settings that do not affect an answer."""

NOTHING = Tokens()


SampleKey = tuple[str, str, int, int]
"""Contender, sample, attempt, and number of earlier failures of the attempt."""

CURRENT_SAMPLE: ContextVar[SampleKey | None] = ContextVar("CURRENT_SAMPLE", default=None)
"""The running sample; set when Inspect AI schedules it."""


OVERHEAD = 16
"""Tokens that a message may have besides its text."""


class BudgetSpentError(Exception):
    """The next call could exceed the budget."""


class ModelCalls:
    """All calls of models in this process."""

    def __init__(self, answers: AnswerCache, spending: Spending, models: dict[str, str]) -> None:
        self.answers = answers
        self.spending = spending
        self.models = models
        self.full = False  # no sample fits into the budget
        self.spent = False  # no call fits into the budget
        self.closing = False
        self.abandoned: set[SampleKey] = set()
        self._settled = anyio.Event()
        self._longest = 0
        self._ratio = 0.0
        for entry in answers:
            if entry.tokens is not None:
                spending.spend(self._payer(entry.contender, entry.model), entry.tokens)

    def install(self) -> None:
        """Route the calls of every model created from now on through this object, graders included."""
        made = Model.__init__

        def make(model: Model, api: ModelAPI, *arguments: Any, **named: Any) -> None:
            made(model, api, *arguments, **named)
            ask = api.generate

            async def generate(input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:  # noqa: A002 - as Inspect AI passes it
                return await self._generate(str(model), ask, input, tools, tool_choice, config)

            vars(api)["generate"] = generate

        Model.__init__ = make  # type: ignore[method-assign, assignment]  # all models go through here

    async def _generate(
        self,
        model: str,
        ask: Callable[..., Awaitable[Any]],
        messages: list[Any],
        tools: Any,
        choice: Any,
        config: Any,
    ) -> Any:
        sample = CURRENT_SAMPLE.get()
        if sample is None:
            return await ask(input=messages, tools=tools, tool_choice=choice, config=config)
        asked = [message.model_dump(mode="json", exclude={"id"}) for message in messages]
        offered = [tool.model_dump(mode="json", exclude_none=True) for tool in tools]
        chosen = choice if isinstance(choice, str) else choice.model_dump(mode="json")
        settings = config.model_dump(mode="json", exclude_none=True, exclude=TRANSPORT)
        payer = self._payer(contender := sample[0], model)
        key = digest(sample, "" if payer else model, asked, offered, chosen, settings)
        number, known = self.answers.look_up(key)
        if known is not None:
            return ModelOutput.model_validate(known.output)
        size = size_of(messages) + len(msgspec.json.encode(offered))
        bound = await self._admit(payer, size, config.max_tokens, sample)
        spent: Tokens | None = NOTHING
        try:
            result = await ask(input=messages, tools=tools, tool_choice=choice, config=config)
            output = result[0] if isinstance(result, tuple) else result
            if isinstance(output, ModelOutput):
                usage = output.usage
                spent = None if usage is None else tokens_from_usage(usage.model_dump())
                self.answers.add(
                    CachedAnswer(
                        key=key,
                        number=number,
                        contender=contender,
                        model=model,
                        output=output.model_dump(mode="json", exclude_none=True),
                        tokens=spent,
                    )
                )
            return result
        finally:
            self._learn(size, spent)
            self.spending.settle(payer, bound, spent)
            self._settled.set()
            self._settled = anyio.Event()

    def _payer(self, contender: str, model: str) -> str:
        """Return the contender whose price applies; graders have none."""
        return contender if self.models.get(contender) == model else ""

    async def _admit(self, payer: str, size: int, max_tokens: int | None, sample: SampleKey) -> Tokens:
        """Wait until a call fits into the budget, and return what is reserved for it."""
        while not self.closing and not self.spent:
            bound = self._bound(size, max_tokens)
            is_first = self.spending.budget.is_limited and bound.output == 0  # it shows how long answers are
            if self.spending.fits(payer, bound) and not (is_first and self.spending.under_way):
                self.spending.reserve(payer, bound)
                return bound
            if not self.spending.under_way:
                self.full = self.spent = True
            else:
                await self._settled.wait()
        if self.closing:
            await anyio.sleep_forever()  # the process ends when pending calls have returned
        self.abandoned.add(sample)
        raise BudgetSpentError("the budget is spent")

    def _bound(self, size: int, max_tokens: int | None) -> Tokens:
        """Return the most that a call may take.

        A token has at least one byte, and no more are read than at the worst ratio so far; without a limit an
        answer is assumed to have at most twice the tokens of the longest so far.
        """
        longest = max_tokens if max_tokens is not None else 2 * self._longest
        return Tokens(input=round(size * min(1.0, 1.1 * self._ratio or 1.0)), output=longest)

    def _learn(self, size: int, spent: Tokens | None) -> None:
        if spent is not None:
            self._longest = max(self._longest, spent.output)
            self._ratio = max(self._ratio, (spent.input + spent.cached) / max(1, size))


def size_of(messages: list[Any]) -> int:
    """Return the bytes of messages, an upper bound of their tokens unless they hold media."""
    size = 0
    for message in messages:
        calls = getattr(message, "tool_calls", None) or ()
        said = [message.text, *(f"{call.function}{msgspec.json.encode(call.arguments)!r}" for call in calls)]
        size += OVERHEAD + sum(len(text.encode("utf-8", "replace")) for text in said)
    return size
