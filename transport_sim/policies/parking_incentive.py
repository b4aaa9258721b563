"""Days without the car, and park and ride."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import CarLeftHome, ParkAndRide
from transport_sim.policies.base import Policy


class ParkingIncentive(Policy):
    """Who leaves the car at home is paid, and who leaves it at a site on the way finds a bus there."""

    identity_fields: ClassVar[tuple[str, ...]] = ("areas",)
    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["parking_incentive"] = "parking_incentive"
    cny_per_trip: float = Field(default=0.0, ge=0, le=1000)
    """Paid for each journey not made by car on a declared day without it."""
    participation_share: float = Field(default=0.0, ge=0, le=1)
    """Share of the journeys whose travellers take part in days without the car."""
    areas: tuple[Literal["core", "county"], ...] = ("core",)
    """Where these journeys begin; in the core unless stated."""
    spaces_count: int = Field(default=0, ge=0, le=1_000_000)
    """Spaces of all park-and-ride sites; none unless stated. They serve journeys that begin in the core."""
    cny_per_use: float = Field(default=4.0, ge=0, le=1000)
    """What parking and the bus cost the traveller together."""
    transfer_min: float = Field(default=10.0, ge=0, le=120)
    """Time at the site: parking, the walk and the wait for the bus."""
    car_way_share: float = Field(default=0.6, ge=0, le=1)
    """Share of the way that is driven by car."""
    min_km: float = Field(default=4.0, ge=0, le=100)
    """Journeys from this length on pass a site."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Offer what is stated; no money and no spaces change nothing."""
        if self.cny_per_trip and self.participation_share and self.areas:
            measure = CarLeftHome(self.cny_per_trip, self.participation_share, self.areas, self.kind)
            inputs = inputs.with_passenger_measure(measure)
        if self.spaces_count:
            site = ParkAndRide(
                self.spaces_count, self.cny_per_use, self.transfer_min, self.car_way_share, self.min_km, self.kind
            )
            inputs = inputs.with_passenger_measure(site)
        return inputs
