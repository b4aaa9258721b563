"""A zone for clean vehicles."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from transport_sim.conditions import (
    STANDARDS,
    Standard,
    StatedWindows,
    Technologies,
    Technology,
    VehicleClasses,
    When,
    Where,
    Who,
)
from transport_sim.inputs import Inputs
from transport_sim.measures import AccessRule
from transport_sim.policies.base import Policy


class LowEmissionZone(Policy):
    """Vehicles below a standard, which may differ by drive, stay out of a zone; some drives stay out altogether."""

    identity_fields: ClassVar[tuple[str, ...]] = ("where", "vehicle_classes", "windows")

    kind: Literal["low_emission_zone"] = "low_emission_zone"
    where: Where
    """Roads of the zone: areas, roads, link_classes, link_ids, apart_from."""
    least_standards: dict[Technology, Standard] = Field(default_factory=dict)
    """For each drive the oldest standard that may still enter; drives that are not named are free."""
    banned_technologies: Technologies = ()
    """Drives that may not enter at all."""
    vehicle_classes: VehicleClasses = ()
    """Classes concerned; all unless stated."""
    windows: StatedWindows | None = None
    """Windows of the day; day and night unless stated."""
    exempt: tuple[Who, ...] = ()
    """Vehicles that are free of it; one that fits is enough."""

    @model_validator(mode="after")
    def _shuts_somebody_out(self) -> Self:
        """Refuse a zone that asks for nothing."""
        if not (self.least_standards or self.banned_technologies):
            raise ValueError(
                "the zone shuts nobody out; state least_standards such as {diesel: china_v}, or banned_technologies "
                "such as [lng]"
            )
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Close the zone to older standards and banned drives, one rule a drive."""
        links = inputs.road_links(self.where)
        older = {drive: STANDARDS[: STANDARDS.index(least)] for drive, least in self.least_standards.items()}
        shut_out = [Who(technologies=(drive,), emission_standards=words) for drive, words in older.items() if words]
        if self.banned_technologies:
            shut_out.append(Who(technologies=self.banned_technologies))
        for vehicles in shut_out:
            who = vehicles.model_copy(update={"vehicle_classes": self.vehicle_classes})
            rule = AccessRule(links, who, When(windows=self.windows or ()), self.exempt, self.kind, str(self.where))
            inputs = inputs.with_access(rule)
        return inputs
