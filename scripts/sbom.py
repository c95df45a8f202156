"""Write the software bill of materials: what the package and its extras need, and what of it is installed.

CycloneDX 1.5 as JSON, to standard output; an extra whose packages are not installed is left out.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

NAME = "curvewise"
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


def components(name: str) -> dict[str, Distribution]:
    """Find the installed distributions that one needs, extras and what those need included."""
    found: dict[str, Distribution] = {}
    asked = [name]
    while asked:
        wanted = asked.pop()
        key = re.sub(r"[-_.]+", "-", wanted).lower()
        if key in found:
            continue
        try:
            found[key] = distribution(wanted)
        except PackageNotFoundError:
            continue
        own = [each for each in found[key].requires or () if key == NAME or "extra ==" not in each]
        asked += [match[0] for each in own if (match := _REQUIREMENT.match(each))]
    return dict(sorted(found.items()))


def bill() -> dict[str, object]:
    """Return the bill of materials."""
    found = components(NAME)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": NAME, "version": found[NAME].version}},
        "components": [
            {
                "type": "library",
                "name": name,
                "version": held.version,
                "purl": f"pkg:pypi/{name}@{held.version}",
                "licenses": [{"license": {"name": said}}] if (said := _license(held)) else [],
            }
            for name, held in found.items()
            if name != NAME
        ],
    }


def _license(held: Distribution) -> str:
    stated = next(
        (held.metadata[key] for key in ("License-Expression", "License") if key in held.metadata), ""
    )
    return stated.splitlines()[0][:80] if stated else ""


if __name__ == "__main__":
    print(json.dumps(bill(), indent=2))
