"""A stand-in of Azure Resource Manager: the deployments of one resource, on loopback.

The SDK ``azure-mgmt-cognitiveservices`` speaks to it as it does to Azure: deployments are put, take their
time, are listed, got and deleted. What goes wrong is said in advance. Beside them it answers, as the resource
itself would, whether a deployment that is called is ready.

>>> from tests.standin.arm import ArmStandin
>>> with ArmStandin() as server:
...     server.environment()["AZURE_RESOURCE_MANAGER_ENDPOINT"]
'http://127.0.0.1:...'
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from tests.standin.messages import Answer, json_answer
from tests.standin.wire import Loopback

TOKEN = "token-of-the-standin-opens-nothing-0000"  # noqa: S105 - it opens nothing
SUBSCRIPTION, GROUP, ACCOUNT = "00000000-0000-4000-8000-000000000001", "standin-group", "standin-openai"

_ACCOUNT_PATH = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.CognitiveServices/accounts/(?P<account>[^/]+)/(?P<rest>.+)",
    re.IGNORECASE,
)
_CHAT = re.compile(r"/openai/v1/chat/completions|/openai/deployments/(?P<name>[^/]+)/chat/completions")


class Request(msgspec.Struct, frozen=True):
    """A request that was answered: what was asked, without the token, and the status of the answer."""

    method: str
    path: str
    body: Any
    status: int


class _Kept:
    """A deployment as it is listed, and how many looks it takes until it is what it shall be."""

    def __init__(self, value: dict[str, Any], looks: int, end: str) -> None:
        self.value, self.looks, self.end = value, looks, end

    def look(self) -> str:
        """Count a look; return the state."""
        properties = self.value["properties"]
        if properties["provisioningState"] in ("Creating", "Deleting"):
            self.looks -= 1
            if self.looks < 0:
                properties["provisioningState"] = self.end
        return str(properties["provisioningState"])


class ArmStandin(Loopback):
    """Azure Resource Manager on loopback; use it with ``with``.

    Parameters
    ----------
    looks, looks_until_gone
        Times that somebody has to look until a deployment is there, and until it is gone.
    fails
        Models whose deployment fails in the end, with what Azure says.
    refuses
        Models whose deployment is refused at once: status, code and message.
    capacity
        Thousands of tokens a minute that the quota allows in all.
    busy
        Changes that are refused, since another one goes on, before the first is taken.
    not_ready
        Calls of each deployment that are refused after it is there.
    lost
        Changes that are made, and whose answer is lost on the way.
    answers
        Status, code and message for every request, instead of an answer; None for none.
    retry_after
        Seconds after which such an answer says that the request may come again; None when it does not say.
    operations
        Whether it tells of an address where the operation can be asked for, as Azure does.
    token
        The one token that it accepts.
    """

    def __init__(
        self,
        *,
        looks: int = 1,
        looks_until_gone: int = 1,
        fails: Mapping[str, str] | None = None,
        refuses: Mapping[str, tuple[int, str, str]] | None = None,
        capacity: int = 1000,
        busy: int = 0,
        not_ready: int = 0,
        lost: int = 0,
        answers: tuple[int, str, str] | None = None,
        retry_after: float | None = None,
        operations: bool = True,
        token: str = TOKEN,
    ) -> None:
        self.looks, self.looks_until_gone = looks, looks_until_gone
        self.capacity, self.busy, self.not_ready = capacity, busy, not_ready
        self.fails, self.refuses = fails or {}, refuses or {}
        self.lost, self.retry_after = lost, retry_after
        self.answers, self.operations, self.token = answers, operations, token
        self.requests: list[Request] = []
        self._kept: dict[str, _Kept] = {}
        self._called: dict[str, int] = {}
        self._lock = Lock()

    @property
    def resource_id(self) -> str:
        """Id of the resource that it knows."""
        return (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
            f"/providers/Microsoft.CognitiveServices/accounts/{ACCOUNT}"
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that lead a client here."""
        return {
            "AZURE_RESOURCE_MANAGER_ENDPOINT": self.url,
            "AZURE_RESOURCE_MANAGER_TOKEN": self.token,
            "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
            "AZURE_RESOURCE_GROUP": GROUP,
            "AZURE_AOAI_ACCOUNT": ACCOUNT,
        }

    @property
    def running(self) -> dict[str, str]:
        """State by name of what exists, and may cost money."""
        with self._lock:
            return {name: kept.value["properties"]["provisioningState"] for name, kept in self._kept.items()}

    def changes(self) -> list[str]:
        """Return the changes that were asked for: ``PUT name``, ``DELETE name``."""
        asked = (call for call in self.requests if call.method in ("PUT", "DELETE"))
        return [f"{call.method} {call.path.rpartition('/')[2]}" for call in asked]

    def put(self, name: str, model: str, *, tags: Mapping[str, str] | None = None) -> None:
        """Let a deployment exist."""
        body = {
            "sku": {"name": "Standard", "capacity": 10},
            "properties": {"model": {"format": "OpenAI", "name": model, "version": "1"}},
            "tags": dict(tags or {}),
        }
        value = self._value(name, body)
        value["properties"]["provisioningState"] = "Succeeded"
        self._kept[name] = _Kept(value, 0, "Succeeded")

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request, or break the connection."""
        with self._lock:
            path, asked = unquote(urlsplit(target).path), json.loads(body) if body else None
            answer = self._answer(method, path, headers, asked)
            if method in ("PUT", "DELETE") and answer.status < 300 and self.lost > 0:
                self.lost -= 1
                answer = Answer(0, dropped=True)
            self.requests.append(Request(method, path, asked, answer.status))
        return answer

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        if headers.get("authorization", "").removeprefix("Bearer ") != self.token:
            sent = headers.get("authorization", "")  # a careless service: it says what it was sent
            return _refuse(401, "InvalidAuthenticationToken", f"The access token is invalid: {sent}")
        if self.answers is not None:
            wait = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
            return _refuse(*self.answers, headers=wait)
        if chat := _CHAT.fullmatch(path):
            return self._call(chat["name"] or str((body or {}).get("model")))
        parts = _ACCOUNT_PATH.fullmatch(path)
        if parts is None:
            return _refuse(404, "InvalidResourceType", f"There is nothing at {path}")
        if (unknown := _unknown(parts.groupdict())) is not None:
            return unknown
        kind, _, name = parts["rest"].partition("/")
        if kind == "operations":
            return self._operation(name)
        if method == "PUT":
            return self._put(name, body)
        if method == "DELETE":
            return self._delete(name)
        return self._get(name) if name else self._list()

    def _list(self) -> Answer:
        for kept in self._kept.values():
            kept.look()
        self._sweep()
        return json_answer({"value": [kept.value for kept in self._kept.values()]})

    def _get(self, name: str) -> Answer:
        if (kept := self._kept.get(name)) is None:
            return _refuse(404, "DeploymentNotFound", f"The deployment {name} was not found")
        kept.look()
        self._sweep()
        return json_answer(kept.value)

    def _put(self, name: str, body: Mapping[str, Any]) -> Answer:
        if (conflict := self._conflict()) is not None:
            return conflict
        model = body["properties"]["model"]["name"]
        if model in self.refuses:
            return _refuse(*self.refuses[model])
        asked = body["sku"]["capacity"]
        used = sum(kept.value["sku"]["capacity"] for kept in self._kept.values())
        if used + asked > self.capacity:
            return _refuse(
                400,
                "InsufficientQuota",
                f"This operation require {asked} new capacity in quota Tokens Per Minute (thousands), which "
                f"is bigger than the current available capacity {self.capacity - used}.",
            )
        end = "Failed" if model in self.fails else "Succeeded"
        kept = self._kept[name] = _Kept(self._value(name, body), self.looks, end)
        return json_answer(kept.value, 201, self._operation_headers(name))

    def _delete(self, name: str) -> Answer:
        if (conflict := self._conflict()) is not None:
            return conflict
        if name not in self._kept:
            return Answer(204)
        kept = self._kept[name]
        kept.value["properties"]["provisioningState"] = "Deleting"
        kept.looks, kept.end = self.looks_until_gone, "gone"
        headers = {**self._operation_headers(name), "location": self._operation_address(name)}
        return Answer(202, headers=headers)

    def _conflict(self) -> Answer | None:
        if self.busy <= 0:
            return None
        self.busy -= 1
        return _refuse(
            409,
            "RequestConflict",
            f"Another operation is being performed on the parent resource '{self.resource_id}'.",
        )

    def _operation(self, name: str) -> Answer:
        kept = self._kept.get(name)
        state = kept.look() if kept is not None else "gone"
        self._sweep()
        if state == "gone":
            return json_answer({"status": "Succeeded"})
        if state == "Failed" and kept is not None:
            said = self.fails[kept.value["properties"]["model"]["name"]]
            return json_answer({"status": "Failed", "error": {"code": "DeploymentFailed", "message": said}})
        return json_answer({"status": state})

    def _operation_address(self, name: str) -> str:
        return f"{self.url}{self.resource_id}/operations/{name}?api-version=2024-10-01"

    def _operation_headers(self, name: str) -> dict[str, str]:
        return {"azure-asyncoperation": self._operation_address(name)} if self.operations else {}

    def _sweep(self) -> None:
        for name, kept in list(self._kept.items()):
            if kept.value["properties"]["provisioningState"] == "gone":
                del self._kept[name]

    def _call(self, name: str) -> Answer:
        kept = self._kept.get(name)
        if kept is None or kept.value["properties"]["provisioningState"] != "Succeeded":
            return _refuse(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        self._called[name] = self._called.get(name, 0) + 1
        if self._called[name] <= self.not_ready:
            return _refuse(409, "DeploymentNotReady", "The deployment is not ready yet. Try again later.")
        return _refuse(400, "invalid_request_error", "[] is too short - 'messages'")

    def _value(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "id": f"{self.resource_id}/deployments/{name}",
            "name": name,
            "type": "Microsoft.CognitiveServices/accounts/deployments",
            "sku": dict(body["sku"]),
            "properties": {**body["properties"], "provisioningState": "Creating"},
            "tags": dict(body.get("tags") or {}),
        }


def _unknown(parts: Mapping[str, str]) -> Answer | None:
    """Refuse what belongs to no resource that there is."""
    if parts["subscription"] != SUBSCRIPTION:
        return _refuse(404, "SubscriptionNotFound", f"The subscription {parts['subscription']} is unknown")
    if parts["group"] != GROUP:
        return _refuse(404, "ResourceGroupNotFound", f"Resource group '{parts['group']}' is unknown")
    if parts["account"] != ACCOUNT:
        return _refuse(404, "ResourceNotFound", f"The resource '{parts['account']}' was not found")
    return None


def _refuse(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    return json_answer({"error": {"code": code, "message": message}}, status, headers)
