"""From an indicator in an output folder down to activity, factor rows and sources.

Reads the run tables with pyarrow alone: the answer has to come within two seconds, and pandas takes one of them.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transport_sim.errors import OutputError, did_you_mean
from transport_sim.units import G_PER_T, KG_PER_T

TOLERANCE = 1e-9
"""Relative difference that rounding may leave between an indicator and the sum of its parts."""

_STAGES = {
    "co2e_wtw_t": ("co2e_wtw_kg", ("fuel_ttw", "fuel_wtt")),
    "co2e_wtt_t": ("co2e_wtt_kg", ("fuel_wtt",)),
    "co2e_ttw_t": ("co2e_ttw_kg", ("fuel_ttw",)),
    "co2_ttw_t": ("co2_ttw_kg", ("fuel_ttw",)),
}
_FUELS = ("diesel", "lng", "methanol", "hydrogen")
_ENERGY: dict[str, tuple[str, ...]] = {
    "fuel_t": _FUELS,
    **{f"fuel_t_{fuel}": (fuel,) for fuel in _FUELS},
    "electricity_kwh": ("electricity", "electricity_beyond"),
}
_POLLUTANTS = {f"{name}_t": name for name in ("nox", "pm2_5", "pm10", "co", "hc")}
_MODES = ("road", "rail", "waterway", "hub")
TRACEABLE = (*_STAGES, *(f"co2e_wtw_t_{mode}" for mode in _MODES), *_ENERGY, *_POLLUTANTS)
"""Indicators that are sums of contributions."""

_ENERGY_PURPOSES = {"road": "road_energy", "rail": "rail", "waterway": "vessels", "hub": "hubs"}
_GRID_KEYS = ("load_ratio=", "gradient_ratio=", "band=")
_ROAD_PM = ("pm2_5", "pm10")

Row = dict[str, Any]


@dataclass
class Node:
    """One branch of the tree: a share of the indicator, or what it rests on."""

    name: str
    value: float | None = None
    unit: str = ""
    detail: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the branch as plain data."""
        found: dict[str, Any] = {"name": self.name}
        if self.value is not None:
            found |= {"value": self.value, "unit": self.unit}
        found |= self.detail
        if self.children:
            found["children"] = [child.as_dict() for child in self.children]
        return found


def trace(folder: Path, indicator: str, scenario: str | None, year: int | None) -> Node:
    """Walk from an indicator to the factor rows and sources behind it.

    Parameters
    ----------
    folder
        Output folder of `run` or `compare`.
    indicator
        One of `TRACEABLE`.
    scenario, year
        The first scenario and the last year unless given.

    Returns
    -------
    The tree: mode, vehicle class, energy carrier, then the factor rows. Amounts are annual means over replications.

    Raises
    ------
    OutputError
        No such results, or parts that do not add up to the indicator.
    """
    try:
        return _walk(folder, indicator, scenario, year)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise OutputError(f"{folder}: is damaged or from another version ({what}); run compare again") from None


def _walk(folder: Path, indicator: str, scenario: str | None, year: int | None) -> Node:
    """Walk as `trace` says, over files that may be anything."""
    manifest = _manifest(folder)
    scenario = _one_of("scenario", scenario, manifest["scenarios"], manifest["scenarios"][0])
    year = int(_one_of("year", year, manifest["years"], manifest["years"][-1]))
    if indicator not in TRACEABLE:
        raise OutputError(f"indicator {indicator!r} cannot be traced{did_you_mean(indicator, TRACEABLE)}")
    runs = folder / "runs" / scenario / str(year)
    read = _Runs(runs, int(manifest["replications"]), float(manifest["annual_factor"]))
    stated = [row["value"] for row in read.all("indicators") if row["indicator"] == indicator]
    if not stated:
        raise OutputError(f"{runs}: its results have no indicator {indicator!r}")
    value = math.fsum(stated) / len(stated)
    unit = "kWh" if indicator == "electricity_kwh" else "t"
    root = Node(indicator, value, unit, {"scenario": scenario, "year": str(year), "factor_set": manifest["factor_set"]})
    uses = _Uses(read.all("factor_use"), manifest, manifest["grid_regions"][scenario])
    root.children = list(_modes(indicator, read, uses))
    total = math.fsum(child.value or 0.0 for child in root.children)
    if not math.isclose(total, value, rel_tol=TOLERANCE, abs_tol=1e-9):
        raise OutputError(f"{runs}: the contributions to {indicator} add up to {total:.6f} {unit}, not to {value:.6f}")
    return root


