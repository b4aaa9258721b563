"""The finding about classes of waterway as plain values: which beats which truck, and why."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from transport_sim.demand.shipments import truck_capacities_t
from transport_sim.results.comparison import ROUNDING
from transport_sim.results.findings import TRACTOR, last_year
from transport_sim.results.sections import Section
from transport_sim.results.truck_rates import truck_kinds
from transport_sim.results.vessel_classes import vessel_finding
from transport_sim.results.wording import Wording, number
from transport_sim.tables.freight import TRUCK_CLASSES
from transport_sim.units import G_PER_KG

if TYPE_CHECKING:
    from transport_sim.run import Comparison

POOR, GOOD = "IV", "III"
"""The classes that are compared: what the Qu River is in Dazhou, and what it is to become."""
TRAIN = "freight_train"


@dataclass(frozen=True)
class Truck:
    """A tractor-trailer on its loaded way."""

    payload_t: float
    fuel_kg_per_km: float
    loaded_g_per_tkm: float
    around_g_per_tkm: float
    """With its empty returns. [g/t-km]"""

    @property
    def fuel_g_per_tkm(self) -> float:
        """Fuel per t-km, loaded."""
        return G_PER_KG * self.fuel_kg_per_km / self.payload_t


@dataclass(frozen=True)
class Finding:
    """What is worked out once for page, figure and workbook."""

    year: int
    classes: pd.DataFrame
    """`vessel_classes.class_sums` with capacity_t and full_kg_per_km, the fuel at full load of all vessel-km."""
    months: pd.DataFrame
    truck: Truck | None
    train_g_per_tkm: float

    def line(self, name: str) -> dict[str, float]:
        """Return the figures of one class."""
        return {str(c): float(v) for c, v in self.classes.drop(columns="scenarios").loc[name].to_dict().items()}


def work_out(comparison: "Comparison", sums: pd.DataFrame, rates: pd.DataFrame) -> Finding:
    """Read what vessels, trucks and trains of all scenarios carry and burn.

    Parameters
    ----------
    comparison
        What is looked at.
    sums, rates
        From `findings.leg_sums` and `findings.intensities`.
    """
    year = last_year(comparison)
    classes, months = vessel_finding(comparison, year)
    if len(classes):
        fleet = comparison.baseline.prepared.inputs[year].vessel_fleet.set_index("navigation_class")
        full_t = fleet["payload_capacity_t"].reindex(classes.index).astype(float)
        kg = classes["fuel_g_per_tkm"] * full_t * (1.0 - classes["empty_share"]) / G_PER_KG
        classes = classes.assign(capacity_t=full_t, full_kg_per_km=kg)
    at = rates.groupby(["vehicle_class", "loaded_way"])["g_per_tkm"].mean()
    return Finding(year, classes, months, _truck(comparison, sums, at), float(at.get((TRAIN, False), float("nan"))))


def _truck(comparison: "Comparison", sums: pd.DataFrame, at: "pd.Series[float]") -> Truck | None:
    """Return what a loaded tractor of the baseline carries and burns; the fuel is that of diesel tractors."""
    inputs = comparison.baseline.prepared.inputs[last_year(comparison)]
    diesel = sum(kind.share for kind in truck_kinds(inputs, TRACTOR) if kind.technology == "diesel")
    own = sums["scenario"] == comparison.baseline.scenario.name
    loaded = sums[own & (sums["vehicle_class"] == TRACTOR) & sums["loaded"]]
    if loaded.empty or diesel == 0.0:
        return None
    total = loaded[["diesel_kg", "vkm", "activity_tkm"]].sum()
    capacity_t = float(truck_capacities_t(inputs)[TRUCK_CLASSES.index(TRACTOR)])
    payload_t = min(float(total["activity_tkm"] / total["vkm"]), capacity_t)
    kg_per_km = float(total["diesel_kg"] / (total["vkm"] * diesel))
    return Truck(payload_t, kg_per_km, float(at[TRACTOR, True]), float(at[TRACTOR, False]))


def water_classes(found: Finding, words: Wording) -> Section:
    """Lay out the classes with their reasons."""
    head = ("head", "capacity", "payload", "low", "empty", "fuel", "rate", "physics", "physics_filled")
    return {
        "title": words("water.title"),
        "sentences": sentences(found, words),
        "head": [words(f"water.{k}") for k in head],
        "rows": [_row(str(name), found, words) for name in found.classes.index],
    }


def _row(name: str, found: Finding, words: Wording) -> list[str]:
    line = found.line(name)
    months = found.months[found.months["navigation_class"] == name]
    grams = months["g_per_tkm"].dropna()
    shown = " / ".join(number(float(v), 1) for v in (grams.min(), grams.mean(), grams.max())) if len(grams) else "–"
    return [
        words("water.row", name=words(f"water.name_{name}")),
        number(line["capacity_t"], 0),
        number(line["mean_payload_t"], 0),
        words.percent(float(months["load_share"].min()), 0, signed=False),
        words.percent(line["empty_share"], 0, signed=False),
        number(line["full_kg_per_km"], 2),
        number(line["g_per_tkm"], 1),
        shown,
        number(float(months["simulated_g_per_tkm"].mean()), 1),
    ]


def sentences(found: Finding, words: Wording) -> list[str]:
    """Say how the classes differ, which of them beats a truck, what low water does, and what hangs on the method."""
    told = [words("water.missing", name=words(f"water.name_{n}")) for n in (POOR, GOOD) if n not in found.classes.index]
    if not told:
        told.append(_both(found, words))
    for name in (POOR, GOOD):
        if name in found.classes.index and found.truck is not None:
            told += [_against_truck(name, found, found.truck, words), _low_water(name, found, words)]
            told += _method(name, found, found.truck, words)
    return told


def _both(found: Finding, words: Wording) -> str:
    poor, good = found.line(POOR), found.line(GOOD)
    return words(
        "water.both",
        good_name=words(f"water.name_{GOOD}"),
        poor_name=words(f"water.name_{POOR}"),
        load_ratio=number(good["capacity_t"] / poor["capacity_t"], 1),
        good_t=number(good["capacity_t"], 0),
        poor_t=number(poor["capacity_t"], 0),
        fuel_ratio=number(good["full_kg_per_km"] / poor["full_kg_per_km"], 2),
        good_kg=number(good["full_kg_per_km"], 2),
        poor_kg=number(poor["full_kg_per_km"], 2),
        good_g=number(good["g_per_tkm"], 1),
        poor_g=number(poor["g_per_tkm"], 1),
    )


def _against_truck(name: str, found: Finding, truck: Truck, words: Wording) -> str:
    line = found.line(name)
    grams = line["g_per_tkm"]
    shown = words(f"water.name_{name}")
    first = words(
        "water.above_loaded" if grams > truck.loaded_g_per_tkm else "water.below_loaded",
        name=shown,
        g=number(grams, 1),
        truck=words.name("class", TRACTOR),
        loaded=number(truck.loaded_g_per_tkm, 1),
        truck_kg=number(truck.fuel_kg_per_km, 2),
        truck_t=number(truck.payload_t, 1),
        truck_per=number(truck.fuel_g_per_tkm, 1),
        vessel_per=number(line["fuel_g_per_tkm"], 1),
    )
    against = "none" if grams >= truck.around_g_per_tkm else "empty" if grams >= truck.loaded_g_per_tkm else "both"
    train = found.train_g_per_tkm
    second = words(
        "water.return" if train == train else "water.return_no_train",  # noqa: PLR0124 - not a number
        empty=words.percent(line["empty_share"], 0, signed=False),
        around=number(truck.around_g_per_tkm, 1),
        train=number(train, 1),
        name=shown,
        against=words(f"water.against_{against}"),
    )
    return first + (" " if words.language == "en" else "") + second


def _low_water(name: str, found: Finding, words: Wording) -> str:
    months = found.months[found.months["navigation_class"] == name].sort_values("load_share", kind="stable")
    low, best = ({str(k): float(v) for k, v in m.items() if k != "navigation_class"} for m in _ends(months))
    shown, line = words(f"water.name_{name}"), found.line(name)
    payload = number(line["mean_payload_t"], 0)
    if low["load_share"] > 1.0 - ROUNDING:
        return words("water.deep", name=shown, full=number(low["full_depth_m"], 1), payload=payload)
    return words(
        "water.low_water",
        name=shown,
        month=words("season.month_name", month=int(low["month"])),
        best=words("season.month_name", month=int(best["month"])),
        depth=number(low["least_depth_m"], 2),
        full=number(low["full_depth_m"], 2),
        payload=payload,
        share=words.percent(low["load_share"], 0, signed=False),
        capacity=number(line["capacity_t"], 0),
        low=number(low["g_per_tkm"], 1),
        high=number(best["g_per_tkm"], 1),
    )


def _ends(table: pd.DataFrame) -> tuple[dict[Hashable, Any], dict[Hashable, Any]]:
    rows = table.to_dict("records")
    return rows[0], rows[-1]


def _method(name: str, found: Finding, truck: Truck, words: Wording) -> list[str]:
    """Say whether the estimate from the hull's resistance comes out on the same side of the loaded truck."""
    grams = found.months.loc[found.months["navigation_class"] == name, "g_per_tkm"].dropna()
    if grams.empty:
        return []
    mean, account = float(grams.mean()), found.line(name)["g_per_tkm"]
    same = (mean > truck.loaded_g_per_tkm) == (account > truck.loaded_g_per_tkm)
    word = words("water.above" if mean > truck.loaded_g_per_tkm else "water.below")
    key = "water.method_agrees" if same else "water.method_turns"
    own = found.months[found.months["navigation_class"] == name]
    filled, line = float(own["simulated_g_per_tkm"].mean()), found.line(name)
    side = words("water.above" if filled > truck.loaded_g_per_tkm else "water.below")
    first = words(key, name=words(f"water.name_{name}"), mean=number(mean, 1), word=word)
    second = words(
        "water.filled",
        payload=number(line["mean_payload_t"], 0),
        long=number(line["km_payload_t"], 0),
        sim=number(filled, 1),
        word=side,
    )
    return [first + (" " if words.language == "en" else "") + second]


def bars(found: Finding, words: Wording) -> pd.DataFrame:
    """Return the bars of the figure: label, mode, g_per_tkm, navigation_class."""
    rows: list[tuple[str, str, float, str]] = [
        (words("water.class", name=words(f"water.name_{n}")), "waterway", float(g), str(n))
        for n, g in found.classes["g_per_tkm"].items()
    ]
    if found.truck is not None:
        rows.append((words("fig.water_truck_around"), "road", found.truck.around_g_per_tkm, ""))
        rows.append((words("fig.water_truck"), "road", found.truck.loaded_g_per_tkm, ""))
    if found.train_g_per_tkm == found.train_g_per_tkm:
        rows.append((words("fig.water_train"), "rail", found.train_g_per_tkm, ""))
    table = pd.DataFrame(rows, columns=["label", "mode", "g_per_tkm", "navigation_class"])
    return table.sort_values("g_per_tkm", ascending=False, kind="stable", ignore_index=True)
