"""A better waterway between two places."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy
from transport_sim.stretch import links_between


class WaterwayUpgrade(Policy):
    """The reach between two nodes is deepened to a higher class, with locks and ports to match."""

    identity_fields: ClassVar[tuple[str, ...]] = ("from_node", "to_node")
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["waterway_upgrade"] = "waterway_upgrade"
    from_node: str
    """Reference of the waterway node at one end of the reach."""
    to_node: str
    """Reference of the waterway node at the other end."""
    navigation_class: Literal["I", "II", "III", "IV", "V", "VI"]
    """Class after the works; a better reach keeps its own."""
    depth_m: float = Field(gt=0, le=20)
    """Least depth after the works, at low water and over the sills of locks; what is deeper keeps its own."""
    lock_cycle_min: float | None = Field(default=None, gt=0, le=120)
    """Longest time to fill or empty a lock chamber on the reach after the works; a faster lock keeps its own."""
    port_berths_count: int | None = Field(default=None, ge=1, le=200)
    """Fewest berths of a port on the reach after the works."""
    port_cranes_count: int | None = Field(default=None, ge=1, le=400)
    """Fewest cranes of a port on the reach after the works."""
    vessel_payload_t: float | None = Field(default=None, gt=0, le=3000)
    """Payload of the vessels of this class, where a standard vessel is introduced."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Edit links, locks, ports and vessels along the reach."""
        nodes, links = inputs.network.nodes.copy(), inputs.network.links.copy()
        on_reach = links_between(inputs, "waterway", self.from_node, self.to_node)
        # classes are numbered from the largest vessels down: a higher numeral is a poorer waterway
        order = ("I", "II", "III", "IV", "V", "VI", "VII", "")
        poorer = links["navigation_class"].map(order.index) > order.index(self.navigation_class)
        links.loc[on_reach & poorer, "navigation_class"] = self.navigation_class
        for depth in ("depth_m", "depth_mean_m"):
            links.loc[on_reach & ~(links[depth] >= self.depth_m), depth] = self.depth_m
        along = nodes.index.isin(links.loc[on_reach, ["from_node", "to_node"]].to_numpy().ravel())
        nodes.loc[along & (nodes["lock_depth_m"] < self.depth_m), "lock_depth_m"] = self.depth_m
        if self.lock_cycle_min is not None:
            slower = along & (nodes["lock_cycle_min"] > self.lock_cycle_min)
            nodes.loc[slower, "lock_cycle_min"] = self.lock_cycle_min
        changed = inputs.with_table("links", links).with_table("nodes", nodes)
        return self._with_ports_and_vessels(changed, set(nodes.index[along]))

    def _with_ports_and_vessels(self, inputs: Inputs, along: set[int]) -> Inputs:
        ports, vessels = inputs.terminals.copy(), inputs.vessel_fleet.copy()
        there = ports["terminal"].map(inputs.network.nodes_by_name).isin(along)
        if self.port_berths_count is not None:
            ports.loc[there & (ports["berths_count"] < self.port_berths_count), "berths_count"] = self.port_berths_count
        if self.port_cranes_count is not None:
            ports.loc[there & (ports["cranes_count"] < self.port_cranes_count), "cranes_count"] = self.port_cranes_count
        if self.vessel_payload_t is not None:
            vessels.loc[vessels["navigation_class"] == self.navigation_class, "payload_capacity_t"] = (
                self.vessel_payload_t
            )
        return inputs.with_table("terminals", ports).with_table("vessel_fleet", vessels)
