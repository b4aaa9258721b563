"""Roads closed to some vehicles in the rush hours."""

from typing import ClassVar, Literal

from transport_sim.conditions import WORKDAYS, StatedWindows, Weekdays, When, Where, Who
from transport_sim.inputs import Inputs
from transport_sim.measures import AccessRule
from transport_sim.policies.base import Policy


class PeakHourRestriction(Policy):
    """Vehicles registered elsewhere may not use congested roads in the rush hours of working days."""

    identity_fields: ClassVar[tuple[str, ...]] = ("where", "who")
    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["peak_hour_restriction"] = "peak_hour_restriction"
    where: Where
    """Roads that are closed: areas, roads, link_classes, link_ids, apart_from."""
    who: Who = Who(vehicle_classes=("car",), registration="non_local")
    """Vehicles that are shut out: non-local cars unless stated."""
    windows: StatedWindows = ("07:30-09:00", "17:00-19:00")
    """Rush hours; unless stated those of other Chinese cities, an assumption for Dazhou."""
    weekdays: Weekdays = WORKDAYS
    """Days of the week; Monday to Friday unless stated."""
    exempt: tuple[Who, ...] = ()
    """Vehicles that are free of it; one that fits is enough."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Close the roads."""
        when = When(windows=self.windows, weekdays=self.weekdays)
        links = inputs.road_links(self.where)
        return inputs.with_access(AccessRule(links, self.who, when, self.exempt, self.kind, str(self.where)))
