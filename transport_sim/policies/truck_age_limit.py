"""Old trucks leave the roads."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.measures import FleetScrappage
from transport_sim.policies.base import LAST_YEAR, Policy
from transport_sim.tables.fleet_stock import FREIGHT_TRUCKS
from transport_sim.tables.freight import shares_at_year


class TruckAgeLimit(Policy):
    """Trucks of some emission standards are retired; the others drive their kilometres."""

    identity_fields: ClassVar[tuple[str, ...]] = ("standards",)
    opinion_items: ClassVar[tuple[int, ...]] = (15, 17)

    kind: Literal["truck_age_limit"] = "truck_age_limit"
    standards: frozenset[Literal["china_iv", "china_v", "china_vi"]] = Field(default=frozenset(), max_length=2)
    """Emission standards that may no longer drive; none unless stated."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Take the standards out of the fleet from the policy's year on, the rest growing in proportion.

        Where the scenario's tables of fleets have the trucks, they leave there too, and what the market sells then
        takes their place.
        """
        fleet = inputs.truck_fleet
        now = shares_at_year(fleet, ["emission_standard"], self.from_year)
        later = fleet[fleet["year"] > self.from_year]
        rows = pd.DataFrame({"year": self.from_year, "emission_standard": now.index, "share": now.to_numpy()})
        leaving = pd.concat([rows, later[["year", "emission_standard", "share"]]])
        leaving = leaving[leaving["emission_standard"].isin(self.standards)]
        if not (leaving["share"] > 0.0).any():
            return inputs
        then = pd.concat([rows.assign(source="scenario", confidence="memory"), later], ignore_index=True)[fleet.columns]
        then.loc[then["emission_standard"].isin(self.standards), "share"] = 0.0
        left = then.groupby("year")["share"].transform("sum")
        if (left <= 0.0).any():
            year, words = int(then.loc[left <= 0.0, "year"].iloc[0]), ", ".join(sorted(self.standards))
            raise PolicyError(f"no truck is left in {year} without {words}; see truck_fleet.csv")
        then["share"] = then["share"] / left
        before = fleet[fleet["year"] < self.from_year]
        inputs = inputs.with_table("truck_fleet", pd.concat([before, then], ignore_index=True))
        year = max(self.from_year, inputs.base_year + 1)
        for name in FREIGHT_TRUCKS:
            if name in set(inputs.table("fleet_stock")["fleet"]):
                gone = FleetScrappage(name, tuple(sorted(self.standards)), 1.0, year, LAST_YEAR, policy=self.kind)
                inputs = inputs.with_fleet_measure(gone)
        return inputs
