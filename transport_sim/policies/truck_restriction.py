"""Roads closed to trucks."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.conditions import (
    TRUCKS,
    Standards,
    StatedWindows,
    Technologies,
    VehicleClasses,
    Weekdays,
    When,
    Where,
    Who,
)
from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.measures import AccessRule
from transport_sim.policies.base import Policy


class TruckRestriction(Policy):
    """Trucks may not use the roads of a town, by weight, standard and hour; bypass routes stay open."""

    identity_fields: ClassVar[tuple[str, ...]] = ("where", "vehicle_classes", "min_gross_t", "emission_standards")

    kind: Literal["truck_restriction"] = "truck_restriction"
    where: Where
    """Roads that are closed: areas, roads, link_classes, link_ids, apart_from."""
    bypass: Where | None = None
    """Roads among them that stay open to trucks, such as the signed way around the town."""
    vehicle_classes: VehicleClasses = TRUCKS
    """Classes of trucks; all unless stated."""
    min_gross_t: float | None = Field(default=None, gt=0, le=100)
    """Least gross weight; no limit unless stated."""
    emission_standards: Standards = ()
    """Emission standards; all unless stated."""
    technologies: Technologies = ()
    """Drives; all unless stated."""
    windows: StatedWindows | None = None
    """Windows of the day; day and night unless stated."""
    weekdays: Weekdays = ()
    """Days of the week; all unless stated."""
    exempt: tuple[Who, ...] = ()
    """Vehicles that are free of it; one that fits is enough."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Close the roads, all but the bypass."""
        left_open = set(inputs.road_links(self.bypass)) if self.bypass else set()
        links = tuple(link for link in inputs.road_links(self.where) if link not in left_open)
        if not links:
            raise PolicyError(f"the bypass {self.bypass} leaves nothing of {self.where} to close")
        who = Who(
            vehicle_classes=self.vehicle_classes,
            min_gross_t=self.min_gross_t,
            emission_standards=self.emission_standards,
            technologies=self.technologies,
        )
        when = When(windows=self.windows or (), weekdays=self.weekdays)
        return inputs.with_access(AccessRule(links, who, when, self.exempt, self.kind, str(self.where)))
