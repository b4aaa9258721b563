"""Electric freight trucks."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import MandatePolicy


class TruckElectrification(MandatePolicy):
    """Freight trucks go electric, by battery or fuel cell: a least share of what is bought, or on the road."""

    identity_fields: ClassVar[tuple[str, ...]] = ("technologies", "fleets", "of")
    opinion_items: ClassVar[tuple[int, ...]] = (15, 17)

    kind: Literal["truck_electrification"] = "truck_electrification"
    fleets: tuple[Literal["truck_light", "truck_medium", "truck_heavy", "tractor_trailer"], ...] = Field(
        default=(
            "truck_heavy",
            "tractor_trailer",
        ),
        min_length=1,
    )
    """Fleets concerned; heavy trucks and tractors unless stated."""
    technologies: tuple[Literal["battery_electric", "fuel_cell_electric"], ...] = Field(
        default=("battery_electric",), min_length=1
    )
    """Drives that count; what is bought beyond the market's own share is of the first."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the mandate, which the turnover of fleets obeys."""
        return self.mandated(inputs, self.fleets, self.technologies)
