"""Wires over a railway."""

from typing import ClassVar, Literal

from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy
from transport_sim.stretch import links_between


class RailElectrification(Policy):
    """The railway between two nodes is electrified: trains draw power there and burn no diesel."""

    identity_fields: ClassVar[tuple[str, ...]] = ("from_node", "to_node")
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["rail_electrification"] = "rail_electrification"
    from_node: str
    """Reference of the rail node at one end."""
    to_node: str
    """Reference of the rail node at the other end."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Electrify the shortest way between the nodes; what has a wire already keeps it."""
        links = inputs.network.links.copy()
        bare = links_between(inputs, "rail", self.from_node, self.to_node) & ~links["electrified"].to_numpy(bool)
        if not bare.any():
            return inputs
        links.loc[bare, "electrified"] = True
        return inputs.with_table("links", links)
