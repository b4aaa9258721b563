"""Energy and exhaust of road traffic from flows and times by link and bin.

The tables of `road_table` give each kind of vehicle's rates by speed and gradient; one compiled pass over the cells
looks up and adds. Nothing is stored per cell, so memory does not grow with the number of bins.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.emissions.grid import FROZEN
from transport_sim.emissions.lifecycle import ch4_n2o_co2e_kg, lifecycle_co2e_kg
from transport_sim.emissions.road_table import (
    ENERGY,
    GRADIENTS,
    MAX_TABLE_GRADIENT_RATIO,
    SPEEDS,
    RoadGroup,
    road_table,
    speed_place,
)
from transport_sim.energy.arguments import FloatArray
from transport_sim.energy.electric import meter_kwh
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.road import BATTERY_ELECTRIC, HYDROGEN, energy_carrier
from transport_sim.energy.road_load import MAX_SPEED_KMH
from transport_sim.factors.model import Factors
from transport_sim.network.model import KIND_COLUMNS
from transport_sim.units import MJ_PER_KWH, SECONDS_PER_HOUR

QUANTITIES: Final = (
    *("energy_mj", "electricity_kwh", "co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg"),
    *("nox_g", "pm2_5_g", "co_g", "hc_g"),
)
"""What is added up; energy is that of fuel and electricity together, CO2e in kg, pollutants in g."""
SLOWEST_KMH = 5.0
"""Below this speed a vehicle uses per hour what it uses at it: a queue idles, it does not crawl for ever. [km/h]"""
PLUG_IN_HYBRID = "plug_in_hybrid"
FUEL_CELL = "fuel_cell_electric"
_EXHAUST = ("nox_g", "pm2_5_g", "co_g", "hc_g")
_GASES = ("ch4_g", "n2o_g")
_LEVEL = len(GRADIENTS) // 2


class Grid(NamedTuple):
    """Where and when electricity is taken from the grid."""

    region: str
    year: int
    path: str


@dataclass(frozen=True, eq=False)
class RateTable:
    """Energy and exhaust per km of each kind of vehicle."""

    kinds: pd.DataFrame
    """Columns `KIND_COLUMNS`, index 0..n_kinds-1."""
    per_km: FloatArray
    """Shape (n_kinds, n_gradients, n_speeds, n_quantities), mean absolute gradients from 0 up, `road_table.SPEEDS`."""

    @classmethod
    def build(
        cls,
        factors: Factors,
        kinds: pd.DataFrame,
        *,
        grid_region: str,
        year: int,
        grid_path: str = FROZEN,
        gwp_set: str = "AR6",
        energy_ratio: FloatArray | None = None,
    ) -> "RateTable":
        """Evaluate the road functions.

        Parameters
        ----------
        factors
            The factor tables.
        kinds
            Columns `KIND_COLUMNS`; a battery-electric vehicle needs no emission standard.
        grid_region, year, grid_path
            Electricity mix of what is charged, as for `lifecycle_co2e_kg`.
        gwp_set
            Key of `gwp.csv`, 100 years.
        energy_ratio
            Energy of each kind for each of the functions, shape (n_kinds,); 1 unless stated. Exhaust besides CO2
            stays as it is. [-]

        Raises
        ------
        FactorError
            If there are no factors for a kind.
        """
        parts = [
            (number, RoadGroup(str(kind.vehicle_class), technology, str(kind.emission_standard)), share)
            for number, kind in enumerate(kinds[list(KIND_COLUMNS)].itertuples(index=False))
            for technology, share in _parts(factors, str(kind.technology))
        ]
        grid = Grid(grid_region, year, grid_path)
        names = (ENERGY, "co2_g", *_EXHAUST, *_GASES)
        exact = road_table(factors, [group for _, group, _ in parts], quantities=names)
        found = exact.values.astype(np.float64)  # noqa: PD011 - no frame
        rolling = 0.5 * (found[:, _LEVEL:] + found[:, _LEVEL::-1])
        table = np.zeros((len(kinds), _LEVEL + 1, len(SPEEDS), len(QUANTITIES)))
        for (number, group, share), values in zip(parts, rolling, strict=True):
            rates = dict(zip(names, np.moveaxis(values, -1, 0), strict=True))
            table[number] += share * _with_supply(factors, group, rates, grid, gwp_set)
        if energy_ratio is not None:
            _save(table, np.asarray(energy_ratio, dtype=np.float64))
        return cls(kinds.reset_index(drop=True), table)

    def add_up(
        self,
        *,
        length_km: FloatArray,
        gradient_ratio: FloatArray,
        flow_count: npt.NDArray[Any],
        time_s: npt.NDArray[Any],
    ) -> tuple[FloatArray, FloatArray]:
        """Add up what the flows of a day use and emit.

        Parameters
        ----------
        length_km, gradient_ratio
            Length and mean absolute gradient of each link, shape (n_links,); steeper ones are taken at 6 %. [km, -]
        flow_count
            Vehicles by kind, link and bin, shape (n_kinds, n_links, n_bins).
        time_s
            Sum of their times on the link, same shape. [s]

        Returns
        -------
        Sums by link, shape (n_links, n_quantities), and by kind, shape (n_kinds, n_quantities); see `QUANTITIES`.
        """
        place = np.minimum(np.abs(gradient_ratio) / MAX_TABLE_GRADIENT_RATIO, 1.0) * _LEVEL
        level = np.minimum(place.astype(np.int64), _LEVEL - 1)
        by_link = np.zeros((len(length_km), len(QUANTITIES)))
        by_kind = np.zeros((len(self.kinds), len(QUANTITIES)))
        cells = np.transpose(flow_count, (2, 1, 0)), np.transpose(time_s, (2, 1, 0))
        _add_up(self.per_km, np.asarray(length_km, dtype=np.float64), level, place - level, *cells, by_link, by_kind)
        return by_link, by_kind


def _parts(factors: Factors, technology: str) -> list[tuple[str, float]]:
    """Split a plug-in hybrid into the kilometres that it drives on each energy carrier; a fuel cell uses hydrogen."""
    if technology == FUEL_CELL:
        return [(HYDROGEN, 1.0)]
    if technology != PLUG_IN_HYBRID:
        return [(technology, 1.0)]
    electric = factors.value("road_technologies", quantity="electric_km_ratio", technology=PLUG_IN_HYBRID)
    return [(BATTERY_ELECTRIC, electric), ("hybrid", 1.0 - electric)]


def _save(table: FloatArray, energy_ratio: FloatArray) -> None:
    """Scale energy and what follows from it, in place; methane and nitrous oxide go by the kilometre."""
    ratio = energy_ratio[:, None, None]
    carbon = table[..., QUANTITIES.index("co2_ttw_kg")].copy()
    table[..., QUANTITIES.index("co2e_ttw_kg")] += (ratio - 1.0) * carbon
    for name in ("energy_mj", "electricity_kwh", "co2_ttw_kg", "co2e_wtt_kg"):
        table[..., QUANTITIES.index(name)] *= ratio


def _with_supply(
    factors: Factors, group: RoadGroup, rates: dict[str, FloatArray], grid: Grid, gwp_set: str
) -> FloatArray:
    """Bring rates per km into the order of `QUANTITIES`, with the supply of the energy and the greenhouse gases."""
    carrier, energy = energy_carrier(group.vehicle_class, group.technology), rates[ENERGY]
    amount = energy / MJ_PER_KWH if group.technology == BATTERY_ELECTRIC else fuel_kg(factors, energy, carrier)
    if group.technology == BATTERY_ELECTRIC:
        amount = meter_kwh(factors, amount)
        energy = amount * MJ_PER_KWH
    stages = lifecycle_co2e_kg(factors, carrier, amount, grid_region=grid.region, year=grid.year, grid_path=grid.path)
    gases = ch4_n2o_co2e_kg(factors, rates["ch4_g"], rates["n2o_g"], gwp_set=gwp_set)
    columns = {
        "energy_mj": energy,
        "electricity_kwh": amount if group.technology == BATTERY_ELECTRIC else np.zeros_like(energy),
        "co2_ttw_kg": stages.co2_ttw_kg,
        "co2e_ttw_kg": stages.co2e_ttw_kg + gases,
        "co2e_wtt_kg": stages.co2e_wtt_kg,
        **{name: rates[name] for name in _EXHAUST},
    }
    return np.stack([columns[name] for name in QUANTITIES], axis=-1)


@nb.njit(cache=True)
def _add_up(  # noqa: PLR0917
    per_km: FloatArray,
    length_km: FloatArray,
    level: npt.NDArray[np.int64],
    climb: FloatArray,
    count: Any,  # noqa: ANN401
    time_s: Any,  # noqa: ANN401
    by_link: FloatArray,
    by_kind: FloatArray,
) -> None:
    """Look up each cell between four neighbours of the table, and add it to its link and its kind."""
    speeds, quantities = per_km.shape[2], per_km.shape[3]
    for step in range(count.shape[0]):
        for link in range(count.shape[1]):
            g, up = level[link], climb[link]
            for kind in range(count.shape[2]):
                vehicles = count[step, link, kind]
                if vehicles == 0:
                    continue
                km = vehicles * length_km[link]
                speed = km * SECONDS_PER_HOUR / time_s[step, link, kind] if time_s[step, link, kind] > 0 else np.inf
                if speed < SLOWEST_KMH:
                    km *= SLOWEST_KMH / speed
                    speed = SLOWEST_KMH
                place = speed_place(min(speed, MAX_SPEED_KMH))
                low = min(int(place), speeds - 2)
                part = place - low
                for q in range(quantities):
                    flat = per_km[kind, g, low, q] * (1.0 - part) + per_km[kind, g, low + 1, q] * part
                    steep = per_km[kind, g + 1, low, q] * (1.0 - part) + per_km[kind, g + 1, low + 1, q] * part
                    amount = km * (flat * (1.0 - up) + steep * up)
                    by_link[link, q] += amount
                    by_kind[kind, q] += amount
