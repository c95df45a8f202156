"""Costs: how a deployment is billed; no API that creates deployments states its price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from curvewise.deployment.plan import Sku

PRICES = "https://azure.microsoft.com/pricing/details/cognitive-services/openai-service/"
RULES = "https://learn.microsoft.com/azure/foundry/openai/how-to/fine-tuning-deploy"
AS_OF = "November 2026"
"""Date of `RULES`."""

HOURS_A_MONTH = 730

_HOSTED = (
    "Azure charges by the hour from when it exists until it is removed, whether it is called or not, and "
    "for tokens. It removes one that has not been called for 15 days."
)
_BILLING: Mapping[Sku, str] = {
    "Standard": _HOSTED,
    "GlobalStandard": _HOSTED,
    "DeveloperTier": "Azure charges for tokens only, not by the hour, and removes it after 24 hours; "
    "there is no promise that it is available, nor where the data is processed.",
}
"""According to `RULES`."""


def cost_lines(sku: Sku, price_per_hour: float | None = None) -> Iterator[str]:
    r"""Yield what a deployment costs, sentence by sentence.

    Parameters
    ----------
    sku
        Kind of deployment.
    price_per_hour
        What the user found on the page of prices; None when it is not known.

    Examples
    --------
    >>> print(*cost_lines("Standard", 1.7), sep="\n")
    Azure charges by the hour from when it exists until it is removed, whether it is called or not, and ...
    So it was documented in November 2026: https://learn.microsoft.com/...
    At 1.70 an hour, as you say, that is 40.80 a day and 1,241.00 in a month of 730 hours, and tokens on top.
    """
    yield _BILLING[sku]
    yield f"So it was documented in {AS_OF}: {RULES}"
    if sku == "DeveloperTier":
        yield f"The price of tokens is not known here; see {PRICES}"
    elif price_per_hour is None:
        yield (
            f"The price of an hour is not known here, as it depends on model and region; see {PRICES} "
            "and pass it as --price-per-hour to see what it comes to."
        )
    else:
        yield (
            f"At {price_per_hour:,.2f} an hour, as you say, that is {24 * price_per_hour:,.2f} a day and "
            f"{HOURS_A_MONTH * price_per_hour:,.2f} in a month of {HOURS_A_MONTH} hours, and tokens on top."
        )
