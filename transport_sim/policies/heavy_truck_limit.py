"""Less bulk by truck over long distances."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import RoadShareLimit
from transport_sim.policies.base import Policy
from transport_sim.relations import Freight


class HeavyTruckLimit(Policy):
    """Beyond a distance the road may carry at most a share of bulk goods; a price of road permits makes it so."""

    identity_fields: ClassVar[tuple[str, ...]] = ("commodities", "origins", "destinations", "min_km")
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["heavy_truck_limit"] = "heavy_truck_limit"
    min_km: float = Field(gt=0, le=5000)
    """Distance by road from which it holds, with what lies beyond the map."""
    max_road_share: float = Field(gt=0, le=1)
    """Largest share of the tonnes, of those that have another way, that may go by road all the way."""
    each_relation: bool = False
    """Whether the share holds on every relation by itself; on their sum unless stated, as with permits on a market."""
    commodities: tuple[str, ...] = ()
    """Commodities concerned; all bulk goods unless stated."""
    origins: tuple[str, ...] = ()
    """Zones at one end; all of them unless stated."""
    destinations: tuple[str, ...] = ()
    """Zones at the other end; all of them unless stated."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Limit the share; one of 1 limits nothing."""
        goods = inputs.commodities
        bulk = tuple(sorted(goods.loc[goods["choice_group"] == "bulk", "commodity"]))
        freight = Freight(commodities=self.commodities or bulk, origins=self.origins, destinations=self.destinations)
        limit = RoadShareLimit(freight, self.min_km, self.max_road_share, self.each_relation, self.kind)
        limited = inputs.with_measure(limit)
        return inputs if self.max_road_share == 1.0 else limited
