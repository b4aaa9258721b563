"""Battery-electric trucks of the freight run on the way: their legs join the plan of tours."""

from dataclasses import replace

import numpy as np
import pandas as pd

from transport_sim.demand.tours import ELECTRIC, leg_tours
from transport_sim.fleet.numbers import ROOM, first_number
from transport_sim.fleet.stock import technology_counts
from transport_sim.fleet.travel import Travel, nearest_nodes, roads
from transport_sim.inputs import Inputs
from transport_sim.planning.tours import electric_group, tours_of
from transport_sim.simulation.tour_plan import TourPlan, TourVehicle
from transport_sim.tables.fleet_stock import FREIGHT_TRUCKS


def freight_places(inputs: Inputs) -> dict[str, int]:
    """Return the node of the roads at each zone and terminal that truck legs may name; `Travel` must know them."""
    network, zones, terminals = roads(inputs), inputs.zones, inputs.terminals
    found = {
        str(zone): network.node_by_ref(str(ref)) for zone, ref in zip(zones["zone"], zones["road_node"], strict=True)
    }
    nodes = [inputs.network.node_by_ref(str(name)) for name in terminals["terminal"]]
    at = inputs.network.nodes.loc[nodes, ["lon", "lat"]].to_numpy(float)
    near = nearest_nodes(network, at[:, 0], at[:, 1]) if nodes else np.empty(0, dtype=np.int64)
    return found | dict(zip(map(str, terminals["terminal"]), near.tolist(), strict=True))


def with_freight_trucks(plan: TourPlan, inputs: Inputs, travel: Travel, legs: pd.DataFrame, *, seed: int) -> TourPlan:
    """Return the plan with the battery-electric trucks among the legs of the freight run.

    Parameters
    ----------
    plan
        Of the tours.
    inputs
        Of the simulated year; the share of electric trucks is that of each class's stock.
    travel
        Ways between at least the nodes of `freight_places`.
    legs
        As `leg_tours` reads them.
    seed
        Of the replication.
    """
    places = {name: int(travel.position([node])[0]) for name, node in freight_places(inputs).items()}
    share = {}
    for fleet in FREIGHT_TRUCKS:
        counts = technology_counts(inputs, fleet)
        share[fleet] = counts.get(ELECTRIC, 0.0) / max(sum(counts.values()), 1e-12)
    fleets, vehicles = list(plan.fleets), list(plan.vehicles)
    for fleet, drawn in leg_tours(legs, places, share, days=plan.days, seed=seed).items():
        group = electric_group(inputs, travel, fleet, "charging")
        number = first_number(fleet) + ROOM // 2  # behind those of corridors
        ways = (tour for tour in tours_of(drawn) if np.isfinite(travel.time_s[0, tour.places[0], tour.places[1]]))
        for n, tour in enumerate(ways):
            vehicles.append(TourVehicle(number + n, len(fleets), group.target_soc, (tour,)))
        fleets.append(group)
    return replace(plan, fleets=tuple(fleets), vehicles=tuple(vehicles))
