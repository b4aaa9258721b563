"""Energy and exhaust of road traffic from flows and times by link and bin.

The road functions are evaluated once per kind of vehicle, for every half km/h and level of gradient; one compiled pass
over the cells then looks up and adds. Nothing is stored per cell, so memory does not grow with the number of bins.
"""

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.emissions.lifecycle import lifecycle_co2e_kg
from transport_sim.emissions.road import RoadPollutant, road_emissions_g_per_km
from transport_sim.energy.arguments import FloatArray
from transport_sim.energy.electric import electric_energy_kwh_per_km, meter_kwh
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.road import BATTERY_ELECTRIC, energy_carrier, road_energy_mj_per_km
from transport_sim.factors.model import Factors
from transport_sim.units import G_PER_KG, SECONDS_PER_HOUR

QUANTITIES: Final = (
    *("energy_mj", "electricity_kwh", "co2_ttw_kg", "co2e_ttw_kg", "co2e_wtt_kg"),
    *("nox_g", "pm2_5_g", "co_g", "hc_g"),
)
"""What is added up; energy is that of fuel and electricity together, CO2e in kg, pollutants in g."""
KIND_COLUMNS: Final = ("vehicle_class", "technology", "emission_standard")
SLOWEST_KMH = 5
"""Below this speed a vehicle uses per hour what it uses at it: a queue idles, it does not crawl for ever. [km/h]"""
FASTEST_KMH = 140
"""Upper end of the road functions. [km/h]"""
STEPS_PER_KMH = 2
"""Speeds of the table per km/h; rates in between are linear, and off by 1 % at most. [-]"""
GRADIENTS: FloatArray = np.linspace(0.0, 0.06, 7)
"""Levels of mean absolute gradient up to the steepest of the published curves; in between rates are linear. [-]"""
LOAD_RATIO = 0.5
"""Load of goods vehicles and buses in the flow: half, the mean of a laden way and an empty one. [-]"""
PLUG_IN_HYBRID = "plug_in_hybrid"
POLLUTANTS: tuple[RoadPollutant, ...] = ("nox", "pm2_5", "co", "hc")
GASES: dict[RoadPollutant, str] = {"ch4": "ch4_fossil", "n2o": "n2o"}
"""Greenhouse gases beside CO2, and their row in `gwp.csv`."""


@dataclass(frozen=True, eq=False)
class RateTable:
    """Energy and exhaust per km of each kind of vehicle."""

    kinds: pd.DataFrame
    """Columns `KIND_COLUMNS`, index 0..n_kinds-1."""
    per_km: FloatArray
    """Shape (n_kinds, n_gradients, n_speeds, n_quantities), speeds from `SLOWEST_KMH` to `FASTEST_KMH`."""

    @classmethod
    def build(cls, factors: Factors, kinds: pd.DataFrame, *, grid_region: str, year: int) -> "RateTable":
        """Evaluate the road functions.

        Parameters
        ----------
        factors
            The factor tables.
        kinds
            Columns `KIND_COLUMNS`; a battery-electric vehicle needs no emission standard.
        grid_region, year
            Electricity mix of what is charged.

        Raises
        ------
        FactorError
            If there are no factors for a kind.
        """
        speed = np.linspace(SLOWEST_KMH, FASTEST_KMH, STEPS_PER_KMH * (FASTEST_KMH - SLOWEST_KMH) + 1)
        table = np.zeros((len(kinds), len(GRADIENTS), len(speed), len(QUANTITIES)))
        for number, kind in enumerate(kinds[list(KIND_COLUMNS)].itertuples(index=False)):
            for technology, share in _parts(factors, str(kind.technology)):
                for level, gradient in enumerate(GRADIENTS):
                    for slope in (gradient, -gradient):
                        rates = _rates(
                            factors,
                            vehicle_class=str(kind.vehicle_class),
                            technology=technology,
                            emission_standard=str(kind.emission_standard),
                            speed_kmh=speed,
                            gradient_ratio=slope,
                            grid_region=grid_region,
                            year=year,
                        )
                        table[number, level] += 0.5 * share * rates
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
        place = np.interp(np.abs(gradient_ratio), GRADIENTS, np.arange(len(GRADIENTS)))
        level = np.minimum(place.astype(np.int64), len(GRADIENTS) - 2)
        by_link = np.zeros((len(length_km), len(QUANTITIES)))
        by_kind = np.zeros((len(self.kinds), len(QUANTITIES)))
        cells = np.transpose(flow_count, (2, 1, 0)), np.transpose(time_s, (2, 1, 0))
        _add_up(self.per_km, np.asarray(length_km, dtype=np.float64), level, place - level, *cells, by_link, by_kind)
        return by_link, by_kind


