"""More places to swap batteries."""

from typing import ClassVar, Literal

from pydantic import Field

from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy
from transport_sim.station_sites import SCENARIO, StationSite, appended, with_sites
from transport_sim.tables.fleet_stock import FleetName


class SwapSite(StationSite):
    """A swap station."""

    fleet: FleetName
    """Fleet whose type of battery it has."""
    batteries_count: int = Field(ge=0, le=10_000)
    """Its own batteries; at a station that is there already, at least so many."""
    chargers_count: int = Field(ge=0, le=10_000)
    """Chargers for them; likewise."""
    charger_kw: float = Field(ge=1, le=10_000)
    """Power of one charger; likewise. [kW]"""
    swap_s: float = Field(default=300.0, ge=1, le=7200)
    """Time of a vehicle in the bay; 5 min for cars and trucks unless stated. [s]"""
    bays_count: int = Field(default=1, ge=0, le=100)
    """Bays; at a station that is there already, at least so many."""


SIZES = ("batteries_count", "chargers_count", "charger_kw", "bays_count")
"""What a second site of the same name enlarges."""


class SwapBuildOut(Policy):
    """Battery swap stations are built or enlarged."""

    opinion_items: ClassVar[tuple[int, ...]] = ()

    kind: Literal["swap_build_out"] = "swap_build_out"
    sites: tuple[SwapSite, ...] = ()
    """Where, and how large."""

    def apply(self, inputs: Inputs) -> Inputs:
        """Add rows of stations and swap stations, or raise what is smaller in those that are there."""
        packs = inputs.operations["electric_vehicles"]["fleet"].tolist()
        inputs.check_known("type of battery in electric_vehicles for the fleet", [s.fleet for s in self.sites], packs)
        inputs = with_sites(inputs, self.sites, kind="swap", from_year=self.from_year, policy=self.kind)
        before = inputs.operations["swap_stations"]
        after = before.copy()
        for site in self.sites:
            old = after["station"] == site.station
            for column in SIZES:
                after.loc[old, column] = after.loc[old, column].clip(lower=getattr(site, column))
            if not old.any():
                stated = site.model_dump(include=set(before.columns))
                after = appended(after, [{**stated, "note": f"added by policy {self.kind}", **SCENARIO}])
        return inputs if after.equals(before) else inputs.with_table("swap_stations", after)
