"""New prices of charging by the time of day."""

from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy
from transport_sim.station_sites import SCENARIO, User, appended
from transport_sim.tables.rail import listed
from transport_sim.units import HOURS_PER_DAY


class Price(BaseModel):
    """What a kilowatt-hour costs in part of the day."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    from_hour: float = Field(ge=0, lt=24)
    """From this hour on. [h]"""
    energy_cny_per_kwh: float = Field(ge=0, le=100)
    """Price of electricity. [CNY/kWh]"""
    service_cny_per_kwh: float = Field(default=0.0, ge=0, le=100)
    """Fee of the station. [CNY/kWh]"""


class ChargingTariff(Policy):
    """Stations charge other prices by the time of day, so that vehicles come when electricity is cheap."""

    identity_fields: ClassVar[tuple[str, ...]] = ("tariff",)
    opinion_items: ClassVar[tuple[int, ...]] = ()

    kind: Literal["charging_tariff"] = "charging_tariff"
    tariff: str = Field(pattern=r"\S")
    """Name of the new tariff; none of those that exist."""
    prices: tuple[Price, ...] = Field(min_length=1)
    """Each holds until the next begins; the first from midnight on."""
    users: tuple[User, ...] = ()
    """Stations that are for any of these fleets (`all`: the public ones) have it."""
    stations: tuple[str, ...] = ()
    """These have it, too."""

    @model_validator(mode="after")
    def _whole_day(self) -> "ChargingTariff":
        hours = [price.from_hour for price in self.prices]
        if hours[0] != 0.0 or any(a >= b for a, b in pairwise(hours)):
            raise ValueError(f"prices must begin at from_hour 0 and go on in ascending order, got {hours}")
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Add the tariff and give it to the stations; fuels keep theirs."""
        stations, tariffs = inputs.operations["stations"], inputs.operations["tariffs"]
        electric = ~stations["kind"].isin(("lng", "hydrogen"))
        inputs.check_known("station with electricity", list(self.stations), stations.loc[electric, "station"].tolist())
        if self.tariff in set(tariffs["tariff"]):
            raise PolicyError(f"the tariff {self.tariff!r} is there already; give the new one another name")
        theirs = stations["users"].map(lambda users: bool(set(listed(str(users))) & set(self.users))).astype(bool)
        mine = electric & (stations["station"].isin(self.stations) | theirs)
        if not mine.any():
            return inputs
        ends = [*(price.from_hour for price in self.prices[1:]), HOURS_PER_DAY]
        row = {"tariff": self.tariff, "fuel_cny_per_kg": 0.0, "note": f"added by policy {self.kind}", **SCENARIO}
        rows = [{**row, **p.model_dump(), "to_hour": end} for p, end in zip(self.prices, ends, strict=True)]
        changed = stations.copy()
        changed.loc[mine, "tariff"] = self.tariff
        return inputs.with_table("tariffs", appended(tariffs, rows)).with_table("stations", changed)
