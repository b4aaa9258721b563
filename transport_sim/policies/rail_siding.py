"""Door-to-door rail for a zone."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.network.geometry import great_circle_km
from transport_sim.policies.base import LAST_YEAR, Policy

MAX_APART_KM = 20.0
"""A siding farther from the zone's road node than this does not end at its works."""


class RailSiding(Policy):
    """A zone gets its own rail siding: goods are loaded at the works, without a truck to the public yard."""

    identity_fields: ClassVar[tuple[str, ...]] = ("zone", "terminal")
    opinion_items: ClassVar[tuple[int, ...]] = (14,)

    kind: Literal["rail_siding"] = "rail_siding"
    zone: str
    """Zone that the siding serves."""
    terminal: str
    """Reference of the siding's node on the network."""
    tracks_count: int = Field(default=4, ge=1, le=50)
    """Loading tracks."""
    cranes_count: int = Field(default=6, ge=1, le=200)
    """Cranes, grabs or tipplers."""
    crane_rate_t_per_h: float = Field(default=250.0, gt=0, le=5000)
    """Handling rate of one of them."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the siding to the terminals, or bind an existing rail terminal to the zone."""
        zones, terminals = inputs.zones, inputs.terminals
        inputs.check_known("zone", [self.zone], list(zones["zone"]))
        if self.zone in set(zones.loc[zones["kind"] == "external", "zone"]):
            raise PolicyError(f"zone {self.zone!r} lies outside the region")
        inputs.check_known("rail node", [self.terminal], inputs.network.known_names("rail"))
        served = "".join(terminals.loc[terminals["terminal"] == self.terminal, "zone"])
        if served not in ("", self.zone):
            raise PolicyError(f"terminal {self.terminal!r} is there already, for {served.replace(';', ', ')}")
        self._check_place(inputs)
        row = {
            "terminal": self.terminal,
            "mode": "rail",
            "kind": "siding",
            "zone": self.zone,
            "berths_count": self.tracks_count,
            "cranes_count": self.cranes_count,
            "crane_rate_t_per_h": self.crane_rate_t_per_h,
            "from_year": self.from_year,
            "to_year": LAST_YEAR,
            "note": "added by policy rail_siding",
            "source": "scenario",
            "confidence": "memory",
        }
        others = terminals[terminals["terminal"] != self.terminal]
        return inputs.with_table("terminals", pd.concat([others, pd.DataFrame([row])], ignore_index=True))

    def _check_place(self, inputs: Inputs) -> None:
        """Refuse what cannot be a works' siding: a public yard, a passenger station, a place far from the zone."""
        kinds = inputs.terminals.loc[inputs.terminals["terminal"] == self.terminal, "kind"]
        if len(kinds) and kinds.iloc[0] != "siding":
            raise PolicyError(
                f"terminal {self.terminal!r} is a public {kinds.iloc[0]}; a siding needs a node of its own"
            )
        nodes, names = inputs.network.nodes, inputs.network.nodes_by_name
        siding = nodes.loc[names[self.terminal]]
        if siding["kind"] == "hsr_station":
            raise PolicyError(f"{self.terminal!r} is a passenger station of a high-speed line")
        works = nodes.loc[names[str(inputs.zones.set_index("zone").loc[self.zone, "road_node"])]]
        apart_km = float(great_circle_km(siding["lon"], siding["lat"], works["lon"], works["lat"]))
        if apart_km > MAX_APART_KM:
            raise PolicyError(
                f"{self.terminal!r} lies {apart_km:.0f} km from zone {self.zone!r}; at most {MAX_APART_KM:g}"
            )
