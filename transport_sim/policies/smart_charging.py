"""Charging that keeps out of the evening peak."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from transport_sim.conditions import StatedWindows, window_s
from transport_sim.errors import PolicyError
from transport_sim.inputs import Inputs
from transport_sim.policies.base import Policy
from transport_sim.station_sites import SCENARIO, User, appended
from transport_sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR


class SmartCharging(Policy):
    """In certain hours stations give less power: charging waits for the valley, or stays below a limit."""

    identity_fields: ClassVar[tuple[str, ...]] = ("users", "stations", "windows")
    opinion_items: ClassVar[tuple[int, ...]] = ()

    kind: Literal["smart_charging"] = "smart_charging"
    windows: StatedWindows = ("07:00-23:00",)
    """Hours of the limit; outside of the valley unless stated, so that charging waits for it."""
    feeder_share: float | None = Field(default=None, ge=0, le=1)
    """Share of the transformer that is there in these hours, of all plugs where none is stated. [-]"""
    limit_kw: float | None = Field(default=None, ge=0, le=1e6)
    """Instead: power at the meter of each station in these hours. [kW]"""
    users: tuple[User, ...] = ()
    """Stations that are for any of these fleets (`all`: the public ones) are limited."""
    stations: tuple[str, ...] = ()
    """These are limited, too."""

    @model_validator(mode="after")
    def _one_limit(self) -> "SmartCharging":
        if (self.feeder_share is None) == (self.limit_kw is None):
            raise ValueError("state either feeder_share or limit_kw")
        return self

    def apply(self, inputs: Inputs) -> Inputs:
        """Add rows of limits."""
        known = inputs.operations["stations"]["station"].tolist()
        inputs.check_known("station", list(self.stations), known)
        if self.feeder_share == 1.0:
            return inputs
        table = inputs.operations["charging_limits"]
        names = [*(("", user) for user in self.users), *((station, "") for station in self.stations)]
        limit = {"feeder_share": self.feeder_share, "limit_kw": self.limit_kw}
        stated = {name: float("nan") if value is None else value for name, value in limit.items()}
        rows: list[dict[str, object]] = [
            {
                "station": station,
                "users": users,
                "from_hour": start,
                "to_hour": end,
                **stated,
                "note": f"added by policy {self.kind}",
                **SCENARIO,
            }
            for station, users in names
            for start, end in self._hours()
        ]
        key = ["station", "users", "from_hour"]
        after = appended(table, rows)
        twice = after[after.duplicated(key)]
        if len(twice):
            who = twice["station"].iloc[0] or twice["users"].iloc[0]
            raise PolicyError(f"{who!r} has a limit from {twice['from_hour'].iloc[0]:g} h on already; join the two")
        return inputs.with_table("charging_limits", after) if rows else inputs

    def _hours(self) -> list[tuple[float, float]]:
        """Return the windows in hours; one over midnight is two."""
        found = []
        for window in self.windows:
            start, end = (second / SECONDS_PER_HOUR for second in window_s(window))
            found.append((start, min(end, HOURS_PER_DAY)))
            if end > HOURS_PER_DAY:
                found.append((0.0, end - HOURS_PER_DAY))
        return sorted(found)
