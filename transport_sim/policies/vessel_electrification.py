"""Electric vessels."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import MandatePolicy


class VesselElectrification(MandatePolicy):
    """Vessels of the region's owners sail on batteries: a least share of what is bought, or of what sails."""

    identity_fields: ClassVar[tuple[str, ...]] = ("technologies", "of")
    opinion_items: ClassVar[tuple[int, ...]] = (15,)

    kind: Literal["vessel_electrification"] = "vessel_electrification"
    technologies: tuple[Literal["battery_electric"], ...] = Field(default=("battery_electric",), min_length=1)
    """Drives that count; what is bought beyond the market's own share is of the first."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the mandate, which the turnover of fleets obeys."""
        return self.mandated(inputs, ("vessel",), self.technologies)