NEEDED = (
    *("scenarios", "years", "replications", "annual_factor", "factor_set"),
    *("factor_sources", "factor_methods", "grid_regions"),
)
"""Keys of a manifest that the walk needs."""


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise OutputError(f"{path}: cannot be read: {error}; give the output folder of run or compare") from None
    if not isinstance(manifest, dict):
        raise OutputError(f"{path}: is not the manifest of run or compare")
    lacking = [key for key in NEEDED if key not in manifest]
    if lacking:
        raise OutputError(f"{path}: was written by an older version or is not ours: no {', '.join(lacking)}")
    return manifest


def _one_of(what: str, asked: Any, known: Sequence[Any], default: Any) -> Any:  # noqa: ANN401 - a name or a year
    if asked is None:
        return default
    if asked not in known:
        raise OutputError(f"no {what} {asked!r} in these results{did_you_mean(str(asked), map(str, known))}")
    return asked


@dataclass(frozen=True)
class _Runs:
    """The runs of one scenario and year."""

    folder: Path
    replications: int
    annual_factor: float

    def all(self, table: str) -> list[Row]:
        """Return the rows of a table of all replications."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - only this command reads without pandas

        rows: list[Row] = []
        for replication in range(self.replications):
            path = self.folder / str(replication) / f"{table}.parquet"
            try:
                rows += pq.ParquetFile(path).read().to_pylist()  # read_table would import pandas
            except (OSError, ValueError) as error:
                raise OutputError(f"{path}: cannot be read: {error}") from None
        return rows

    def annual(self, amount: float) -> float:
        """Return the annual mean of an amount summed over the replications."""
        return amount * self.annual_factor / self.replications


def _modes(indicator: str, read: _Runs, uses: "_Uses") -> Iterator[Node]:
    """Yield a branch for each mode with a share, largest first."""
    parts = list(_parts(indicator, read))
    for mode in sorted({p.mode for p in parts}, key=lambda m: -math.fsum(p.value for p in parts if p.mode == m)):
        branch = Node(mode, math.fsum(p.value for p in parts if p.mode == mode), parts[0].unit)
        for vehicle_class in sorted({p.vehicle_class for p in parts if p.mode == mode}):
            here = [p for p in parts if (p.mode, p.vehicle_class) == (mode, vehicle_class)]
            leaf = Node(vehicle_class, math.fsum(p.value for p in here), parts[0].unit)
            leaf.children = [_carrier(indicator, part, uses) for part in here]
            branch.children.append(leaf)
        yield branch


@dataclass(frozen=True)
class _Part:
    """A share of the indicator: one energy carrier of one class."""

    mode: str
    vehicle_class: str
    carrier: str
    value: float
    unit: str
    amount: float
    amount_unit: str


def _parts(indicator: str, read: _Runs) -> Iterator[_Part]:
    stage, _, mode = indicator.partition("_t_") if indicator.startswith("co2e_wtw_t_") else (indicator, "", "")
    sums: dict[tuple[str, str, str, str], list[float]] = {}
    if indicator in _POLLUTANTS:
        unit, divisor, column = "t", G_PER_T, f"{_POLLUTANTS[indicator]}_g"
        for row in read.all("emissions"):
            driven = row["mode"] == "road"
            key = (row["mode"], row["vehicle_class"], "exhaust", "km" if driven else "kg")
            _add(sums, key, row[column], row["vkm"] if driven else sum(row[f"{fuel}_kg"] for fuel in _FUELS))
    else:
        energy = _ENERGY.get(indicator, ())
        unit, divisor = ("kWh", 1.0) if "electricity" in energy else ("t", KG_PER_T)
        column = "amount" if energy else _STAGES[f"{stage}_t" if mode else indicator][0]
        for row in read.all("contributions"):
            if (energy and row["energy_carrier"] not in energy) or (mode and row["mode"] != mode):
                continue
            key = (row["mode"], row["vehicle_class"], row["energy_carrier"], row["amount_unit"])
            _add(sums, key, row[column], row["amount"])
    for (at, vehicle_class, carrier, amount_unit), (value, amount) in sorted(sums.items()):
        if value != 0.0:
            yield _Part(
                at, vehicle_class, carrier, read.annual(value) / divisor, unit, read.annual(amount), amount_unit
            )


def _add(sums: dict[tuple[str, str, str, str], list[float]], key: tuple[str, str, str, str], *more: float) -> None:
    old = sums.setdefault(key, [0.0] * len(more))
    sums[key] = [a + b for a, b in zip(old, more, strict=True)]


def _carrier(indicator: str, part: _Part, uses: "_Uses") -> Node:
    node = Node(part.carrier, part.value, part.unit)
    node.detail["activity"] = f"{part.amount:,.4g} {part.amount_unit} a year"
    grammes = part.value * (KG_PER_T if part.unit == "t" else 1.0) / part.amount if part.amount else 0.0
    if part.carrier == "electricity_beyond" or indicator not in _ENERGY:
        node.detail["mean_factor"] = f"{grammes:.6g} kg/{part.amount_unit}"
    node.children = list(uses.behind(indicator, part))
    return node


class _Uses:
    """The factor rows that the runs read."""

    def __init__(self, rows: Sequence[Row], manifest: Mapping[str, Any], regions: Mapping[str, str]) -> None:
        self._regions = regions
        self._rows = list({(r["file"], r["line"], r["fallback"]): r for r in rows}.values())
        self._sources: Mapping[str, Mapping[str, str]] = manifest["factor_sources"]
        self._methods: Mapping[str, Mapping[str, str]] = manifest["factor_methods"]

    def behind(self, indicator: str, part: _Part) -> Iterator[Node]:
        """Yield one branch for each purpose behind a part, with the rows that were read for it."""
        for purpose in self._purposes(indicator, part):
            rows = [
                r for r in self._rows if purpose in r["purpose"].split() and self._concerns(r, purpose, part, indicator)
            ]
            if not rows:
                continue
            method = self._methods[purpose]
            node = Node(purpose, detail={"method": method["method"]})
            if method["stands_in"]:
                node.detail["stands_in"] = f"{method['stands_in']}: {method['note']}"
            node.children = list(self._grouped(rows))
            yield node

    @staticmethod
    def _purposes(indicator: str, part: _Part) -> tuple[str, ...]:
        if part.carrier == "exhaust":
            return ("road_pollutants",) if part.mode == "road" else ("engine_pollutants", _ENERGY_PURPOSES[part.mode])
        if part.carrier == "ch4_n2o":
            return ("road_ghg", "gwp")
        energy = _ENERGY_PURPOSES[part.mode]
        if indicator in _ENERGY:
            return (energy,)
        if part.carrier.startswith("electricity"):
            return (energy, "grid")
        stage = "co2e_wtw_t" if indicator.startswith("co2e_wtw_t") else indicator
        return (energy, *_STAGES[stage][1])

    def _concerns(self, row: Row, purpose: str, part: _Part, indicator: str) -> bool:
        """Tell whether a row read for a purpose is about this part."""
        keys = dict(pair.split("=", 1) for pair in row["key"].split(", "))
        classes = {keys.get("vehicle_class", "all"), keys.get("vessel_class", "all")}
        traction = "diesel" if part.carrier in ("diesel", "exhaust") else "electric"
        return (
            classes <= {part.vehicle_class, "all"}
            and keys.get("traction", "all") in (traction, "all")
            and (part.carrier == "exhaust" or keys.get("energy_carrier", part.carrier) == part.carrier)
            and (not keys["quantity"].startswith("grid_") or keys.get("region") == self._regions.get(part.carrier))
            and (not purpose.endswith("_pollutants") or self._is_exhaust(row["table"], keys, part.mode, indicator))
        )

    @staticmethod
    def _is_exhaust(table: str, keys: Mapping[str, str], mode: str, indicator: str) -> bool:
        """Tell whether a row is about this pollutant, and for engines about those of this mode."""
        engines = {"rail": ("rail", "diesel_locomotive"), "waterway": ("vessels", "inland_vessel")}
        if mode in engines and table not in engines[mode] and keys.get("engine") not in engines[mode]:
            return False
        name = _POLLUTANTS[indicator]
        return keys["quantity"].startswith(f"{name}_") or (name in _ROAD_PM and keys["quantity"].startswith("pm_"))

    def _grouped(self, rows: Sequence[Row]) -> Iterator[Node]:
        """Put the grid points of one family of curves into one branch."""
        families: dict[tuple[str, str], list[Row]] = {}
        for row in sorted(rows, key=lambda r: (r["file"], r["line"])):
            key = ", ".join(k for k in row["key"].split(", ") if not k.startswith(_GRID_KEYS))
            families.setdefault((row["file"], key), []).append(row)
        for (file, key), members in families.items():
            first = members[0]
            lines = str(first["line"]) if len(members) == 1 else f"{first['line']}-{members[-1]['line']}"
            value = first["value"] if len(members) == 1 else f"{len(members)} rows"
            node = Node(
                f"{file}:{lines}",
                detail={"key": key, "factor": f"{value} {first['unit'] if first['unit'] != '1' else ''}".strip()},
            )
            if first["validity"]:
                node.detail["validity"] = first["validity"]
            if first["fallback"]:
                node.detail["stands_in"] = first["fallback"]
            source = self._sources[first["source_id"]]
            title = f"{source['title']}, {source['edition']}, {source['table_or_page']}"
            node.detail |= {"confidence": first["confidence"], "source_id": first["source_id"], "source": title}
            yield node
