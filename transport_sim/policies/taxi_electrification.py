"""Electric taxis."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import MandatePolicy


class TaxiElectrification(MandatePolicy):
    """Taxis go electric: a least share of what is bought, or of what is on the road."""

    identity_fields: ClassVar[tuple[str, ...]] = ("technologies", "of")
    opinion_items: ClassVar[tuple[int, ...]] = (15,)

    kind: Literal["taxi_electrification"] = "taxi_electrification"
    technologies: tuple[Literal["battery_electric", "plug_in_hybrid"], ...] = Field(
        default=("battery_electric",), min_length=1
    )
    """Drives that count; what is bought beyond the market's own share is of the first."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the mandate, which the turnover of fleets obeys."""
        return self.mandated(inputs, ("taxi",), self.technologies)
