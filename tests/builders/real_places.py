"""The real borders and gazetteer of a pack in the repository, with a small catalogue around them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from tests.builders.packs import said, write_pack

CITIES = Path(__file__).parent.parent.parent / "cities"


def write_real_places(folder: Path, city: str) -> Path:
    """A correct pack whose areas and gazetteer are those of `cities/<city>`; returns its folder."""
    raw = tomllib.loads((CITIES / city / "city.toml").read_text(encoding="utf-8"))
    raw["outside_referral"] = "next-door"
    referral = {"code": "next-door", "name": said("Next door"), "text": said("Ask there.")}
    routes = [{"id": "rest", "department": "works", "queue": "roads"}]
    write_pack(folder, city=raw, golden=[], routes=routes, extra_files={}, referrals=[referral])
    for part in ("areas", "gazetteer"):
        shutil.rmtree(folder / part)
        shutil.copytree(CITIES / city / part, folder / part)
    return folder
