"""Who charges how, for one year: look-ups in the tables `charging_behaviour` and `charging_hours`."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.energy.electric import MILD_TEMPERATURE_C, electric_energy_kwh_per_km
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray

HOURS = 24
CLASS_OF_GROUP = {
    "taxi": "taxi",
    "bus": "bus",
    "delivery": "truck_light",
    "truck": "truck_heavy",
    "private": "car",
    "through": "car",
}
"""Vehicle class whose battery and consumption stand for a group."""


@dataclass(frozen=True, eq=False)
class Behaviour:
    """How groups drive and charge in a year."""

    inputs: Inputs

    def get(self, group: str, quantity: str, default: float | None = None) -> float:
        """Return a number of the simulated year, linear between the years that are stated.

        Parameters
        ----------
        group
            One of `tables.siting.CHARGING_GROUPS`.
        quantity
            One of `tables.siting.BEHAVIOUR`; its unit is in its name or in that table.
        default
            What no row means; without one, no row is an error.

        Raises
        ------
        DataError
            If no row fits and there is no default.
        """
        table = self.inputs.operations["charging_behaviour"]
        own = table[(table["group"] == group) & (table["quantity"] == quantity)].sort_values("year")
        if len(own):
            return float(np.interp(self.inputs.year, own["year"], own["value"]))
        if default is None:
            raise DataError(f"fleets/charging_behaviour.csv: no row for group {group}, quantity {quantity}")
        return default

    def electric_share(self, group: str) -> float:
        """Return the share of battery-electric vehicles: what the table says, else that of `vehicle_stock`. [-].

        Plug-in hybrids are left out: most of them cannot use fast chargers.
        """
        stated = self.get(group, "electric_share", np.nan)
        if not np.isnan(stated) or self.inputs.traffic is None:
            return 0.0 if np.isnan(stated) else stated
        stock = self.inputs.traffic.vehicle_stock
        registration = "non_local" if group == "through" else "local"
        own = stock[(stock["vehicle_class"] == CLASS_OF_GROUP[group]) & (stock["registration"] == registration)]
        years = np.unique(own["year"])
        if not len(years):
            return 0.0
        of_year = own[own["technology"] == "battery_electric"].groupby("year")["share"].sum().reindex(years).fillna(0.0)
        return float(np.interp(self.inputs.year, years, of_year))

    def kwh_per_km(self, group: str) -> float:
        """Return the electricity that the battery gives per km at the group's mean speed. [kWh/km]."""
        temperature = self.inputs.fleets.temperature_c if self.inputs.fleets is not None else MILD_TEMPERATURE_C
        found = electric_energy_kwh_per_km(
            self.inputs.factors,
            vehicle_class=CLASS_OF_GROUP[group],
            speed_kmh=self.get(group, "mean_speed_kmh"),
            temperature_c=temperature,
        )
        return float(found)

    def public_kwh_per_km(self, group: str) -> float:
        """Return what a mean vehicle of the group, electric or not, charges at public plugs per km. [kWh/km]."""
        share = self.electric_share(group) * self.get(group, "public_share")
        return share * self.kwh_per_km(group) if share else 0.0

    def hourly_share(self, group: str) -> FloatArray:
        """Return the share of a group's charging in each hour of the day, shape (24,); even where no row says. [-]."""
        table = self.inputs.operations["charging_hours"]
        shares = np.zeros(HOURS)
        rows: pd.DataFrame = table[table["group"] == group]
        for first, last, share in zip(rows["from_hour"], rows["to_hour"], rows["share"], strict=True):
            shares[first:last] += share / (last - first)
        total = shares.sum()
        return shares / total if total > 0 else np.full(HOURS, 1.0 / HOURS)
