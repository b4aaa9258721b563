"""Paying for the use of crowded roads."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.conditions import WORKDAYS, StatedWindows, Weekdays, When, Where, Who
from transport_sim.inputs import Inputs
from transport_sim.measures import RoadCharge
from transport_sim.policies.base import Policy


class CongestionCharge(Policy):
    """Vehicles pay for entering a zone or section, or for each kilometre on it, at some hours."""

    identity_fields: ClassVar[tuple[str, ...]] = ("where", "who", "windows")

    kind: Literal["congestion_charge"] = "congestion_charge"
    where: Where
    """Roads that cost: areas, roads, link_classes, link_ids, apart_from; the cordon is around all of them."""
    cny: float = Field(ge=0, le=1000)
    """Charge in CNY for each entry or kilometre."""
    per: Literal["entry", "km"] = "entry"
    """What is counted: each passage from outside to inside, or each kilometre inside."""
    who: Who = Who(vehicle_classes=("car",))
    """Vehicles that pay; cars unless stated."""
    windows: StatedWindows = ("07:30-09:00", "17:00-19:00")
    """Windows of the day; unless stated the rush hours of other Chinese cities, an assumption for Dazhou."""
    weekdays: Weekdays = WORKDAYS
    """Days of the week; Monday to Friday unless stated."""
    exempt: tuple[Who, ...] = ()
    """Vehicles that pay nothing; one that fits is enough."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Levy the charge."""
        when = When(windows=self.windows, weekdays=self.weekdays)
        links, place = inputs.road_links(self.where), str(self.where)
        charge = RoadCharge(links, self.who, when, self.exempt, self.cny, self.per, self.kind, place)
        return inputs.with_road_charge(charge)
