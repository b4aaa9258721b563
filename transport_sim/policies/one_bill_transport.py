"""One document from door to door."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.measures import ThroughBill
from transport_sim.policies.base import FreightPolicy


class OneBillTransport(FreightPolicy):
    """Goods that change vehicles travel on one bill at one price (一单制): transfers cost less time and paper."""

    identity_fields: ClassVar[tuple[str, ...]] = ("mode", "commodities", "origins", "destinations")
    opinion_items: ClassVar[tuple[int, ...]] = (14, 17)

    kind: Literal["one_bill_transport"] = "one_bill_transport"
    mode: Literal["any", "rail", "waterway"] = "any"
    """Chains concerned: those with a transfer and a leg of this mode; all that have a transfer unless stated."""
    saved_h_per_transfer: float = Field(default=0.0, ge=0, le=240)
    """Time at each transfer that papers no longer take."""
    saved_cny_per_t_per_transfer: float = Field(default=0.0, ge=0, le=100)
    """Fees for papers, inspection and agents that fall away at each transfer."""
    price_ratio: float = Field(default=1.0, gt=0, le=1)
    """One price from door to door, relative to the sum of the rates and handling fees."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Offer the bill; one that saves nothing changes nothing."""
        bill = ThroughBill(
            self.mode,
            self.freight,
            self.saved_h_per_transfer,
            self.saved_cny_per_t_per_transfer,
            self.price_ratio,
            self.kind,
        )
        offered = inputs.with_measure(bill)
        saves = self.saved_h_per_transfer or self.saved_cny_per_t_per_transfer or self.price_ratio != 1.0
        return offered if saves else inputs
