"""Buckets of Amazon S3, Google Cloud Storage and Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.extras import load_extra
from curvewise.plugin.source import Place, source
from curvewise.sources._mirror import CHUNK, RemoteFile, copied
from curvewise.sources._object_stores import connect
from curvewise.splits import SPLITS
from curvewise.storage.walk import is_read, names_checkpoint

_KINDS = {"s3": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az"}
_SIGN_IN = {
    "s3": "sign in as for the AWS command line (`aws configure`, `aws sso login`), or set AWS_ACCESS_KEY_ID "
    "and AWS_SECRET_ACCESS_KEY",
    "gs": "sign in with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
    "az": "sign in with `az login`, or set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
}
_REFUSALS = (
    "Unauthenticated", "PermissionDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied",
    "AuthenticationFailed", "RefreshError", "ClientAuthenticationError", "TokenRetrievalError",
    "SSOTokenLoad", "ProfileNotFound", "CredentialRetrievalError", "ExpiredToken",
)  # fmt: skip
_ABSENT = ("FileNotFoundError", "NotFoundError", "NoSuchBucket", "ContainerNotFound", "404 Not Found")
_BUSY = ("429 Too Many", "503 Service", "SlowDown", "ServerBusy", "rateLimitExceeded")


@source(
    title="Bucket: Amazon S3, Google Cloud Storage, Azure Blob Storage",
    recognised_by="an address s3://BUCKET/..., gs://BUCKET/... or az://CONTAINER/...",
    recognise=lambda place: place.scheme.lower() in _KINDS,
    folders=lambda place: Bucket(place.text).folders(),
)
def bucket(place: Place) -> Place:
    """Copy a file, or the files of a folder that may hold metrics."""
    return copied(Bucket(place.text), place.mapping)


class Bucket:
    """What lies in a bucket, as a `Remote`."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self._kind = _KINDS[parts.scheme.lower()]
        container, _, host = parts.netloc.rpartition("@")
        self._name, self._account = (container, host.split(".")[0]) if container else (host, "")
        if not self._name or (container and self._kind != "az") or parts.query:
            raise UsageError("this names no bucket", hint=f"expected {parts.scheme}://BUCKET/PATH")
        self._key = parts.path.strip("/")
        self._may_be_file = bool(self._key) and not parts.path.endswith("/")

    def files(self) -> Iterator[RemoteFile]:
        """Give the object of this name, else those below it."""
        if self._may_be_file:
            try:
                found = self._asked("head", self._key)
            except NotFoundError:
                pass
            else:
                yield RemoteFile(self._key.rpartition("/")[2], found["size"], is_address=True)
                return
        yield from (
            RemoteFile(each["path"].removeprefix(self._key).strip("/"), each["size"])
            for each in chain.from_iterable(self._parts(self._asked("list", self._key or None)))
        )

    def folders(self) -> list[str]:
        """List the folders below the address, where nothing that is read lies beside them."""
        found = self._asked("list_with_delimiter", self._key or None)
        folders = [each.rstrip("/").rpartition("/")[2] for each in found["common_prefixes"]]
        files = [each["path"].rpartition("/")[2] for each in found["objects"]]
        is_run = "train" in map(SPLITS.get, folders) or any(map(names_checkpoint, folders))
        if is_run or any(map(is_read, files)):
            return []
        return [f"{self.address.rstrip('/')}/{each}/" for each in folders]

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        """Read an object in pieces."""
        key = self._key if file.is_address else f"{self._key}/{file.name}".strip("/")
        yield from map(bytes, self._parts(self._asked("get", key).stream(CHUNK)))

    @cached_property
    def _store(self) -> Any:
        return connect(self._kind, self._name, self._account)

    def _asked(self, function: str, key: str | None) -> Any:
        package = load_extra("obstore", "obstore", self._kind)
        return self._told(lambda: getattr(package, function)(self._store, key))

    def _parts(self, parts: Any) -> Iterator[Any]:
        each = iter(parts)
        while (part := self._told(lambda: next(each, None))) is not None:
            yield part

    def _told(self, call: Callable[[], Any]) -> Any:
        """Call the package. Our error is raised after its own is gone, which may hold a key."""
        failure: ServiceError
        try:
            return call()
        except CurvewiseError:
            raise
        except Exception as error:  # of the package, of its transport, or of what finds the credentials
            failure = self._failure(f"{type(error).__name__}: {error}")
        raise failure

    def _failure(self, said: str) -> ServiceError:
        """Say what the text of an error means: the package has few classes."""
        if any(word in said for word in _ABSENT):
            return NotFoundError(f"there is no {self.address}", hint="check the address", status=404)
        if any(word in said for word in _REFUSALS):
            return CredentialsError(
                f"{self._name} does not allow what was asked, or the credentials are not valid",
                hint=_SIGN_IN[self._kind],
                status=403,
            )
        if "LOCATION" in said or "PermanentRedirect" in said:
            hint = "set AWS_REGION to the region of the bucket"
            return ServiceError(f"the bucket {self._name} is in another region", hint=hint)
        busy = any(word in said for word in _BUSY)
        return ServiceError(
            f"{self._name} asks for fewer requests" if busy else f"{self._name} does not answer",
            hint="try again in a minute" if busy else "check the network and the name, then try again",
            status=429 if busy else None,
            temporary=True,
        )
