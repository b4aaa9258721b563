"""Where the numbers of a comparison came from: versions, seeds, checksums, assumptions."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from transport_sim.inputs import Inputs, frames
from transport_sim.results.storage import sha256_of

if TYPE_CHECKING:
    from transport_sim.run import Prepared

WEAK = ("memory", "L")
"""Confidences of a value that rests on an assumption or a weak source."""
NAMING = (
    *("zone", "commodity", "flow", "terminal", "year", "navigation_class"),
    *("purpose", "direction", "area", "quantity", "vehicle_class", "registration", "line", "equipment"),
)
"""Columns that name a row in the list of assumptions; rows of one name and source are listed once."""


def manifest(prepared: Sequence["Prepared"]) -> dict[str, object]:
    """Describe where every number came from: version, seed, checksum of every input, factor set and assumptions."""
    first = prepared[0]
    files: dict[str, str] = {}
    for item in prepared:
        s = item.scenario
        paths = [*s.source_files, *sorted(s.data.glob("*.csv"))]
        if s.traffic is not None:
            paths += sorted(s.data.glob("traffic/*.csv"))
            paths += [s.traffic.synthetic_city.footprint] if s.traffic.synthetic_city else []
        files |= {str(_relative(p)): sha256_of(p) for p in paths}
        files |= {f"{_relative(s.network)}/{name}": digest for name, digest in item.base.network.sha256.items()}
    files |= {f"factors/{name}": digest for name, digest in first.base.factors.sha256.items()}
    return {
        "version": version("transport-sim"),
        "python": platform.python_version(),
        "seed": first.scenario.seed,
        "replications": first.scenario.replications,
        "years": list(first.scenario.years),
        "scenarios": [p.scenario.name for p in prepared],
        "factor_set": first.scenario.factor_set,
        "factor_methods": {
            purpose: {"method": choice.method, "stands_in": choice.stands_in, "note": choice.note}
            for purpose, choice in first.base.factors.choices.items()
        },
        "grid_regions": {
            p.scenario.name: {
                "electricity": p.scenario.grid_region,
                "electricity_beyond": p.scenario.grid_region_beyond,
            }
            for p in prepared
        },
        "factor_sources": {name: dict(row) for name, row in sorted(first.base.factors.sources.items())},
        "gwp_set": first.scenario.gwp_set,
        "annual_factor": first.scenario.annual_factor,
        "parameter_uncertainty": first.scenario.parameter_uncertainty,
        "sha256": dict(sorted(files.items())),
        "assumptions": _plain(assumptions(first.base)),
    }


def assumptions(inputs: Inputs) -> pd.DataFrame:
    """List every input and factor without a firm source.

    Returns
    -------
    Columns table, name, value, unit, source, confidence, note; value and unit are empty for a row of a table with
    several values.
    """
    columns = ["table", "name", "value", "unit", "source", "confidence", "note"]
    parameters = inputs.parameter_table.rename(columns={"parameter": "name"}).assign(table="parameters")
    found = [parameters[parameters["confidence"].isin(WEAK)][columns]]
    for name, frame in sorted(frames(inputs).items()):
        if name.endswith(("nodes", "links")) or name == "parameter_table" or "confidence" not in frame:
            continue
        weak = frame[frame["confidence"].isin(WEAK)]
        if weak.empty:
            continue
        keys = weak[[c for c in NAMING if c in weak]]
        names = keys.astype(str).agg(" ".join, axis=1) if len(keys.columns) else weak.iloc[:, 0].astype(str)
        rows = weak.assign(table=name, name=names, note=weak.get("note", ""))
        if not {"unit", "value"} <= set(rows):
            rows = rows.assign(value=float("nan"), unit="")
        found.append(rows[columns].drop_duplicates())
    streets = inputs.traffic.network if inputs.traffic else inputs.network
    if share := streets.synthetic_share:
        note = "made-up streets that stand in for a survey"
        row = ["network", "synthetic share of the roads", share, "-", "network synthesise", "memory", note]
        found.append(pd.DataFrame([row], columns=columns))
    factors = inputs.factors.assumptions().rename(columns={"keys": "name", "source_id": "source"})
    return pd.concat([*found, factors[columns]], ignore_index=True)


def _plain(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return rows as JSON has them: no NaN."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
