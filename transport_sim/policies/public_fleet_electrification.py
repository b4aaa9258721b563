"""Electric vehicles of public bodies."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import MandatePolicy


class PublicFleetElectrification(MandatePolicy):
    """Official cars, rural buses and postal vans go electric: a least share of what is bought, or on the road."""

    identity_fields: ClassVar[tuple[str, ...]] = ("technologies", "fleets", "of")
    opinion_items: ClassVar[tuple[int, ...]] = (15,)

    kind: Literal["public_fleet_electrification"] = "public_fleet_electrification"
    fleets: tuple[Literal["official_car", "rural_bus", "postal_van"], ...] = Field(
        default=(
            "official_car",
            "rural_bus",
            "postal_van",
        ),
        min_length=1,
    )
    """Fleets concerned; all three unless stated."""
    technologies: tuple[Literal["battery_electric", "plug_in_hybrid", "fuel_cell_electric"], ...] = Field(
        default=("battery_electric",), min_length=1
    )
    """Drives that count; what is bought beyond the market's own share is of the first."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the mandate, which the turnover of fleets obeys."""
        return self.mandated(inputs, self.fleets, self.technologies)
