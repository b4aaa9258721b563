"""One ticket for two vehicles on long journeys."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy


class JointTicket(Policy):
    """Long journeys with a change, by rail and air or coach and rail, are on one ticket: less wait, a lower fare."""

    identity_fields: ClassVar[tuple[str, ...]] = ("mode", "places")
    opinion_items: ClassVar[tuple[int, ...]] = (16,)

    kind: Literal["joint_ticket"] = "joint_ticket"
    mode: Literal["air_rail", "coach_rail"]
    """Modes that are joined."""
    places: tuple[str, ...] = ()
    """Places at one end of the relations, as in the table `passenger_services`; all unless stated."""
    saved_wait_h: float = Field(default=0.0, ge=0, le=24)
    """Time between the two vehicles that falls away, by timetables and checked luggage; no wait becomes negative."""
    fare_ratio: float = Field(default=1.0, gt=0, le=1)
    """Fare of the joint ticket over the sum of both."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Change the services; a ticket that saves nothing changes nothing."""
        table = inputs.operations["passenger_services"]
        here = table["mode"] == self.mode
        known = sorted({*table.loc[here, "from_place"], *table.loc[here, "to_place"]})
        inputs.check_known(f"place with a service by {self.mode}", list(self.places), known)
        if self.places:
            here &= table["from_place"].isin(self.places) | table["to_place"].isin(self.places)
        if not here.any() or (self.saved_wait_h == 0.0 and self.fare_ratio == 1.0):
            return inputs
        changed = table.copy()
        changed.loc[here, "transfer_wait_h"] = (table.loc[here, "transfer_wait_h"] - self.saved_wait_h).clip(lower=0.0)
        changed.loc[here, "fare_cny"] = table.loc[here, "fare_cny"] * self.fare_ratio
        return inputs.with_table("passenger_services", changed)
