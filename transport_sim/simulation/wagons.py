"""Wagons: how many a train needs, and how those that were sent out come home, loaded or empty.

Every wagon belongs to the terminal that sent it out. Once unloaded it goes back empty, unless goods wait for the way
back that it can carry: then it stands until they are loaded. So none is lost, which the audit checks by relation.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from transport_sim.simulation.plan import Plan, PlannedShipment
from transport_sim.simulation.railway_plan import RailRoute

Pair = tuple[int, int, float]
"""Origin and destination terminal, and distance beyond the map."""


class WagonFleet:
    """Wagons that stand away from home, and the wagons that goods need."""

    def __init__(self, plan: Plan) -> None:
        self.types, self._type_of = plan.wagon_types, plan.wagon_of
        self._empty_share = plan.empty_return_share_train
        self.standing: Counter[tuple[Pair, int]] = Counter()
        """Wagons by the relation on which they came and their type."""
        self._wanted = _wanted(plan, self)

    def type_of(self, shipment: PlannedShipment) -> int:
        """Return the position of the type of wagon that carries a consignment."""
        return self._type_of[shipment.commodity] if self._type_of else 0

    def size_t(self, route: RailRoute, shipment: PlannedShipment) -> float:
        """Return how much of a train a consignment takes, as tonnes of its net load: by mass, length or goods. [t]."""
        kind = self.types[self.type_of(shipment)]
        wagons, share = shipment.tonnes_t / kind.load_t, 0.0
        if route.max_length_m < math.inf and kind.length_m:
            share = wagons / max(route.max_length_m // kind.length_m, 1.0)
        if route.max_gross_t < math.inf:
            share = max(share, wagons / max(route.max_gross_t // (kind.load_t + kind.tare_t), 1.0))
        return max(shipment.tonnes_t, share * route.train_net_t)

    def needed(self, goods: Iterable[PlannedShipment]) -> Counter[int]:
        """Return the wagons of each type for the goods of a train."""
        loads: defaultdict[int, float] = defaultdict(float)
        for shipment in goods:
            loads[self.type_of(shipment)] += shipment.tonnes_t
        return Counter({kind: math.ceil(t / self.types[kind].load_t - 1e-9) for kind, t in loads.items()})

    def tare_t(self, wagons: Counter[int]) -> float:
        """Return the mass of empty wagons. [t]."""
        return sum(self.types[kind].tare_t * count for kind, count in wagons.items())

    def load(self, pair: Pair, needed: Counter[int]) -> Counter[int]:
        """Take wagons for a train, first those of the destination that stand here; returns those that go home so."""
        home = pair[1], pair[0], pair[2]
        reused: Counter[int] = Counter()
        for kind, count in needed.items():
            taken = min(count, self.standing[home, kind])
            if taken:
                self.standing[home, kind] -= taken
                reused[kind] = taken
        return reused

    def unload(self, pair: Pair, wagons: Counter[int]) -> Counter[int]:
        """Decide which wagons wait at the destination for goods; returns those that go back empty."""
        empty: Counter[int] = Counter()
        for kind, count in wagons.items():
            free = max(self._wanted.get((pair, kind), 0) - self.standing[pair, kind], 0)
            stays = min(math.floor((1.0 - self._empty_share) * count + 0.5), free)
            if stays:
                self.standing[pair, kind] += stays
            if count > stays:
                empty[kind] = count - stays
        return empty


def _wanted(plan: Plan, fleet: WagonFleet) -> dict[tuple[Pair, int], int]:
    """Return how many wagons of a relation its destination loads for the way back while a train collects goods."""
    found: defaultdict[tuple[Pair, int], float] = defaultdict(float)
    for shipment in plan.shipments:
        for leg in shipment.legs:
            if leg.mode == "rail":
                kind = fleet.type_of(shipment)
                wagons = shipment.tonnes_t / fleet.types[kind].load_t
                found[(leg.end, leg.start, leg.beyond_km), kind] += wagons
    if not found:
        return {}
    period_s = max(plan.shipments[-1].release_s, 1.0)
    wait_s = {pair: route.max_wait_s for pair, route in plan.rail_routes.items()}
    return {
        (pair, kind): math.ceil(count * min(wait_s[pair] / period_s, 1.0))
        for (pair, kind), count in found.items()
        if pair in wait_s
    }
