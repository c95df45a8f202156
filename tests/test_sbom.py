"""The bill of materials names what the installed package consists of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "scripts" / "sbom.py"


def test_what_is_needed_is_listed_with_its_version() -> None:
    made = json.loads(subprocess.check_output([sys.executable, str(SCRIPT)]))
    versions = {part["name"]: part["version"] for part in made["components"]}
    assert made["bomFormat"] == "CycloneDX"
    assert {"numpy", "click", "msgspec"} <= versions.keys()
    assert all(versions.values())
    assert "curvewise" not in versions
