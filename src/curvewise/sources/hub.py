"""Repositories of the Hugging Face Hub."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from importlib.util import find_spec
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.extras import load_extra
from curvewise.http import Endless, asked_wait, bounded, is_momentary
from curvewise.limits import LIST_SECONDS
from curvewise.model.api_object import as_list, text, whole
from curvewise.parsing.json_values import looks_like_json, read_json
from curvewise.plugin.source import Place, source
from curvewise.services.paging import bounded_pages
from curvewise.sources._mirror import CHUNK, RemoteFile, copied
from curvewise.sources._tries import again
from curvewise.storage.walk import CARD

Value = TypeVar("Value")

_ID = re.compile(r"(?!\.)[\w.-]{1,96}/(?!\.)[\w.-]{1,96}", re.ASCII)
_PAGE = re.compile(r"https://(?:huggingface\.co|hf\.co)/(?!api/|blog/|docs/|papers/|login)(?P<path>[^?#]+).*")
_KINDS = {"datasets": "dataset", "spaces": "space", "models": "model"}
_REPOSITORY = re.compile(
    r"(?:(?P<kind>models|datasets|spaces)/)?(?P<id>(?!\.)[\w.-]+/(?!\.)[\w.-]+?)(?:@(?P<revision>[^/]+))?"
    r"(?:/(?:(?P<view>tree|blob|resolve|raw)/(?P<ref>[^/]+)/?)?(?P<path>.*))?",
    re.ASCII,
)
_METRICS_FILE = re.compile(r".*\.(csv|tsv|jsonl?|log|txt|db|out|parquet|wandb|swanlab)", re.IGNORECASE)


def _is_repository(place: Place) -> bool:
    if place.scheme:
        return place.scheme.lower() == "hf" or _PAGE.fullmatch(place.text) is not None
    text = place.text
    if not _ID.fullmatch(text) or _METRICS_FILE.fullmatch(text):
        return False
    is_path = os.path.lexists(text) or os.path.lexists(text.split("/")[0])
    return not is_path and find_spec("huggingface_hub") is not None


@source(
    title="Repository of the Hugging Face Hub",
    recognised_by="an address hf://USER/MODEL, the id USER/MODEL where no such folder is, or the page of one",
    recognise=_is_repository,
)
def hub(place: Place) -> Place:
    """Copy the files of a repository that may hold metrics, and the model card with its table."""
    try:
        return copied(_Repository(place.text), place.mapping, wanted=lambda name: name == CARD)
    except ServiceError as error:
        if not place.scheme:
            error.hint = f"if a path was meant: there is no path {place.text!r} here; else {error.hint}"
        raise


class _Repository:
    """A repository, or a folder or file in it, as a `Remote`."""

    def __init__(self, text: str) -> None:
        page = _PAGE.fullmatch(text)
        match = _REPOSITORY.fullmatch(unquote(page["path"]) if page else text.removeprefix("hf://"))
        if match is None:
            raise UsageError("this names no repository of the Hub", hint="expected hf://USER/MODEL")
        self._id, self._kind = match["id"], _KINDS.get(match["kind"] or "", "model")
        self._revision = match["revision"] or match["ref"]
        self._path = (match["path"] or "").strip("/")
        kind = "" if self._kind == "model" else f"{self._kind}s/"
        self._repository = f"hf://{kind}{self._id}{f'@{self._revision}' if self._revision else ''}"
        self.address = f"{self._repository}/{self._path}".rstrip("/")

    def files(self) -> Iterator[RemoteFile]:
        """List the files of the repository below the path."""
        found = list(self._listed())
        for path, size in found:
            if path == self._path:
                yield RemoteFile(path.rpartition("/")[2], size, is_address=True)
                return
        prefix = f"{self._path}/" if self._path else ""
        for path, size in found:
            if path.startswith(prefix):
                yield RemoteFile(path.removeprefix(prefix), size)

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        """Read a file in pieces, by the connection of the library: no key follows a redirect elsewhere."""
        path = self._path if file.is_address else f"{self._path}/{file.name}".strip("/")
        with ExitStack() as stack:
            answer = self._told(lambda: stack.enter_context(self._answer(path)))
            pieces = answer.iter_bytes(CHUNK)
            while (piece := self._told(lambda: next(pieces, None))) is not None:
                yield piece

    @cached_property
    def _library(self) -> Any:
        return load_extra("huggingface_hub", "huggingface-hub", "hub")

    def _listed(self) -> Iterator[tuple[str, int]]:
        """Give names and sizes. The library's own list waits as long as a server asks, and logs that."""
        home = _endpoint() or self._told(lambda: str(self._library.constants.ENDPOINT))
        revision = quote(self._revision or "main", safe="")
        url = f"{home}/api/{self._kind}s/{self._id}/tree/{revision}?recursive=true"
        for _ in bounded_pages():
            deadline = monotonic() + LIST_SECONDS.value
            page, following = again(partial(self._told, partial(self._page, url)), deadline)
            for each in as_list(page):
                path, size = text(each, "path"), whole(each.get("size"))
                if path is not None and size is not None and each.get("type") == "file":
                    yield path, size
            if not following:
                return
            url = home + urlsplit(following)._replace(scheme="", netloc="").geturl()  # no key goes elsewhere

    def _page(self, url: str) -> tuple[object, str]:
        """Return a page of the tree, and where the next one is."""
        self._library.utils.validate_repo_id(self._id)
        with self._library.get_session().stream(
            "GET", url, headers=self._library.utils.build_hf_headers(), follow_redirects=True
        ) as answer:
            self._library.utils.hf_raise_for_status(answer)
            content, following = bounded(answer.iter_bytes()), answer.links.get("next", {}).get("url", "")
        if looks_like_json(content):
            return read_json(content), following
        raise ServiceError("the Hub answers with something else than JSON", hint="check the network")

    @contextmanager
    def _answer(self, path: str) -> Iterator[Any]:
        library = self._library
        url = library.hf_hub_url(
            self._id, path, repo_type=self._kind, revision=self._revision, endpoint=_endpoint()
        )
        headers = {**library.utils.build_hf_headers(), "Accept-Encoding": "identity"}
        with library.get_session().stream("GET", url, headers=headers, follow_redirects=True) as answer:
            library.utils.hf_raise_for_status(answer)
            yield answer

    def _told(self, call: Callable[[], Value]) -> Value:
        """Call the library. Our error is raised after its own is gone, which may hold a key."""
        failure: ServiceError
        try:
            return call()
        except CurvewiseError:
            raise
        except Endless as error:
            failure = error.failure("the Hub")
        except Exception as error:  # of the library, or of its transport
            failure = self._failure(error)
        raise failure

    def _failure(self, error: Exception) -> ServiceError:
        answer = getattr(error, "response", None)
        status = getattr(answer, "status_code", None)
        kind = type(error).__name__
        if kind in ("RepositoryNotFoundError", "RevisionNotFoundError", "RemoteEntryNotFoundError"):
            return NotFoundError(
                f"the Hub knows no {self.address}, or it is private",
                hint="check the name; for a private one sign in with `hf auth login`, or set HF_TOKEN",
                status=status,
            )
        if kind == "GatedRepoError" or status in (401, 403):
            return CredentialsError(
                f"the Hub does not allow {self.address}",
                hint="accept the terms on its page, and sign in with `hf auth login`, or set HF_TOKEN",
                status=status,
            )
        if isinstance(error, ValueError) and status is None and kind == "HFValidationError":
            return NotFoundError(f"{self._id} is no name of a repository", hint="expected USER/MODEL")
        return ServiceError(
            "the Hub asks for fewer requests" if status == 429 else f"the Hub does not answer ({kind})",
            hint="try again in a minute" if status == 429 else "check the network, then try again",
            status=status,
            temporary=status is None or is_momentary(status),
            wait=None if answer is None else asked_wait(answer.headers),
        )


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None
