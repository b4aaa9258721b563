"""Fuller trucks and fewer empty ones."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import TruckUse
from transport_sim.policies.base import Policy
from transport_sim.relations import Freight


class LoadConsolidation(Policy):
    """Shared warehouses, freight on a timetable and shared rural vans fill trucks and their ways back (统仓统配)."""

    identity_fields: ClassVar[tuple[str, ...]] = ("commodities", "origins", "destinations")

    kind: Literal["load_consolidation"] = "load_consolidation"
    empty_ratio: float = Field(default=1.0, ge=0, le=1)
    """Trucks that return empty, relative to what was."""
    load_ratio: float = Field(default=1.0, ge=1, le=3)
    """Load of a loaded truck, relative to what was; never over its capacity."""
    commodities: tuple[str, ...] = ()
    """Commodities concerned; all of them unless stated."""
    origins: tuple[str, ...] = ()
    """Zones at one end; all of them unless stated."""
    destinations: tuple[str, ...] = ()
    """Zones at the other end; all of them unless stated."""
    both_ways: bool = True
    """Whether goods from the destinations to the origins are meant, too."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Use the trucks better; ratios of 1 change nothing."""
        freight = Freight(
            commodities=self.commodities,
            origins=self.origins,
            destinations=self.destinations,
            both_ways=self.both_ways,
        )
        better = inputs.with_measure(TruckUse(freight, self.empty_ratio, self.load_ratio, self.kind))
        return inputs if self.empty_ratio == self.load_ratio == 1.0 else better