def _parts(factors: Factors, technology: str) -> list[tuple[str, float]]:
    """Split a plug-in hybrid into the kilometres that it drives on each energy carrier."""
    if technology != PLUG_IN_HYBRID:
        return [(technology, 1.0)]
    electric = factors.value("road_technologies", quantity="electric_km_ratio", technology=PLUG_IN_HYBRID)
    return [(BATTERY_ELECTRIC, electric), ("hybrid", 1.0 - electric)]


def _rates(
    factors: Factors,
    *,
    vehicle_class: str,
    technology: str,
    emission_standard: str,
    speed_kmh: FloatArray,
    gradient_ratio: float,
    grid_region: str,
    year: int,
) -> FloatArray:
    """Return energy and exhaust per km on one slope, shape (n_speeds, n_quantities)."""
    driving: dict[str, Any] = {"speed_kmh": speed_kmh, "load_ratio": LOAD_RATIO, "gradient_ratio": gradient_ratio}
    rates = dict.fromkeys(QUANTITIES, np.zeros_like(speed_kmh))
    if technology == BATTERY_ELECTRIC:
        battery = electric_energy_kwh_per_km(factors, vehicle_class=vehicle_class, **driving)
        # what a descent gives back is used on the climb of the same road: the table keeps it negative until then
        kwh = np.sign(battery) * meter_kwh(factors, np.abs(battery))
        supply = lifecycle_co2e_kg(factors, "electricity", np.abs(kwh), grid_region=grid_region, year=year)
        rates |= {"energy_mj": 3.6 * kwh, "electricity_kwh": kwh, "co2e_wtt_kg": np.sign(kwh) * supply.co2e_wtt_kg}
        return np.stack([rates[name] for name in QUANTITIES], axis=1)
    kind: dict[str, Any] = {
        "vehicle_class": vehicle_class,
        "technology": technology,
        "emission_standard": emission_standard,
        **driving,
    }
    energy = road_energy_mj_per_km(factors, **kind)
    carrier = energy_carrier(vehicle_class, technology)
    stages = lifecycle_co2e_kg(factors, carrier, fuel_kg(factors, energy, carrier), grid_region=grid_region, year=year)
    exhaust = {name: road_emissions_g_per_km(factors, pollutant=name, **kind) for name in POLLUTANTS}
    ghg = np.zeros_like(speed_kmh)
    for emitted, gas in GASES.items():
        potential = factors.value("gwp", quantity="gwp100", gwp_set="AR6", gas=gas)
        ghg = ghg + potential * road_emissions_g_per_km(factors, pollutant=emitted, **kind)
    rates |= {"energy_mj": energy, "co2_ttw_kg": stages.co2_ttw_kg, "co2e_wtt_kg": stages.co2e_wtt_kg}
    rates |= {"co2e_ttw_kg": stages.co2e_ttw_kg + ghg / G_PER_KG}
    rates |= {f"{name}_g": grams for name, grams in exhaust.items()}
    return np.stack([rates[name] for name in QUANTITIES], axis=1)


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
                place = STEPS_PER_KMH * (min(speed, FASTEST_KMH) - SLOWEST_KMH)
                low = min(int(place), speeds - 2)
                part = place - low
                for q in range(quantities):
                    flat = per_km[kind, g, low, q] * (1.0 - part) + per_km[kind, g, low + 1, q] * part
                    steep = per_km[kind, g + 1, low, q] * (1.0 - part) + per_km[kind, g + 1, low + 1, q] * part
                    amount = km * (flat * (1.0 - up) + steep * up)
                    by_link[link, q] += amount
                    by_kind[kind, q] += amount
