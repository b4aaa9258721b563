"""Which factor rows a run read, for what, and how much activity rests on each."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from transport_sim.emissions.exhaust import ANY_STANDARD
from transport_sim.factors.methods import METHODS
from transport_sim.factors.model import FactorRow, Factors
from transport_sim.inputs import Inputs
from transport_sim.results.footprint import FUELS
from transport_sim.results.schemas import checked
from transport_sim.results.truck_rates import truck_kinds
from transport_sim.tables.freight import TRUCK_CLASSES
from transport_sim.tables.traffic import NO_EXHAUST

ELECTRICITY = "electricity"


class Amount(NamedTuple):
    """An amount of activity."""

    value: float
    unit: str


NOTHING = Amount(0.0, "")


def factor_use(inputs: Inputs, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """List the rows that were looked up since the inputs' factors began to record.

    Parameters
    ----------
    inputs
        Of the run; their factors hold the log.
    tables
        The result tables of the run.

    Returns
    -------
    One row for each factor row, or two where it also stood in for something; by table and line.
    """
    factors, activity = inputs.factors, _Activity(inputs, tables)
    rows = []
    for table, row, fallback in factors.log.entries():
        amount = activity.of(table, row)
        rows.append(
            {
                "table": table,
                "file": row.file,
                "line": row.line,
                "purpose": " ".join(purposes(factors, table, str(row.keys["quantity"]))),
                "key": row.name,
                "value": f"{row.numbers['value']:.12g}" if "value" in row.numbers else "curve",
                "unit": row.unit,
                "validity": "" if row.valid_from is None and row.valid_to is None else row.validity,
                "source_id": row.source_id,
                "confidence": row.confidence,
                "fallback": "; ".join(text for text in (fallback.text if fallback else "", row.stand_in) if text),
                "amount": amount.value,
                "amount_unit": amount.unit,
            }
        )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"line": "int64", "amount": "float64"})
    return checked("factor_use", frame)


def _concerns(table: str, technology: str) -> bool:
    """Tell whether trucks of a technology are accounted for by a table."""
    if table in _EXHAUST_TABLES:
        return technology not in NO_EXHAUST
    return table != "road_vehicles" or technology in NO_EXHAUST


_EXHAUST_TABLES = ("road_emep", "road_curves", "road_ghg", "road_stand_ins", "china_road", "china_corrections")

_COLUMNS = (
    "table",
    "file",
    "line",
    "purpose",
    "key",
    "value",
    "unit",
    "validity",
    "source_id",
    "confidence",
    "fallback",
    "amount",
    "amount_unit",
)


def purposes(factors: Factors, table: str, quantity: str) -> list[str]:
    """Return the purposes for which a factor set reads a quantity."""
    found = []
    for purpose, choice in factors.choices.items():
        reads = METHODS[purpose][choice.method].reads
        if table in reads and (not reads[table] or quantity in reads[table]):
            found.append(purpose)
    return found


class _Activity:
    """The activity of a run, as far as it belongs to single factor rows."""

    def __init__(self, inputs: Inputs, tables: Mapping[str, pd.DataFrame]) -> None:
        self._emissions = tables["emissions"]
        self._regions = inputs.grid_region, inputs.grid_region_beyond
        self._kinds = {name: truck_kinds(inputs, name) for name in TRUCK_CLASSES}
        self._handled_t = float(tables["hubs"]["tonnes_t"].sum())

    def of(self, table: str, row: FactorRow) -> Amount:
        """Return the activity behind a row; nothing where it is not known."""
        keys = {name: str(value) for name, value in row.keys.items()}
        if keys["quantity"] == "grid_kgco2_per_kwh":
            return self._of_grids(keys["region"])
        whole = {
            ELECTRICITY: Amount(self._sum("electricity_kwh"), "kWh"),
            "hubs": Amount(self._handled_t, "t"),
            "gwp": Amount(self._sum("vkm", mode="road"), "km"),
        }
        if table in whole:
            return whole[table]
        by_table = {
            "fuels": self._of_fuels,
            "road_glec": self._of_intensities,
            "vessels": self._of_vessels,
            "rail": self._of_engines,
            "nonroad_2014": self._of_engines,
        }
        if table in by_table:
            return by_table[table](keys)
        return self._of_trucks(table, keys) if keys.get("vehicle_class") in TRUCK_CLASSES else NOTHING

    def _of_grids(self, region: str) -> Amount:
        """Return what was drawn from a grid, on the map and outside."""
        total, beyond = self._sum("electricity_kwh"), self._sum("electricity_beyond_kwh")
        drawn = (self._regions[0] == region) * (total - beyond) + (self._regions[1] == region) * beyond
        return Amount(drawn, "kWh")

    def _of_fuels(self, keys: dict[str, str]) -> Amount:
        fuel = keys["energy_carrier"]
        return Amount(self._sum(f"{fuel}_kg"), "kg") if fuel in FUELS else NOTHING

    def _of_intensities(self, keys: dict[str, str]) -> Amount:
        return Amount(self._sum("activity_tkm", vehicle_class=keys["vehicle_class"]), "t-km")

    def _of_vessels(self, keys: dict[str, str]) -> Amount:
        if keys["quantity"].endswith("_g_per_kg"):
            return Amount(self._sum("diesel_kg", mode="waterway"), "kg")
        return Amount(self._sum("activity_tkm", vehicle_class=keys["vessel_class"]), "t-km")

    def _of_engines(self, keys: dict[str, str]) -> Amount:
        if keys.get("engine") == "inland_vessel":
            return Amount(self._sum("diesel_kg", mode="waterway"), "kg")
        if keys.get("traction") == "electric":
            return Amount(self._sum("electricity_kwh", mode="rail"), "kWh")
        if keys.get("traction") == "all":
            return Amount(self._sum("activity_tkm", mode="rail"), "t-km")
        return Amount(self._sum("diesel_kg", mode="rail"), "kg")

    def _of_trucks(self, table: str, keys: dict[str, str]) -> Amount:
        """Return the kilometres of a truck class, and of the row's technology and emission standard if it has them.

        Curves without a technology are those of all trucks with an exhaust, masses and resistances those of all others.
        """
        standard, technology = keys.get("emission_standard", ANY_STANDARD), keys.get("technology")
        share = sum(
            kind.share
            for kind in self._kinds[keys["vehicle_class"]]
            if standard in (ANY_STANDARD, kind.emission_standard)
            and (technology or kind.technology) == kind.technology
            and _concerns(table, kind.technology)
        )
        return Amount(self._sum("vkm", vehicle_class=keys["vehicle_class"]) * share, "km")

    def _sum(self, column: str, **where: str) -> float:
        table = self._emissions
        for name, value in where.items():
            table = table[table[name] == value]
        return float(table[column].sum())


def fallbacks(uses: pd.DataFrame) -> pd.DataFrame:
    """Condense what stood in for something else: one row a fall-back, with its activity.

    Parameters
    ----------
    uses
        The table `factor_use` of one run or several.

    Returns
    -------
    Columns table, asked, fallback, amount, amount_unit; amounts are means over the runs of the table. The rows of one
    vehicle and standard (its curves) are one fall-back.
    """
    keys = ["scenario", "year", "replication"]
    used = uses[uses["fallback"] != ""]
    asked = used["key"].str.split(", ").map(lambda parts: ", ".join(p for p in parts if not p.startswith(_WITHIN)))
    used = used.assign(asked=asked)
    one = used.groupby([*keys, "table", "asked", "fallback", "amount_unit"])["amount"].max().reset_index()
    runs = max(len(uses[keys].drop_duplicates()), 1)
    total = one.groupby(["table", "asked", "fallback", "amount_unit"])["amount"].sum() / runs
    return total.reset_index()


_WITHIN = ("quantity=", "load_ratio=", "gradient_ratio=")
