"""Every factor row in one form: the columns of the documented schema, whatever table the row comes from."""

from collections.abc import Iterator

from transport_sim.factors.methods import boundary
from transport_sim.factors.model import FactorRow, Factors
from transport_sim.factors.schema import COEFFICIENT_COLUMNS, TABLES

COLUMNS: dict[str, str] = {
    "table": "file name without .csv",
    "line": "line of the row in its file",
    "quantity": "name of the factor, its unit included",
    "value": "the number; empty for a function",
    **{name: f"coefficient {name[-1]} of the function of speed" for name in COEFFICIENT_COLUMNS},
    "reduction_ratio": "RF of the function",
    "unit": "unit of the value or of the function's result",
    "mode": "road, rail, waterway or hub; empty for what serves all",
    "vehicle_class": "vehicle, vessel or hub class, or traction",
    "weight_class": "gross mass of a truck class, cargo of a vessel class",
    "technology": "fuel or drive",
    "emission_standard": "emission standard or year of the engine",
    "load_ratio": "payload over capacity for which the row holds",
    "gradient_ratio": "rise over run for which the row holds",
    "min_speed_kmh": "lower end of the function",
    "max_speed_kmh": "upper end of the function",
    "region": "grid region",
    "other_keys": "further key columns of the table",
    "valid_from": "first calendar year; empty is unbounded",
    "valid_to": "last calendar year; empty is unbounded",
    "boundary": "TTW, WTT or WTW; a dash for what is no emission",
    "source_id": "row of sources.csv",
    "confidence": "H primary text seen, M secondary copy, L weak or derived, memory without a source",
    "fallback": "what stands in for the row's keys",
    "note": "free text",
}
"""The documented schema of factor rows: column and meaning."""

_CLASS_KEYS = ("vehicle_class", "vessel_class", "hub_type", "traction", "vessel", "engine")
_PLACED = {
    "technology": ("technology", "energy_carrier"),
    "emission_standard": ("emission_standard", "engine_stage"),
    "vehicle_class": _CLASS_KEYS,
    "load_ratio": ("load_ratio", "engine_load_ratio"),
    "gradient_ratio": ("gradient_ratio",),
    "region": ("region",),
}
_MODES = {
    "rail": ("rail", "trains"),
    "waterway": ("vessels", "vessel_hulls", "vessel_propulsion", "vessel_engines", "engine_load", "karpov", "water"),
    "hub": ("hubs",),
    "": ("fuels", "electricity", "gwp", "grid_paths", "nonroad_2014"),
}


def mode_of(table: str) -> str:
    """Return the mode that a table is about; road unless it is stated otherwise."""
    return next((mode for mode, tables in _MODES.items() if table in tables), "road")


def unified(factors: Factors, *, table: str | None = None) -> Iterator[dict[str, str]]:
    """Yield the rows of the tables, or of one, in the columns of `COLUMNS`."""
    weights = _weight_classes(factors)
    for name in factors.index if table is None else [table]:
        for row in factors.rows(name):
            yield _unified(name, row, weights)


def _weight_classes(factors: Factors) -> dict[str, str]:
    found = {}
    for row in factors.rows("truck_classes"):
        if row.keys["quantity"] == "gross_t":
            found[str(row.keys["vehicle_class"])] = f"{row.numbers['value']:g} t gross"
    bounds: dict[str, dict[str, float]] = {}
    for row in factors.rows("vessels"):
        if row.keys["quantity"] in TABLES["vessels"].bounds:
            bounds.setdefault(str(row.keys["vessel_class"]), {})[str(row.keys["quantity"])] = row.numbers["value"]
    return found | {
        name: f"{both['payload_min_t']:g} to {both['payload_max_t']:g} t cargo" for name, both in bounds.items()
    }


def _unified(table: str, row: FactorRow, weights: dict[str, str]) -> dict[str, str]:
    keys = {name: f"{value:g}" if isinstance(value, float) else value for name, value in row.keys.items()}
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {"table": table, "line": str(row.line), "quantity": keys.pop("quantity"), "unit": row.unit}
    cells |= {name: f"{number:.12g}" for name, number in row.numbers.items() if name in COLUMNS}
    for column, names in _PLACED.items():
        here = [keys.pop(name) for name in names if name in keys]
        cells[column] = " ".join(here)
    cells |= {
        "mode": mode_of(table),
        "weight_class": weights.get(cells["vehicle_class"], ""),
        "other_keys": ", ".join(f"{name}={value}" for name, value in keys.items()),
        "valid_from": "" if row.valid_from is None else str(row.valid_from),
        "valid_to": "" if row.valid_to is None else str(row.valid_to),
        "boundary": boundary(table, cells["quantity"]),
        "source_id": row.source_id,
        "confidence": row.confidence,
        "fallback": row.stand_in,
        "note": row.note,
    }
    return cells
