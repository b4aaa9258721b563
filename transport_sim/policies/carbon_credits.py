"""Points for low-carbon journeys (碳普惠)."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import CarbonCredit
from transport_sim.policies.base import Policy


class CarbonCredits(Policy):
    """Journeys by low-carbon modes earn points that are worth money, by the factors of a stated method."""

    identity_fields: ClassVar[tuple[str, ...]] = ("method", "modes")
    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["carbon_credits"] = "carbon_credits"
    method: str
    """Method of the table `credit_factors`: its baseline less the emissions of the mode are credited."""
    modes: tuple[Literal["walk", "cycle", "bus", "taxi"], ...] = ()
    """Modes that are credited; all of the method unless stated."""
    points_per_kg: float = Field(default=1.0, gt=0, le=1e6)
    """Points for a kilogram of CO2e; unless stated a point is a kilogram."""
    cny_per_point: float = Field(ge=0, le=100)
    """What a point is worth to the traveller, as a voucher or in money."""
    participation_share: float = Field(ge=0, le=1)
    """Share of the journeys whose travellers take part."""
    budget_cny_per_year: float | None = Field(default=None, gt=0, le=1e12)
    """Most that is paid out in a year, as expected; points lose value until it suffices. No limit unless stated."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Offer the points; worthless ones and a programme without participants change nothing."""
        credit = CarbonCredit(
            self.method,
            self.modes,
            self.points_per_kg * self.cny_per_point,
            self.participation_share,
            self.budget_cny_per_year,
            self.kind,
        )
        offered = inputs.with_passenger_measure(credit)  # names are checked, whatever the rate
        return offered if credit.cny_per_kg and credit.participation_share else inputs
