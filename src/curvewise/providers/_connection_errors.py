"""Connection errors: why no answer came, told from the exceptions that led to the SDK's own."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from curvewise.errors import ServiceError
from curvewise.providers._account import Account


class _Cause(msgspec.Struct, frozen=True):
    """A cause of silence.

    Parameters
    ----------
    classes
        Names of exception classes that tell it. Names, as the classes of the transport belong to one
        package or another, by the version of the SDK.
    problem, hint
        With the place holders host, variable (that sets the address), timeout and connect_timeout.
    temporary
        Whether it may pass by itself.
    """

    classes: frozenset[str]
    problem: str
    hint: str
    temporary: bool = True


_CAUSES = (
    _Cause(
        frozenset({"SSLCertVerificationError"}),
        "the certificate of {host} is not trusted",
        "behind a proxy that opens TLS, set SSL_CERT_FILE to its certificate; otherwise look at {variable}",
        temporary=False,
    ),
    _Cause(
        frozenset({"SSLError"}),
        "no secure connection to {host}",
        "look whether {variable} should begin with http:// or https://",
    ),
    _Cause(
        frozenset({"UnsupportedProtocol", "LocalProtocolError", "InvalidURL", "TooManyRedirects"}),
        "no request can be made to {host}",
        "look for stray characters in {variable}, OPENAI_ORG_ID and OPENAI_PROJECT_ID",
        temporary=False,
    ),
    _Cause(
        frozenset({"ProxyError"}),
        "the proxy on the way to {host} does not connect",
        "look at HTTPS_PROXY and NO_PROXY",
    ),
    _Cause(
        frozenset({"gaierror"}),
        "no connection to {host}: the name is not known",
        "check the network, the name in {variable}, and HTTPS_PROXY if you use a proxy",
    ),
    _Cause(
        frozenset({"ConnectionRefusedError"}),
        "no connection to {host}: it is refused",
        "look whether the server runs, and at the port in {variable}",
    ),
    _Cause(
        frozenset({"ConnectTimeout"}),
        "no connection to {host} within {connect_timeout:g} s",
        "check the network; a firewall may ask for a proxy (HTTPS_PROXY)",
    ),
    _Cause(
        frozenset({"APITimeoutError", "TimeoutException"}),
        "{host} did not answer within {timeout:g} s",
        "try again later",
    ),
    _Cause(
        frozenset({"RemoteProtocolError", "ReadError", "DecodingError"}),
        "{host} broke off its answer",
        "try again",
    ),
)
"""The most telling first."""

_OTHER = _Cause(
    frozenset(),
    "no connection to {host}",
    "check the network, {variable}, and HTTPS_PROXY if you use a proxy",
)


def connection_error(error: Exception, account: Account, timeouts: tuple[float, float]) -> ServiceError:
    """Say why no answer came.

    Parameters
    ----------
    error
        The SDK's, with the exceptions of the transport, of TLS and of the socket behind it.
    account
        Who was asked.
    timeouts
        Seconds that were waited for an answer and for a connection.
    """
    names = {kind.__name__ for cause in _chain(error) for kind in type(cause).__mro__}
    cause = next((cause for cause in _CAUSES if cause.classes & names), _OTHER)
    words = {
        "host": account.host,
        "variable": account.address_variable,
        "timeout": timeouts[0],
        "connect_timeout": timeouts[1],
    }
    return ServiceError(
        cause.problem.format(**words), hint=cause.hint.format(**words), temporary=cause.temporary
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that led to it."""
    seen: BaseException | None = error
    for _ in range(20):  # deeper than the layers of the SDK, and no endless loop
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__
