"""How many vehicles of each drive a fleet has in the simulated year."""

import numpy as np

from transport_sim.inputs import Inputs
from transport_sim.tables.freight import shares_at_year

CLASS_OF = {
    "bus": "bus",
    "taxi": "taxi",
    "private_car": "car",
    "motorcycle": "motorcycle",
    "truck_light": "truck_light",
}
"""Class of road traffic that stands for a fleet where the tables of fleets say nothing."""


def technology_counts(inputs: Inputs, fleet: str) -> dict[str, float]:
    """Return the vehicles of a fleet by technology.

    Parameters
    ----------
    inputs
        Tables and measures of the simulated year.
    fleet
        Name of the fleet, such as bus or taxi.

    Returns
    -------
    Vehicles by technology, in alphabetical order, from the tables of road traffic where those of fleets have no row;
    empty where both have none. [vehicles]
    """
    return _from_traffic(inputs, fleet)


def _from_traffic(inputs: Inputs, fleet: str) -> dict[str, float]:
    vehicle_class = CLASS_OF.get(fleet)
    if inputs.traffic is None or vehicle_class is None:
        return {}
    totals = inputs.traffic.vehicle_totals
    totals = totals[totals["vehicle_class"] == vehicle_class].sort_values("year")
    stock = inputs.traffic.vehicle_stock
    stock = stock[(stock["vehicle_class"] == vehicle_class) & (stock["registration"] == "local")]
    if totals.empty or stock.empty:
        return {}
    count = float(np.interp(inputs.year, totals["year"], totals["vehicle_count"]))
    shares = shares_at_year(stock, ["technology", "emission_standard"], inputs.year).groupby("technology").sum()
    return {str(name): count * float(share) for name, share in shares.items()}
