"""Connections to buckets: with the credentials that the vendor's own tools would use, or with none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from curvewise.errors import UsageError
from curvewise.extras import load_extra

RETRIES: Mapping[str, Any] = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}
"""How often the package asks again, and for how long: in the words of its `RetryConfig`."""

_TIMES = {"connect_timeout": "10s", "read_timeout": "30s", "timeout": "600s"}
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "GOOGLE_BASE_URL", "AZURE_STORAGE_ENDPOINT")
_ACCOUNT = ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")
_AZURE_KEYS = (
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
)
_READ = "https://www.googleapis.com/auth/devstorage.read_only"


def connect(kind: str, name: str, account: str) -> Any:
    """Connect to a bucket; no request is made but for credentials.

    Parameters
    ----------
    kind
        ``s3``, ``gs`` or ``az``, which is the name of the extra, too.
    name
        Of the bucket, or of the container of Azure.
    account
        The storage account of Azure; "" when the environment says it.
    """
    return _connected(kind, name, account, tuple(os.environ.items()))


@lru_cache(maxsize=8)
def _connected(kind: str, name: str, account: str, environment: tuple[tuple[str, str], ...]) -> Any:
    """Connect once for all runs that a process reads; anew where the environment says something else."""
    del environment  # the package and those of the vendors read it themselves
    stores = load_extra("obstore.store", "obstore", kind)
    plain = any(
        os.environ.get(each, "").startswith("http://") for each in _ENDPOINTS
    )  # the user's own server
    settings = {"retry_config": RETRIES, "client_options": {**_TIMES, "allow_http": plain}}
    if kind == "s3":
        return stores.S3Store(name, **_of_amazon(), **settings)
    if kind == "gs":
        return stores.GCSStore(name, **_of_google(), **settings)
    return stores.AzureStore(name, **_of_azure(account), **settings)


def _of_amazon() -> dict[str, Any]:
    boto3 = load_extra("boto3", "boto3", "s3")
    session = boto3.Session()
    endpoint = os.environ.get(_ENDPOINTS[0]) or os.environ.get(_ENDPOINTS[1])
    settings: dict[str, Any] = {"region": session.region_name or "us-east-1"}
    if endpoint:
        settings["endpoint"] = endpoint
    if session.get_credentials() is None:
        return {**settings, "skip_signature": True}
    provider = load_extra("obstore.auth.boto3", "obstore", "s3").Boto3CredentialProvider(session)
    return {**settings, "credential_provider": provider}


def _of_google() -> dict[str, Any]:
    auth = load_extra("google.auth", "google-auth", "gs")
    try:
        credentials, _ = auth.default(scopes=[_READ])
    except auth.exceptions.DefaultCredentialsError:
        return {"skip_signature": True}
    provider = load_extra("obstore.auth.google", "obstore", "gs").GoogleCredentialProvider
    return {"credential_provider": provider(credentials)}


def _of_azure(account: str) -> dict[str, Any]:
    name = account or next(filter(None, map(os.environ.get, _ACCOUNT)), "")
    if not name:
        raise UsageError(
            "the storage account is not known",
            hint=f"set {_ACCOUNT[0]}, or write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
        )
    if any(map(os.environ.get, _AZURE_KEYS)) or os.environ.get("AZURE_SKIP_SIGNATURE"):
        return {"account_name": name}
    identity = load_extra("azure.identity", "azure-identity", "az")
    provider = load_extra("obstore.auth.azure", "obstore", "az").AzureCredentialProvider
    return {"account_name": name, "credential_provider": provider(identity.DefaultAzureCredential())}
