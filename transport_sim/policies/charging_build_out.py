"""More places to charge."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy
from transport_sim.station_sites import SCENARIO, StationSite, appended, with_sites


class Plugs(BaseModel):
    """Plugs of one kind and power."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    kind: Literal["ac", "dc", "pantograph"] = "dc"
    """What vehicles ask for."""
    power_kw: float = Field(ge=0.1, le=10_000)
    """Power of one of them. [kW]"""
    plugs_count: int = Field(ge=0, le=10_000)
    """How many there are."""


class ChargingSite(StationSite):
    """A charging station."""

    plugs: tuple[Plugs, ...] = Field(min_length=1)
    """Its plugs; at a station that is there already, further ones."""


class ChargingBuildOut(Policy):
    """Charging stations are built or enlarged, at places from a list or from the siting command."""

    opinion_items: ClassVar[tuple[int, ...]] = ()

    kind: Literal["charging_build_out"] = "charging_build_out"
    sites: tuple[ChargingSite, ...] = ()
    """Where, and how large."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add rows of stations and plugs; plugs of a power that a station has are added to them."""
        inputs = with_sites(inputs, self.sites, kind="charging", from_year=self.from_year, policy=self.kind)
        before = inputs.operations["plugs"]
        after = before.copy()
        for site in self.sites:
            for plugs in site.plugs:
                same = (after["station"] == site.station) & (after["kind"] == plugs.kind)
                same &= after["power_kw"] == plugs.power_kw
                after.loc[same, "plugs_count"] += plugs.plugs_count
                if not same.any():
                    stated = plugs.model_dump()
                    row = {"station": site.station, **stated, "note": f"added by policy {self.kind}", **SCENARIO}
                    never = {"hours_between_faults_h": float("nan"), "repair_h": float("nan")}
                    after = appended(after, [{**row, **never}])
        return inputs if after.equals(before) else inputs.with_table("plugs", after)
