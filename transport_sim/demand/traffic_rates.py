"""Numbers of the road traffic tables for one year: rates, growth, shares of technologies, hours."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.fleet.stock import fleet_mix, fleets_of_class
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray
from transport_sim.tables.freight import shares_at_year
from transport_sim.traffic_inputs import TrafficInputs
from transport_sim.units import SECONDS_PER_HOUR

HOURS = 24


def traffic_of(inputs: Inputs) -> TrafficInputs:
    """Return the inputs of road traffic; raise DataError if the scenario has none."""
    if inputs.traffic is None:
        raise DataError("the scenario has no road traffic; give it a section `traffic`")
    return inputs.traffic


def growth_ratio(inputs: Inputs, vehicle_class: str) -> float:
    """Return the vehicles of a class in the simulated year for each in the base year, linear between stated years. [-].

    Raises
    ------
    DataError
        If the class has no vehicles in the base year.
    """
    totals = traffic_of(inputs).vehicle_totals
    own = totals[totals["vehicle_class"] == vehicle_class].sort_values("year")
    now, then = (
        float(np.interp(year, own["year"], own["vehicle_count"])) if len(own) else 0.0
        for year in (inputs.year, inputs.base_year)
    )
    if then == 0.0:
        raise DataError(f"vehicle_totals.csv: no {vehicle_class} in the base year {inputs.base_year}")
    return now / then


def technology_shares(inputs: Inputs, vehicle_class: str, registration: str) -> pd.DataFrame:
    """Return the shares of technologies and emission standards among the vehicles of a class on the road.

    After the base year local vehicles are those of the turnover of fleets, where it has the class. Else they are those
    of `vehicle_stock`; classes that it leaves out are the trucks of `truck_fleet`, diesel all of them.

    Returns
    -------
    Columns technology, emission_standard and share, which adds up to 1, in a fixed order.
    """
    stock = traffic_of(inputs).vehicle_stock
    mix = fleet_mix(inputs, fleets_of_class(inputs, vehicle_class)) if registration == "local" else stock.iloc[:0]
    if len(mix):
        share = mix["vehicle_count"] / mix["vehicle_count"].sum()
        return mix[["technology", "emission_standard"]].assign(share=share)
    own = stock[(stock["vehicle_class"] == vehicle_class) & (stock["registration"] == registration)]
    if own.empty:
        own = inputs.truck_fleet.assign(technology="diesel")
    shares = shares_at_year(own, ["technology", "emission_standard"], inputs.year)
    return shares.rename("share").reset_index()


@dataclass(frozen=True, eq=False)
class Profile:
    """When the trips of a purpose begin: shares of the hours, even within each hour."""

    cumulated: FloatArray
    """Share that began before each full hour, shape (25,), from 0 to 1."""

    @classmethod
    def of(cls, traffic: TrafficInputs, purpose: str, direction: str = "out") -> "Profile":
        """Look up the profile; raise DataError if there is none."""
        table = traffic.hourly_profile
        own = table[(table["purpose"] == purpose) & (table["direction"] == direction)]
        shares = np.bincount(own["hour"], own["share"], HOURS)
        if shares.sum() == 0.0:
            raise DataError(f"hourly_profile.csv: no share for purpose {purpose}, direction {direction}")
        return cls(np.append(0.0, np.cumsum(shares)) / shares.sum())

    def departure_s(self, draw: FloatArray) -> FloatArray:
        """Map uniform draws to seconds from midnight; a larger draw never departs earlier. [s]."""
        hour = np.clip(np.searchsorted(self.cumulated, draw, side="right") - 1, 0, HOURS - 1)
        width = self.cumulated[hour + 1] - self.cumulated[hour]
        within = np.divide(draw - self.cumulated[hour], width, out=np.zeros_like(draw), where=width > 0)
        return np.asarray((hour + np.minimum(within, 1.0 - 1e-9)) * SECONDS_PER_HOUR)
