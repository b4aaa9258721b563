"""What can be told to be wrong with the tables of fleets before anything is simulated."""

from collections.abc import Iterator

import numpy as np

from transport_sim.errors import DataError
from transport_sim.fleet.stock import technology_counts
from transport_sim.fleet.travel import nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.network.geometry import great_circle_km
from transport_sim.planning.buses import bus_nodes, bus_timetable
from transport_sim.planning.stations import charging_pieces, open_stations
from transport_sim.planning.taxis import check_taxis, has_taxis
from transport_sim.planning.tours import fleet_counts

ELECTRIC = "battery_electric"
TOURS = ("tour_fleets", "corridor_trucks")
"""Tables whose fleets must have vehicles."""
FARTHEST_KM = 25.0
"""A station, depot or base farther than this from any road has a slip in its coordinates; assumption. [km]"""
NAME_OF = {"stations": "station", "depots": "depot", "tour_fleets": "base"}
"""Column that names a place."""


def check_fleet_plans(inputs: Inputs) -> None:
    """Refuse tables of fleets that the simulation would refuse after an hour of work.

    Looked at are the timetable, places on the map, tables of taxis, vehicles of the fleets on tours, and that every
    fleet with electric vehicles has a row in `electric_vehicles`. Whether ways lead from place to place is found only
    when they are searched.

    Parameters
    ----------
    inputs
        Of a simulated year, after policies.

    Raises
    ------
    DataError
        Naming the table, and what would be right.
    """
    if inputs.fleets is None:
        return
    bus_nodes(inputs)  # reads the timetable and finds its stops on the map
    _check_places(inputs)
    if has_taxis(inputs):
        check_taxis(inputs)
    for table in TOURS:
        for fleet in sorted(set(inputs.operations[table]["fleet"])):
            fleet_counts(inputs, fleet, table)
    for fleet in sorted(set(_fleets(inputs))):
        if technology_counts(inputs, fleet).get(ELECTRIC, 0.0) > 0.0:
            charging_pieces(inputs, fleet)


def _fleets(inputs: Inputs) -> Iterator[str]:
    """Name the fleets that the scenario simulates."""
    if bus_timetable(inputs) is not None:
        yield "bus"
    if has_taxis(inputs):
        yield "taxi"
    if not inputs.operations["private_charging"].empty:
        yield "private_car"
    for table in TOURS:
        yield from inputs.operations[table]["fleet"]


def _check_places(inputs: Inputs) -> None:
    """Refuse places that are so far from any road that a coordinate must be wrong."""
    network = roads(inputs)
    tables = {name: inputs.operations[name] for name in ("depots", "tour_fleets")}
    for table, places in {"stations": open_stations(inputs), **tables}.items():
        if places.empty:
            continue
        near = network.nodes.loc[nearest_nodes(network, places["lon"], places["lat"]), ["lon", "lat"]]
        at = near.to_numpy(np.float64)
        away_km = great_circle_km(places["lon"], places["lat"], at[:, 0], at[:, 1])
        worst = int(np.argmax(away_km))
        if away_km[worst] > FARTHEST_KM:
            row = places.iloc[worst]
            raise DataError(
                f"fleets/{table}.csv: {row[NAME_OF[table]]!r} at lon {row['lon']:g}, lat {row['lat']:g} lies "
                f"{away_km[worst]:,.0f} km from any road of the network, more than {FARTHEST_KM:g} km; check its "
                "coordinates"
            )
